"""Checks config.yaml before any work is done: one error that names the key, the value and what is allowed.

What keys and values there are is said by `Config`: the common keys here, and a `config_types.Block` in the `config`
module of each figure. What values must be to each other is said there too, by `mistakes`.
"""

import copy
import difflib
import json
import math
import operator
import re
import sys
from functools import cache, reduce
from importlib import import_module
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, create_model

from ..linear.initialisation import infeasible
from .config_types import UNIQUE, Block, Count, chosen, holding, one_of
from .folders import figure, figures

# the parser in C where there is one: a tenth of the time
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PRESETS = ("full", "quick", "tiny", "paper")


class ConfigError(ValueError):
    """A key of config.yaml that is unknown, missing or not as it must be."""


class Folders(Block):
    """Where a preset's results and figures go."""

    results: str = Field("results", description="folder of the tables")
    figures: str = Field("figures", description="folder of the figures")
    logs: str = Field("logs", description="folder of the logs")
    benchmarks: str = Field("logs/benchmarks", description="folder of the jobs' times")


class Common(Block):
    """What concerns all figures."""

    preset: Annotated[str, one_of(*PRESETS)] = chosen(
        "what presets.yaml changes in each figure, which claims are asked, and which reference numbers apply"
    )
    seed: Annotated[int, Field(ge=0)] = chosen("root seed of every random stream")
    formats: Annotated[list[Annotated[str, one_of("pdf", "svg", "png")]], UNIQUE, holding("png")] = chosen(
        "file formats of every figure, png among them, which the page shows"
    )
    runs_per_job: Count = chosen("runs of a sweep that one job computes; more are split into several jobs")
    pathvars: Folders = Folders()


@cache
def of_figure(name):
    """The `config` module of a figure."""
    return import_module(figure(name).module("config"))


@cache
def model():
    """The class of the whole config.yaml: what is common, and a block of each figure."""
    return create_model("Config", __base__=Common, **{name: (of_figure(name).Config, ...) for name in figures()})


def check_syntax(text, name="config.yaml"):
    """ConfigError with the line if `text`, bytes or str, is no YAML."""
    try:
        try:
            yaml.compose(text, Loader=LOADER)
        except yaml.YAMLError:
            yaml.compose(text, Loader=yaml.SafeLoader)  # says more exactly where
    except yaml.MarkedYAMLError as error:
        mark, start = error.problem_mark, error.context_mark
        began = f", {error.context} from line {start.line + 1}" if start else ""
        raise ConfigError(f"{name}, line {mark.line + 1}, column {mark.column + 1}: {error.problem}{began}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: {error}") from None


def read_numbers(value):
    """Numbers as they are meant: YAML 1.1 reads 1e-4 as text (it wants 1.0e-4), and 1.0e+5 steps are whole."""
    if isinstance(value, dict):
        return {key: read_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [read_numbers(entry) for entry in value]
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+\.?\d*[eE][+-]?\d+", value):
        value = float(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def with_preset(config, base):
    """The config as its preset makes it: config.yaml (`base`), then what each figure's presets.yaml changes for the
    preset that the config names, then what the config, whole or in part, has changed itself.
    """
    result = copy.deepcopy(base)
    preset = config.get("preset", base["preset"])
    for name, found in figures().items():
        path = found.folder / "presets.yaml"
        if name in result and path.is_file():
            changes = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
            result[name] = updated(result[name], changes.get(preset, {}))
    return updated(result, _changed(config, base))


def updated(old, new):
    """Mappings merged key by key; anything else is replaced."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: updated(old[key], value) if key in old else value for key, value in new.items()}}


def _changed(config, base):
    """What of the config is not in the base, or is another value there."""
    return {
        key: _changed(value, base[key]) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in config.items()
        if key not in base or value != base[key]
    }


def check(config):
    """Return `config` with its numbers read, or raise ConfigError with a line for each mistake."""
    config = read_numbers(config)
    wrong = list(_not_finite(config)) or list(_wrong(config))
    if not wrong:
        wrong = [line for name in figures() for line in mistakes_of(name, config[name])]
    if wrong:
        raise ConfigError("config.yaml: " + "\n  and ".join(dict.fromkeys(wrong)))
    return config


def mistakes_of(name, block):
    """Sentences about values of a figure's block that do not fit together."""
    yield from _infeasible(name, block)
    if {"n_examples", "n_in"} <= set(block) and block["n_examples"] < block["n_in"]:
        few, n_in = block["n_examples"], block["n_in"]
        yield f"{name}.n_examples = {few} must be at least n_in = {n_in} to whiten the inputs"
    yield from of_figure(name).Config.mistakes(block)


def _infeasible(name, block):
    """A block with widths and relative scales: does the start exist?"""
    if {"n_in", "n_hidden", "n_out", "lambdas"} <= set(block):
        widths = [block[k] for k in ("n_in", "n_hidden", "n_out")]
        for lam in block["lambdas"]:
            if reason := infeasible(lam, *widths):
                yield f"{name}.lambdas holds {lam:g}, but no λ-balanced weights exist: {reason}"


def _name(path):
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "the file"


def _not_finite(value, path=()):
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _not_finite(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _not_finite(entry, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{_name(path)} is {value}; it must be a finite number"
    elif isinstance(value, int) and abs(value) > sys.float_info.max:
        yield f"{_name(path)} must be at most {sys.float_info.max:.1e} in size"


def _wrong(config):
    """pydantic's errors as sentences: key, value, what is allowed."""
    try:
        model().model_validate(config)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            yield _sentence(config, one)


# pydantic's type of error -> what is said, of the limits that it names
SAID = {
    "float_type": "must be of type number",
    "int_type": "must be of type integer",
    "string_type": "must be of type text",
    "list_type": "must be of type list",
    "tuple_type": "must be of type list",
    "dict_type": "must be of type mapping",
    "model_type": "must be of type mapping",
    "greater_than": "must be larger than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "multiple_of": "must be a multiple of {multiple_of:g}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "said": "{said}",
}


def _sentence(config, error):
    *before, last = path = error["loc"]
    kind, value = error["type"], error["input"]
    if kind == "invalid_key":  # 1, True or None: the input is the key
        last, value = value, reduce(operator.getitem, before, config)[value]
    if kind in ("extra_forbidden", "invalid_key"):
        known = [field.alias or name for name, field in _block(before).model_fields.items()]
        near = difflib.get_close_matches(str(last), known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"unknown key {_name([*before, str(last)])} = {value!r}; {hint}Allowed here: {', '.join(known)}"
    described = _description(path)
    if kind == "missing" and isinstance(last, int):
        return f"{_name(before)} = {value!r} must have at least {last + 1} entries"
    if kind == "missing":
        return f"missing key {_name(path)}: {described}"
    said = SAID[kind].format(**error.get("ctx", {})) if kind in SAID else error["msg"]
    return f"{_name(path)} = {value!r} {said}" + (f" ({described})" if described else "")


def _block(path):
    """The class of the block at a path of keys."""
    found = model()
    for key in path:
        found = _fields(found)[key].annotation
    return found


def _fields(block):
    return {field.alias or name: field for name, field in block.model_fields.items()}


def _description(path):
    """What the field at a path is: of a block, what its class says; of an entry of a list, nothing."""
    if isinstance(path[-1], int) or not all(isinstance(key, str) for key in path):
        return ""
    field = _fields(_block(path[:-1]))[path[-1]]
    return field.description or (field.annotation.__doc__ or "").rstrip(".")


def schema():
    """The JSON schema of config.yaml, for editors."""
    return json.dumps(model().model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def provenance():
    """{dotted key: (paper or chosen, description)} of every value of every figure."""
    return {key: (field.json_schema_extra["provenance"], field.description) for key, field in _leaves(model())}


def _leaves(block, path=()):
    for name, field in _fields(block).items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Block):
            yield from _leaves(field.annotation, (*path, name))
        elif field.json_schema_extra:
            yield ".".join((*path, name)), field


if __name__ == "__main__":
    print(schema(), end="")

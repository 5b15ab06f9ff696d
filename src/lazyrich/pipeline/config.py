"""Checks config.yaml before any work is done: one error that names the key, the value and what is allowed.

The schema (workflow/schemas/config.schema.yaml, and schema.yaml of each figure) says what keys and values there are;
what a JSON schema cannot say is checked here (no NaN) and in `config_values` (what values must be to each other).
"""

import copy
import difflib
import math
import re
import sys

import jsonschema
import yaml

from . import config_values
from .folders import figures

# the parser in C where there is one: a tenth of the time
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ConfigError(ValueError):
    """A key of config.yaml that is unknown, missing or not as it must be."""


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
    preset that the config names, then what the config has changed itself.
    """
    result = copy.deepcopy(base)
    preset = config.get("preset")
    for name, figure in figures().items():
        path = figure.folder / "presets.yaml"
        if name in result and path.is_file():
            changes = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
            result[name] = _updated(result[name], changes.get(preset, {}))
    return _updated(result, _changed(config, base))


def _updated(old, new):
    """Mappings merged key by key; anything else is replaced."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: _updated(old[key], value) if key in old else value for key, value in new.items()}}


def _changed(config, base):
    """What of the config is not in the base, or is another value there."""
    return {
        key: _changed(value, base[key]) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in config.items()
        if key not in base or value != base[key]
    }


def with_figures(schema):
    """The schema with a block of each figure, which must be there: schema.yaml in the folder of each."""
    blocks = {
        name: yaml.load((figure.folder / "schema.yaml").read_text(encoding="utf-8"), Loader=LOADER)
        for name, figure in figures().items()
    }
    return {
        **schema,
        "properties": {**schema["properties"], **blocks},
        "required": [*schema["required"], *blocks],
    }


def check(config, schema):
    """Return `config` with its numbers read, or raise ConfigError with a line for each mistake."""
    config = read_numbers(config)
    mistakes = list(_not_finite(config))
    if not mistakes:
        validator = jsonschema.Draft202012Validator(schema)
        mistakes = [line for error in validator.iter_errors(config) for line in _explain(error)]
    if not mistakes:
        mistakes = list(config_values.mistakes(config))
    if mistakes:
        raise ConfigError("config.yaml: " + "\n  and ".join(dict.fromkeys(mistakes)))
    return config


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


def _explain(error):
    """jsonschema's error as a sentence: key, value, what is allowed."""
    path, limit, value = list(error.absolute_path), error.validator_value, error.instance
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        for key in sorted(set(value) - set(known), key=str):
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            yield f"unknown key {_name([*path, str(key)])} = {value[key]!r}; {hint}Allowed here: {', '.join(known)}"
    elif error.validator == "required":
        for key in sorted(set(limit) - set(value)):
            wanted = error.schema["properties"].get(key, {})
            yield f"missing key {_name([*path, key])}: {wanted.get('description', 'it must be given')}"
    else:
        said = {
            "type": f"must be of type {limit}",
            "minimum": f"must be at least {limit}",
            "exclusiveMinimum": f"must be larger than {limit}",
            "maximum": f"must be at most {limit}",
            "exclusiveMaximum": f"must be less than {limit}",
            "minItems": f"must have at least {limit} entries",
            "uniqueItems": "must not name an entry twice",
            "enum": f"must be one of {limit}",
        }.get(error.validator, error.message)
        if error.validator == "contains" and "const" in limit:
            said = f"must hold {limit['const']!r}"
        described = error.schema.get("description")
        yield f"{_name(path)} = {value!r} {said}" + (f" ({described})" if described else "")

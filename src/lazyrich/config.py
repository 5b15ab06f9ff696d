"""Checks config.yaml before any work is done: one error that names the key, the value and what is allowed.

The schema (workflow/schemas/config.schema.yaml) says what keys and values there are; what a JSON schema
cannot say is checked here: no NaN, and λ-balanced weights that exist for the shape asked for.
"""

import difflib
import math
import re

import jsonschema

from .initialisation import infeasible


class ConfigError(ValueError):
    """A key of config.yaml that is unknown, missing or not as it must be."""


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


def check(config, schema):
    """Return `config` with its numbers read, or raise ConfigError with a line for each mistake."""
    config = read_numbers(config)
    mistakes = list(_not_finite(config))
    if not mistakes:
        validator = jsonschema.Draft202012Validator(schema)
        mistakes = [line for error in validator.iter_errors(config) for line in _explain(error)]
    if not mistakes:
        mistakes = [*_infeasible(config), *_impossible(config), *_fig5(config["fig5"]), *_fig_c2(config["figC2"])]
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
            "minItems": f"must have at least {limit} entries",
            "uniqueItems": "must not name an entry twice",
            "enum": f"must be one of {limit}",
        }.get(error.validator, error.message)
        described = error.schema.get("description")
        yield f"{_name(path)} = {value!r} {said}" + (f" ({described})" if described else "")


def _infeasible(config):
    """Every block with widths and relative scales: does the start exist?"""
    for name, block in config.items():
        if not isinstance(block, dict) or not {"n_in", "n_hidden", "n_out", "lambdas"} <= set(block):
            continue
        widths = [block[k] for k in ("n_in", "n_hidden", "n_out")]
        for lam in block["lambdas"]:
            if reason := infeasible(lam, *widths):
                yield f"{name}.lambdas holds {lam:g}, but no λ-balanced weights exist: {reason}"


def _impossible(config):
    """What one block's values must be to each other."""
    for name, block in config.items():
        if isinstance(block, dict) and {"n_examples", "n_in"} <= set(block) and block["n_examples"] < block["n_in"]:
            few, n_in = block["n_examples"], block["n_in"]
            yield f"{name}.n_examples = {few} must be at least n_in = {n_in} to whiten the inputs"
    block = config["figE1"]["order"]
    coarsest = max(block["learning_rates"])
    for rate in block["learning_rates"]:
        if abs(coarsest / rate - round(coarsest / rate)) > 1e-9:
            yield f"figE1.order.learning_rates holds {rate:g}, but each must divide the largest, {coarsest:g}"
    for name, rate in (("order", coarsest), ("scale", config["figE1"]["scale"]["learning_rate"])):
        until = config["figE1"][name]["until"]
        if until < 2 * rate:
            yield f"figE1.{name}.until = {until:g} must be at least two steps of the learning rate {rate:g}"


def _fig5(block):
    """Every network exists at every λ, and what is simulated is also drawn."""
    for name, lams in (("lambdas", block["lambdas"]), ("dynamics.lambdas", block["dynamics"]["lambdas"])):
        for lam in lams:
            for shape, widths in block["shapes"].items():
                if reason := infeasible(lam, *widths):
                    yield f"fig5.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
    for lam in block["simulated_lambdas"]:
        if lam not in block["lambdas"]:
            yield f"fig5.simulated_lambdas holds {lam:g}, which is not in fig5.lambdas"
    for name in ("final", "dynamics"):
        if block["until"] < 2 * block[name]["largest_rate"]:
            yield f"fig5.until = {block['until']:g} must be at least two steps of fig5.{name}.largest_rate"


def _fig_c2(block):
    """The widths that the law of the delay needs, and λ in an order and number that can be drawn and fitted."""
    n_in, n_hidden, n_out = (block[k] for k in ("n_in", "n_hidden", "n_out"))
    if n_in != n_hidden:
        yield f"figC2.n_in = {n_in} must be n_hidden = {n_hidden} for the law of the delay"
    if n_out < 2 * n_hidden:
        yield f"figC2.n_out = {n_out} must be at least 2 n_hidden = {2 * n_hidden} for a start at 45° to the task"
    lams = block["lambdas"]
    if lams != sorted(lams):
        yield f"figC2.lambdas = {lams} must ascend"
    if sum(lam >= block["slope_from"] for lam in lams) < 2:
        yield f"figC2.slope_from = {block['slope_from']:g} must leave at least two of figC2.lambdas to fit a slope"
    if block["scatter_lambda"] not in lams:
        yield f"figC2.scatter_lambda = {block['scatter_lambda']:g} is not in figC2.lambdas"
    if block["late_loss"][0] <= block["late_loss"][1]:
        yield f"figC2.late_loss = {block['late_loss']} must be the larger loss first"

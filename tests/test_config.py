"""The config's check: what is right passes, what is wrong is named with its value and what is allowed."""

import copy
import json
import math
import re
from pathlib import Path

import pytest
import yaml

from lazyrich.pipeline.config import (
    ConfigError,
    Folders,
    check,
    check_syntax,
    model,
    provenance,
    schema,
    updated,
    with_preset,
)
from lazyrich.pipeline.config_types import Block
from lazyrich.pipeline.folders import figures

REPOSITORY = Path(__file__).resolve().parents[1]
CONFIG_TEXT = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
CONFIG = yaml.safe_load(CONFIG_TEXT)
REMOVED = object()


def changed(key, value):
    """The real config with one entry, named by its dotted key, set to `value` or removed."""
    config = copy.deepcopy(CONFIG)
    *blocks, last = key.split(".")
    block = config
    for name in blocks:
        block = block[name]
    if value is REMOVED:
        del block[last]
    else:
        block[last] = value
    return config


def refusal(key, value):
    with pytest.raises(ConfigError) as caught:
        check(changed(key, value))
    return str(caught.value)


@pytest.mark.parametrize("overlay", [None, "config/quick.yaml", "config/paper.yaml", "tests/tiny.yaml"])
def test_the_config_and_its_presets_are_valid(overlay):
    config = CONFIG
    if overlay:
        config = with_preset(
            updated(CONFIG, yaml.safe_load((REPOSITORY / overlay).read_text(encoding="utf-8"))), CONFIG
        )
        assert config["fig1" if config["preset"] != "paper" else "grq1"] != CONFIG["fig1"]
    assert check(config) == config


def test_what_is_set_over_a_preset_holds():
    quick = {**CONFIG, "preset": "quick", "fig2": {**CONFIG["fig2"], "n_steps": 77}}
    made = with_preset(quick, CONFIG)
    assert made["fig2"]["n_steps"] == 77
    assert made["fig2"]["learning_rate"] == 0.01 != CONFIG["fig2"]["learning_rate"]
    assert made["fig1"]["random"] == {**CONFIG["fig1"]["random"], "factors": [1, 4]}
    assert with_preset(CONFIG, CONFIG) == CONFIG
    assert "unknown key fig2.n_step = 1" in str(_refused(with_preset({**CONFIG, "fig2": {"n_step": 1}}, CONFIG)))


def _refused(config):
    with pytest.raises(ConfigError) as caught:
        check(config)
    return caught.value


BAD = {
    # unknown keys, the right one suggested
    "unknown key": ("fig2.n_step", 500, ["unknown key fig2.n_step = 500", "'n_steps'", "record_every"]),
    "unknown key, capital": ("fig3.Initial", 0.1, ["unknown key fig3.Initial = 0.1", "'initial'"]),
    "unknown nested key": ("figE1.order.size", [5], ["unknown key figE1.order.size = [5]", "'sizes'"]),
    "unknown block": ("fig22", {}, ["unknown key fig22 = {}", "'fig2'", "figE1"]),
    "unknown key, nothing near": ("fig2.zzz", 1, ["unknown key fig2.zzz = 1", "Allowed here: lambdas"]),
    # missing
    "missing key": ("fig3.initial", REMOVED, ["missing key fig3.initial", "singular values of W2W1 at the start"]),
    "missing nested key": ("figE1.floor.until", REMOVED, ["missing key figE1.floor.until", "last time"]),
    "missing block": ("fig2", REMOVED, ["missing key fig2"]),
    "missing nested block": ("figE1.scale", REMOVED, ["missing key figE1.scale", "against the relative scale"]),
    "missing seed": ("seed", REMOVED, ["missing key seed", "root seed"]),
    # wrong types
    "empty block": ("fig2", None, ["fig2 = None", "type mapping"]),
    "number for a block": ("figE1.order", 3, ["figE1.order = 3", "type mapping"]),
    "number for a list": ("fig2.lambdas", 2, ["fig2.lambdas = 2", "type list"]),
    "list for a number": ("fig3.initial", [0.01], ["fig3.initial = [0.01]", "type number"]),
    "text for a number": ("fig2.learning_rate", "fast", ["fig2.learning_rate = 'fast'", "type number"]),
    "nothing for a number": ("fig2.scale", None, ["fig2.scale = None", "type number"]),
    "truth for a number": ("fig2.scale", True, ["fig2.scale = True", "type number"]),
    "text in a list": ("fig3.lambdas", [0, "rich"], ["fig3.lambdas", "'rich'", "type number"]),
    "fraction of a width": ("fig2.n_in", 2.5, ["fig2.n_in = 2.5", "type integer"]),
    "fraction of a width in a list": ("figE1.order.sizes", [5, 7.5], ["figE1.order.sizes", "7.5", "type integer"]),
    "fraction of a step": ("fig3.n_steps", 80.5, ["fig3.n_steps = 80.5", "type integer"]),
    "fraction of a seed": ("seed", 1.5, ["seed = 1.5", "type integer"]),
    "text for the seed": ("seed", "abc", ["seed = 'abc'", "type integer"]),
    # not finite
    "NaN": ("fig2.target_std", math.nan, ["fig2.target_std is nan", "finite"]),
    "infinity": ("figE1.floor.until", math.inf, ["figE1.floor.until is inf", "finite"]),
    "minus infinity in a list": ("fig2.lambdas", [0, -math.inf], ["fig2.lambdas", "is -inf", "finite"]),
    # out of range
    "negative steps": ("fig2.n_steps", -5, ["fig2.n_steps = -5", "at least 2"]),
    "no steps": ("fig3.n_steps", 0, ["fig3.n_steps = 0", "at least 2"]),
    "no records": ("fig2.record_every", 0, ["fig2.record_every = 0", "at least 1"]),
    "no draws": ("figE1.n_draws", 0, ["figE1.n_draws = 0", "at least 1"]),
    "no width": ("fig2.n_hidden", 0, ["fig2.n_hidden = 0", "at least 1"]),
    "huge width": ("figE1.scale.size", 100_000, ["figE1.scale.size = 100000", "at most 1000"]),
    "negative seed": ("seed", -1, ["seed = -1", "at least 0"]),
    "share of everything": ("figX4.edge", 1, ["figX4.edge = 1", "must be less than 1"]),
    "beyond float64": ("figX5.until", 10**400, ["figX5.until must be at most 1.8e+308"]),
    "one neuron": ("figX6.width", 1, ["figX6.width = 1", "at least 2"]),
    "no time to learn": ("figX7.random.factor", 1e-9, ["figX7.random.factor = 1e-09", "at least 1"]),
    "a start for ever": ("figX7.initial", 1e-100, ["figX7.initial = 1e-100", "at least 1e-06"]),
    "one step": ("figX2.slow_times", 1e-9, ["figX2.slow_times = 1e-09", "at least 1"]),
    "no output": ("grq6d.taus", [1e-30, 1], ["grq6d.taus[0] = 1e-30", "at least 0.001"]),
    "zero learning rate": ("fig2.learning_rate", 0, ["fig2.learning_rate = 0", "larger than 0"]),
    "negative learning rate": ("fig3.learning_rate", -0.1, ["fig3.learning_rate = -0.1", "larger than 0"]),
    "negative time": ("figE1.order.until", -4.0, ["figE1.order.until = -4", "larger than 0"]),
    "negative singular value": ("fig3.singular_values", [2, -1], ["fig3.singular_values", "-1", "at least 0"]),
    "huge λ": ("fig3.lambdas", [1e6], ["fig3.lambdas", "1000000", "at most 10000"]),
    "huge negative λ": ("figE1.scale.lambdas", [-1e6], ["figE1.scale.lambdas", "-1000000", "at least -10000"]),
    "λ = 0 where its logarithm is drawn": (
        "fig3.sigmoid_lambdas",
        [0, 1],
        ["fig3.sigmoid_lambdas", "0", "at least 1e-06"],
    ),
    # lists
    "no λ": ("fig2.lambdas", [], ["fig2.lambdas = []", "at least 1"]),
    "one λ for a slope": ("fig3.exponential_lambdas", [10], ["fig3.exponential_lambdas = [10]", "at least 2"]),
    "one learning rate": ("figE1.order.learning_rates", [0.1], ["figE1.order.learning_rates = [0.1]", "at least 2"]),
    "the same λ twice": ("fig2.lambdas", [1, 0, 1], ["fig2.lambdas = [1, 0, 1]", "twice"]),
    "the same λ, written in two ways": ("fig3.lambdas", [1, 1.0], ["fig3.lambdas = [1, 1]", "twice"]),
    "the same size twice": ("figE1.order.sizes", [5, 5], ["figE1.order.sizes = [5, 5]", "twice"]),
    # fig5 and figC2: what one value must be to another
    "fig5, wide hidden layer": ("fig5.shapes.square", [5, 6, 5], ["fig5.lambdas holds 100", "for the square"]),
    "two widths": ("fig5.shapes.funnel", [10, 5], ["fig5.shapes.funnel = [10, 5]", "at least 3"]),
    "simulated λ that is not drawn": (
        "fig5.simulated_lambdas",
        [7],
        ["fig5.simulated_lambdas holds 7", "fig5.lambdas"],
    ),
    "fig5 shorter than its steps": ("fig5.until", 0.001, ["fig5.until = 0.001", "two steps of fig5.final"]),
    "figC2 that is no funnel": ("figC2.n_in", 4, ["figC2.n_in = 4", "n_hidden = 5"]),
    "no room for 45°": ("figC2.n_out", 9, ["figC2.n_out = 9", "at least 2 n_hidden = 10"]),
    "λ that do not ascend": ("figC2.lambdas", [100, 10, 30], ["figC2.lambdas = [100, 10, 30]", "ascend"]),
    "no λ to fit": ("figC2.slope_from", 300, ["figC2.slope_from = 300", "two of figC2.lambdas"]),
    "scatter at no λ": ("figC2.draw.scatter_lambda", 7, ["figC2.draw.scatter_lambda = 7", "figC2.lambdas"]),
    "late loss upside down": ("figC2.late_loss", [1e-11, 1e-6], ["figC2.late_loss", "larger loss first"]),
    "no PNG": ("formats", ["pdf"], ["formats = ['pdf'] must hold 'png'", "which the page shows"]),
    "another format": ("formats", ["png", "jpg"], ["formats", "'jpg'", "must be one of ['pdf', 'svg', 'png']"]),
    # no λ-balanced weights of this shape
    "λ > 0, wide hidden layer": (
        "fig2.n_out",
        2,
        ["fig2.lambdas holds 0.001", "n_hidden ≤ n_out", "n_hidden = 3", "n_out = 2"],
    ),
    "λ < 0, wide hidden layer": (
        "fig2.n_in",
        2,
        ["fig2.lambdas holds -2", "n_hidden ≤ n_in", "n_hidden = 3", "n_in = 2"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_named_with_its_value_and_what_is_allowed(name):
    key, value, said = BAD[name]
    message = refusal(key, value)
    assert message.startswith("config.yaml: ")
    assert [text for text in said if text not in message] == [], message


def test_every_mistake_is_named_at_once():
    config = changed("fig2.n_step", 5)
    config["fig3"]["initial"] = -1
    with pytest.raises(ConfigError, match=r"fig2\.n_step = 5[^\n]*\n  and fig3\.initial = -1 must be larger than 0"):
        check(config)


def test_both_signs_of_an_impossible_shape_are_named():
    message = refusal("fig2.n_hidden", 5)
    assert [f"holds {lam:g}," in message for lam in CONFIG["fig2"]["lambdas"]] == [True] * 3


def test_zero_lambda_needs_no_shape():
    config = changed("fig2.n_hidden", 50)
    config["fig2"]["lambdas"] = [0]
    assert check(config) == config


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "+1e-4", "1.e-4", "10.0e-5"])
def test_a_number_that_yaml_reads_as_text_is_a_number(text):
    for key, entry in (("learning_rate", f"learning_rate: {text}"), ("lambdas", f"lambdas: [0, {text}]")):
        value = yaml.safe_load(entry)[key]
        read = check(changed(f"fig3.{key}", value))["fig3"][key]
        assert read == (1e-4 if key == "learning_rate" else [0, 1e-4])


def test_the_given_config_is_not_changed():
    config = changed("fig3.learning_rate", "1e-4")
    before = copy.deepcopy(config)
    check(config)
    assert config == before


def entry_of(config, key):
    for name in key.split("."):
        config = config[name]
    return config


def whole_numbers():
    """(dotted key, the same value as a fraction) of every entry that is whole, or a list of such."""
    for key in provenance():
        value = entry_of(CONFIG, key)
        if isinstance(value, int):
            yield key, float(value)
        elif isinstance(value, list) and all(isinstance(entry, int) for entry in value):
            yield key, [float(entry) for entry in value]


def test_whole_numbers_written_with_a_point_are_refused_or_become_whole():
    """4.0 is an integer to a JSON schema, but range(4.0) is an error: it must not get through as it is."""
    cases, through = dict(whole_numbers()), []
    assert {"seed", "fig2.n_steps", "figE1.order.sizes"} <= set(cases)
    for key, value in cases.items():
        try:
            checked = entry_of(check(changed(key, value)), key)
        except ConfigError:
            continue
        if "." in repr(checked):
            through.append(key)
    assert through == []


@pytest.mark.parametrize("key", [1, True, None])  # YAML reads the keys 1:, on: and ~: as these
def test_a_key_that_is_not_text_is_refused(key):
    with pytest.raises(ConfigError, match=rf"unknown key fig2\.{key} = 3"):
        check(updated(CONFIG, {"fig2": {key: 3}}))


def leaves(node, path=()):
    """(dotted key, line number) of every value in a YAML mapping."""
    for key, value in node.value:
        name = (*path, key.value)
        if isinstance(value, yaml.MappingNode):
            yield from leaves(value, name)
        else:
            yield ".".join(name), key.start_mark.line


def test_comments_of_the_config_say_whether_the_paper_gives_a_value():
    """As the fields of the config's classes do: on the line of the value, or in the comment just above it."""
    lines, said, known = CONFIG_TEXT.splitlines(), {}, provenance()
    for key, line in leaves(yaml.compose(CONFIG_TEXT)):
        comment = lines[line].partition("#")[2]
        if not comment and lines[line - 1].startswith("#"):
            comment = lines[line - 1]
        said[key] = re.findall(r"\[(paper|chosen)\]", comment)
    # a mapping that is one value, such as the shapes of fig5, has a comment on each of its lines
    owner = {key: next((k for k in known if key == k or key.startswith(f"{k}.")), None) for key in said}
    assert len(said) > 400
    assert [key for key in said if owner[key] is None] == []
    assert {key: tags for key, tags in said.items() if tags != [known[owner[key]][0]]} == {}
    assert set(owner.values()) == set(known)


def test_every_value_is_described():
    assert [key for key, (_, description) in provenance().items() if len(description) < 5] == []


def test_no_default_hides_in_the_code():
    """A block names all its keys, and allows no other."""

    def blocks(block):
        yield block
        for field in block.model_fields.values():
            if isinstance(field.annotation, type) and issubclass(field.annotation, Block):
                yield from blocks(field.annotation)

    for block in blocks(model()):
        assert block.model_config["extra"] == "forbid"
        optional = [name for name, field in block.model_fields.items() if not field.is_required()]
        # a preset names the folders that it moves, a full run none
        assert optional == (
            ["pathvars"] if "preset" in block.model_fields else list(Folders.model_fields) if block is Folders else []
        )


def test_the_schema_for_editors():
    """`make setup` writes it where the first line of config.yaml says."""
    assert CONFIG_TEXT.startswith("# yaml-language-server: $schema=build/config.schema.json\n")
    known = json.loads(schema())
    fig2 = known["$defs"][known["properties"]["fig2"]["$ref"].rpartition("/")[2]]["properties"]
    assert fig2["lambdas"]["uniqueItems"] is True
    assert fig2["lambdas"]["provenance"] == "paper"
    assert fig2["n_in"]["maximum"] == 1000
    assert fig2["n_in"]["description"] == "input width"
    assert "png" in known["properties"]["formats"]["items"]["enum"]


def test_a_part_of_a_config_is_merged_over_the_rest():
    """As whoever uses the workflow as a module sets it: one key."""
    made = check(with_preset({"fig2": {"n_steps": 77}}, CONFIG))
    assert made == updated(CONFIG, {"fig2": {"n_steps": 77}})


@pytest.mark.parametrize("figure", figures())
def test_a_registered_figure_has_all_its_parts(figure):
    assert figure in CONFIG
    folder = figures()[figure].folder
    for part in ("compute.py", "draw.py", "config.py", "tables.yaml", "claims.yaml", "presets.yaml", "caption.rst"):
        assert (folder / part).is_file(), part
    assert figures()[figure].part
    caption = (folder / "caption.rst").read_text(encoding="utf-8")
    assert caption.split("\n\n")[1].startswith("**")


def test_every_block_of_the_config_is_a_registered_figure():
    assert set(CONFIG) - {"preset", "formats", "seed", "runs_per_job"} == set(figures())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"seed: 1\nfig3:\n\tn_steps: 3\n", r"config.yaml, line 3, column 1: found character '\\t'"),
        (b"seed: : 1\n", "config.yaml, line 1, column 7: mapping values are not allowed here"),
        (b"a: 1\nb: [1, 2\nc: 3\n", r"config.yaml, line 3, .*, while parsing a flow sequence from line 2"),
        (b"a: 1 # \xff\n", "config.yaml: unacceptable character"),
    ],
    ids=["tab", "two colons", "bracket", "not UTF-8"],
)
def test_a_file_that_is_no_yaml_is_named_with_the_line(text, said):
    with pytest.raises(ConfigError, match=said):
        check_syntax(text)
    check_syntax(CONFIG_TEXT)

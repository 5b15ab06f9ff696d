"""What the tests of figures share: an experiment run through the rules' command, its drawing, and the page."""

import copy
import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from lazyrich import __main__ as command
from lazyrich.pipeline.config import mistakes_of, with_preset
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.folders import figures
from lazyrich.pipeline.stages import Data

ROOT = Path(__file__).parents[1]
STAGES = command.STAGES


def config_block(name):
    """The block of one figure in config.yaml."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))[name]


def config(preset="full"):
    """The whole config as the workflow makes it under a preset."""
    base = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return with_preset({**base, "preset": preset}, base)


def changed(block, path, value):
    """A copy of a config block with another value at a path of keys."""
    block = copy.deepcopy(block)
    inner = block
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return block


def assert_mistakes(name, change, patterns):
    """A figure's block of config.yaml with a change is refused by a sentence for each pattern, in their order."""
    found = list(mistakes_of(name, config_block(name) | change))
    assert len(found) == len(patterns)
    for sentence, pattern in zip(found, patterns, strict=True):
        assert re.search(pattern, sentence)


def compute(name, folder, config, stages=STAGES, seed=1):
    """Run stages of an experiment as a rule does; returns the folder of the tables."""
    for stage in stages:
        arguments = ["--results", str(folder), "--seed", str(seed), "--config", json.dumps(config, sort_keys=True)]
        command.main([stage, name, *arguments])
    return folder


def fixtures(name, config):
    """Fixtures for a module: `results`, the folder of an experiment's tables, `data`, what is in them, and `figure`."""

    @pytest.fixture(scope="module")
    def results(tmp_path_factory):
        return compute(name, tmp_path_factory.mktemp(name), config)

    @pytest.fixture(scope="module")
    def data(results):
        return tables_in(name, results)

    @pytest.fixture(scope="module")
    def figure(data):
        return drawn(name, data, config)

    return results, data, figure


def folder_of(configs):
    """A module's fixture: a folder with the tables of several experiments, each in its own."""

    @pytest.fixture(scope="module")
    def folder(tmp_path_factory):
        folder = tmp_path_factory.mktemp("results")
        for name, config in configs.items():
            compute(name, folder / name, config)
        return folder

    return folder


def assert_same_bytes(folder, expected):
    """Each file of a folder has the bytes of that of the same name in the other."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    assert files
    for file in files:
        assert file.read_bytes() == (expected / file.relative_to(folder)).read_bytes(), file.name


def tables_in(name, folder, stages=STAGES):
    """What is in the tables of a figure that `compute` made."""
    return Data(folder, name, stages)


def drawn(name, data, config=None):
    """The figure of these tables; `config` is its block, or config.yaml's."""
    style.use()
    settings = (config_block(name) if config is None else config).get("draw", {})
    return import_module(figures()[name].module("draw")).draw(data, **settings)


def assert_nothing_is_clipped(figure):
    """What each panel draws (ticks, labels, titles, legends) and what stands outside them is within the page."""
    figure.canvas.draw()
    page = figure.bbox.padded(1)
    boxes = {f"panel {k}": axes.get_tightbbox() for k, axes in enumerate(figure.get_axes())}
    legends = [legend for part in [figure, *figure.subfigs] for legend in part.legends]
    boxes |= {f"legend {k}": legend.get_window_extent() for k, legend in enumerate(legends)}
    for what, box in boxes.items():
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, f"{what} is clipped at the side"
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, f"{what} is clipped above or below"

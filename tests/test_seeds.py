"""Random streams: by name, so that adding one moves no other."""

import re
from pathlib import Path

from lazyrich.pipeline.seeds import Seeds

SOURCE = Path(__file__).parents[1] / "src"


def draw(*names, seed=1, experiment="fig2"):
    return Seeds(seed, experiment).rng(*names).standard_normal()


def test_streams_are_told_apart_by_every_name():
    draws = {draw(), draw("a"), draw("b"), draw("a", 0), draw("a", 1), draw("a", seed=2), draw("a", experiment="fig3")}
    assert len(draws) == 7


def test_streams_are_the_same_every_time_and_in_any_order():
    seeds = Seeds(1, "fig2")
    first = seeds.rng("a", 3).standard_normal()
    for k in range(10):
        seeds.rng("b", k).standard_normal(5)
    assert seeds.rng("a", 3).standard_normal() == first == draw("a", 3)


def test_a_stream_is_pinned():
    """numpy promises the stream of a seed: a change of the keying would move every published figure."""
    assert draw("task", 0, seed=20250) == 0.28787210867545027


def test_no_unseeded_randomness_in_the_source():
    for file in SOURCE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found = re.findall(
            r"default_rng\(\)|np\.random\.(?:seed|rand|normal)\w*|^\s*(?:import|from) random\b", text, re.M
        )
        assert not found, f"{file.name} draws without a seed: {found}"

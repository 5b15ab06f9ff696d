"""The figures that there are: one folder of `lazyrich.figures` each, named after the figure and what it shows.

compute.py     `task`, `theory`, `simulation`: config and tables in, tables out
draw.py        `draw(data)`: tables in, a figure out
config.py      `Config`, what its block of config.yaml may hold; of a sweep `n_runs(block)`
tables.yaml    the data dictionary: its tables, and what every column holds
claims.yaml    its claims, and how the tables answer them
presets.yaml   what the presets quick, tiny and paper change in its block of config.yaml
caption.rst    the caption, after comments that name its part of the papers, what is seen and the question it answers
measures.py    measures that only its claims and its caption take (of some figures)
numbers.yaml   numbers of the caption that no claim is about (of some figures)
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

# what compute.py does, in this order: each stage reads the tables of those before it
STAGES = ("task", "theory", "simulation")
PARTS = ("Main text", "Appendix", "Beyond the paper", "Get rich quick")
FOLDER = Path(__file__).resolve().parents[1] / "figures"


class Figure(NamedTuple):
    """A figure: its name, such as figX5, its folder, its part of the papers, what is seen, and its question, if any."""

    name: str
    folder: Path
    part: str
    seen: str
    question: str = ""

    def module(self, what):
        """Name of the module compute, draw or config of this figure."""
        return f"lazyrich.figures.{self.folder.name}.{what}"


def _natural(name):
    """figX9 before figX10."""
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", name)]


def _comment(caption, key):
    found = re.search(rf"^\.\. {key}: (.*)$", caption, re.M)
    return found[1] if found else ""


@cache
def figures():
    """{name: Figure} of every folder that computes, in the order of the names."""
    found = []
    for module in FOLDER.glob("*/compute.py"):
        folder = module.parent
        caption = folder / "caption.rst"
        said = caption.read_text(encoding="utf-8") if caption.is_file() else ""
        part, seen, question = (_comment(said, key) for key in ("part", "seen", "question"))
        if part not in PARTS:
            raise ValueError(f"{caption} must have a line such as '.. part: {PARTS[0]}'; parts are {', '.join(PARTS)}")
        found.append(Figure(folder.name.split("_")[0], folder, part, seen, question))
    return {figure.name: figure for figure in sorted(found, key=lambda figure: _natural(figure.name))}


def figure(name):
    """The Figure of this name; ValueError if there is none."""
    if name not in figures():
        raise ValueError(f"there is no figure {name!r}; there are {', '.join(figures())}")
    return figures()[name]

"""The figures that there are: one folder of `lazyrich.figures` each, named after the figure and what it shows.

compute.py     `task`, `theory`, `simulation`: config and tables in, tables out
draw.py        `draw(data)`: tables in, a figure out
schema.yaml    what its block of config.yaml may hold
config.py      `mistakes(block)` of its block of config.yaml; of a sweep `n_runs(block)` (needed by some figures only)
tables.yaml    the data dictionary: what each recorded value is
claims.yaml    its claims, and how the tables answer them
presets.yaml   what the presets quick, tiny and paper change in its block of config.yaml
caption.rst    the caption, after comments that name its part of the papers and the question that it answers
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
    """A figure: its name, such as figX5, its folder, its part of the papers, and its question, or an empty text."""

    name: str
    folder: Path
    part: str
    question: str

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
        part, question = (_comment(said, key) for key in ("part", "question"))
        if part not in PARTS:
            raise ValueError(f"{caption} must have a line such as '.. part: {PARTS[0]}'; parts are {', '.join(PARTS)}")
        found.append(Figure(folder.name.split("_")[0], folder, part, question))
    return {figure.name: figure for figure in sorted(found, key=lambda figure: _natural(figure.name))}


def figure(name):
    """The Figure of this name; ValueError if there is none."""
    if name not in figures():
        raise ValueError(f"there is no figure {name!r}; there are {', '.join(figures())}")
    return figures()[name]

"""`python -m lazyrich.pipeline.readme FILE`: the README's list of figures, made from their folders."""

import re
import sys
from pathlib import Path

from .files import replacing
from .folders import PARTS, figures

BEGIN, END = "<!-- figures: made by `make readme` -->\n", "<!-- /figures -->\n"


def listed():
    """A table of figures for each part of the papers, in Markdown."""
    lines = []
    for part in PARTS:
        lines += [f"**{part}**", "", "| figure | what is seen |", "|---|---|"]
        for name, figure in figures().items():
            if figure.part == part:
                seen = figure.seen.replace("|", "\\|")
                lines.append(f"| [{name}](src/lazyrich/figures/{figure.folder.name}) | {seen} |")
        lines.append("")
    return "\n".join(lines)


def filled(text):
    """A README with its list made anew; ValueError if it has no place for it."""
    if BEGIN not in text or END not in text:
        raise ValueError(f"the README needs the lines {BEGIN.strip()} and {END.strip()}")
    return re.sub(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", lambda _: "\n" + listed(), text, flags=re.S)


def main():
    path = Path(sys.argv[1])
    text = filled(path.read_text(encoding="utf-8"))
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

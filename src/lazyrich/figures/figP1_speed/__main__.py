"""`python -m lazyrich.figures.figP1_speed FOLDER FILE …`: figP1 from the tables in a folder, and its caption (.rst)."""

import sys
from inspect import signature
from pathlib import Path

from ...linear.flow import gradient_flow
from ...pipeline import captions
from ...pipeline.drawing import style
from ...pipeline.files import replacing
from . import tables
from .draw import draw


def caption(folder):
    """The caption with the numbers of this run."""
    times, errors, _, fits = tables.read(folder)
    solution, errors, fits = (
        times[times["group"] == "exact solution"],
        errors.set_index("method")["error"],
        fits[fits["method"] == "exact"].set_index("group")["exponent"],
    )
    numbers = {
        "widest": solution["n_in"].max(),
        "most_times": solution["size"].max(),
        "ratios": solution.loc[solution["method"] == "DOP853", "ratio"].tolist(),
        "powers_of_n": fits.loc[["fit in n"]].tolist(),
        "powers_of_t": fits.loc[["fit in T"]].tolist(),
        "errors_exact": errors.loc[["exact"]].tolist(),
        "errors_dop853": errors.loc[["DOP853"]].tolist(),
        "tolerance": signature(gradient_flow).parameters["rtol"].default,
    }
    text = Path(__file__).with_name("caption.rst").read_text(encoding="utf-8")
    return captions.environment().from_string(text).render(**numbers)


def main():
    folder, *files = sys.argv[1:]
    style.use()
    figure = draw(folder)
    for file in map(Path, files):
        if file.suffix == ".rst":
            with replacing(file) as partial:
                partial.write_text(caption(folder), encoding="utf-8")
        else:
            style.save(figure, file)


if __name__ == "__main__":
    main()

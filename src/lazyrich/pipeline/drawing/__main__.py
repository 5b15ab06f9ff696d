"""`python -m lazyrich.pipeline.drawing NAME …`: a figure from its tables (.pdf, .svg, .png), and its caption (.rst)."""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from .. import captions
from ..files import replacing
from ..folders import figure
from ..ledger.results import Results
from ..stages import Data
from . import style


def draw(name, results, config, files, preset="full"):
    """Draw a figure from the tables under `results`; `config` is its block of config.yaml."""
    pictures = [file for file in files if file.suffix != ".rst"]
    for file in set(files) - set(pictures):  # first: it says quickly what is wrong
        text = captions.filled(name, Results(results), config, preset)
        with replacing(file) as partial:
            partial.write_text(text, encoding="utf-8")
    if pictures:
        style.use()
        module = import_module(figure(name).module("draw"))
        drawn = module.draw(Data(results / name, name), **config.get("draw", {}))
        for file in pictures:
            style.save(drawn, file)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m lazyrich.pipeline.drawing", description=__doc__)
    parser.add_argument("name", help="a figure, such as fig5")
    parser.add_argument("--results", type=Path, required=True, help="folder of all results")
    parser.add_argument("--config", required=True, help="the figure's block of config.yaml, as JSON")
    parser.add_argument("--preset", default="full", help="what a caption may lack: nothing in the full run")
    parser.add_argument("files", type=Path, nargs="+", help="files to write: .pdf, .svg, .png, .rst")
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    try:
        draw(given.name, given.results, json.loads(given.config), given.files, given.preset)
    except (ValueError, OSError) as error:
        sys.exit(f"drawing of {given.name}: {error}")
    print(f"drawing of {given.name}: done in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()

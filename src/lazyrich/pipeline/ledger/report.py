"""`python -m lazyrich.pipeline.ledger.report …`: one page with every figure, its claims, its numbers and its choices.

The page is one file that opens from disk: pictures are embedded, nothing is fetched. What it says of the project is in
`workflow/report/page.html.j2`; captions, claims and errata stand in their own files; everything else comes from tables.
"""

import argparse
import base64
import json
import operator
import os
import re
import sys
from functools import reduce
from pathlib import Path

import yaml
from docutils.core import publish_parts
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .. import captions, dictionary, folders, parquet, reading
from ..config import provenance
from ..files import replacing
from ..parquet import TableError
from . import agreement
from .__main__ import read_ledger, stated_claims

_PANEL = re.compile(r"(?<=[\s>])([A-I](?:(?: to | and |, )[A-I])*):\s")  # "A: ", "B and C: "


def choices(config):
    """What the paper does not give: {figure: [(key, value, meaning)]} of the values that are chosen."""
    chosen = {}
    for key, (origin, meaning) in provenance().items():
        figure, _, name = key.partition(".")
        if origin == "chosen" and name:
            value = reduce(operator.getitem, key.split("."), config)
            chosen.setdefault(figure, []).append((name, _short(value), meaning))
    return chosen


def _short(value):
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("\n").removesuffix("\n...")


def caption(path):
    """A caption as HTML, each panel on a line of its own."""
    settings = {"report_level": 2, "halt_level": 2, "file_insertion_enabled": False, "raw_enabled": False}
    text = path.read_text(encoding="utf-8").partition(captions.TABLES)[0]
    html = publish_parts(text, writer="html5", settings_overrides=settings)["body"]
    return _PANEL.sub(r"<br><b>\1</b> ", html)


def headline(path):
    """The first, bold sentence of a caption."""
    bold = path.read_text(encoding="utf-8").split("**")
    if len(bold) < 3:
        raise TableError(f"{path} must begin with a **bold** sentence, the answer to its question")
    return " ".join(bold[1].split()).replace("\\|", "|")


def _embedded(path):
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _provenance(results, figures):
    """Versions that made the tables, the same for all, and the hash of each figure's config."""
    versions, hashes = {}, {}
    for figure in figures:
        first = next(iter(dictionary.tables(figure)))
        found = parquet.metadata(results / figure / f"{first}.parquet")
        versions.setdefault(found["versions"], []).append(figure)
        hashes[figure] = found["config_sha256"][:12]
    if len(versions) > 1:
        made = "; ".join(f"{', '.join(names)} by {text}" for text, names in versions.items())
        raise TableError(f"the tables were made by different versions of packages: {made}. Delete them and run again")
    return json.loads(next(iter(versions))), hashes


def _tables(figure):
    """[(name, what one row is, [(column, whether a key, what, shape)])] of the tables of a figure."""
    parts = reading.tables(figure).groupby(["table", "row"], sort=False)
    return [(name, row, part[["column", "key", "what", "shape"]].to_numpy()) for (name, row), part in parts]


def _errata(path, claims):
    """Errors in the papers; numbers are those of claims: {{ claim("A3-slope") | digits }}."""
    measured = dict(zip(claims["id"], claims["measured"], strict=True))

    def claim(name):
        if name not in {one["id"] for one in stated_claims()}:
            raise TableError(f"{path}: there is no claim {name!r}")
        return measured.get(name, captions.NOT_MEASURED)  # a miniature asks fewer

    environment = captions.environment()
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        row | {key: environment.from_string(row[key]).render(claim=claim, **captions.SAID) for key in ("said", "shown")}
        for row in rows
    ]


def page(given):
    """The whole page as text."""
    claims, compared = read_ledger(given.results)
    claims["ours"] = claims["source"].str.startswith("ours")
    config = json.loads(given.config)
    versions, hashes = _provenance(given.results, given.figures)
    near = agreement.summary(compared)
    shown = {figure: folders.figure(figure) for figure in given.figures}
    figures = [
        {
            "name": figure,
            "part": folder.part,
            "picture": _embedded(given.drawn / f"{figure}.png"),
            "headline": headline(given.drawn / f"{figure}.rst"),
            "caption": caption(given.drawn / f"{figure}.rst"),
            "claims": claims[claims["figure"] == figure].to_dict("records"),
            "agreement": near[near["figure"] == figure].to_dict("records"),
            "tables": _tables(figure),
            "config": yaml.safe_dump({figure: config[figure]}, sort_keys=False, default_flow_style=None, width=100),
            "hash": hashes[figure],
        }
        for figure, folder in shown.items()
    ]
    environment = Environment(
        loader=FileSystemLoader(given.page),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        figures=figures,
        claims=claims.to_dict("records"),
        agreement=near.to_dict("records"),
        bounds=agreement.STANDARD,
        choices=choices(config),
        errata=_errata(given.page / "errata.yaml", claims),
        results=os.path.relpath(given.results, given.output.parent),
        questions={figure: folder.question for figure, folder in shown.items() if folder.question},
        seed=config["seed"],
        preset=config["preset"],
        versions=versions,
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of all results")
    parser.add_argument("--drawn", type=Path, required=True, help="folder of the figures")
    parser.add_argument("--page", type=Path, required=True, help="folder of the template and the errata")
    parser.add_argument("--figures", nargs="+", required=True, help="the figures, in the order of the page")
    parser.add_argument("--config", required=True, help="the whole config as JSON")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        text = page(given)
        with replacing(given.output) as partial:
            partial.write_text(text, encoding="utf-8")
    except (ValueError, OSError) as error:
        sys.exit(f"report: {error}")


if __name__ == "__main__":
    main()

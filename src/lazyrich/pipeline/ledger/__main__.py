"""`python -m lazyrich.pipeline.ledger COMMAND …`: what the rules of claims, agreement and drift call.

write    claims and agreement of a folder of results, as tables in it
claims   print the claims; fail if one does not hold that is not recorded as a known failure
judge    the same of some figures, from their tables, and write nothing
check    compare config and numbers with the reference; fail if one moved
power    change one number after the other, and count which changes `check` would report
refresh  make the numbers of a folder of results the reference
same     fail unless two folders hold the same files, byte for byte
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import yaml

from .. import dictionary, folders, parquet
from ..files import replacing
from ..parquet import TableError
from . import agreement, claims, drift, machine, power
from .results import Results


def _read(folder, name):
    """What a YAML file says: a list of mappings, of config and machine one mapping; TableError if it is not that."""
    path = folder / f"{name}.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TableError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    one = name in ("config", "machine")
    rows = [found] if one else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError(f"{path} must hold {'a mapping' if one else 'a list of mappings'}")
    return found


def stated_claims(figures=None):
    """The claims of all figures, or of some, each with the name of its figure."""
    figures = folders.figures() if figures is None else figures
    read = {figure: _read(folders.figure(figure).folder, "claims") for figure in figures}
    return [claim | {"figure": figure} for figure, stated in read.items() for claim in stated]


def _write_table(path, name, frame, given):
    origin = {"figures": " ".join(given.figures), "preset": given.preset}
    parquet.write(path, TABLES[f"ledger/{name}"], {column: frame[column].to_numpy() for column in frame}, origin)


def write(given):
    """Claims and agreement from the tables of every figure."""
    results = Results(given.results)
    ledger = claims.ledger(stated_claims(given.figures), results, given.preset)
    compared = agreement.agreement(results, given.figures, given.preset)
    _write_table(given.results / "claims.parquet", "claims", ledger, given)
    _write_table(given.results / "agreement.parquet", "agreement", compared, given)


def read_ledger(folder):
    """(claims, agreement) of a folder of results, as DataFrames."""
    return tuple(
        parquet.read_frame(folder / f"{name}.parquet", TABLES[f"ledger/{name}"]) for name in ("claims", "agreement")
    )


def judge(given):
    """Claims and agreement of some figures, from their tables."""
    results = Results(given.results)
    ledger = claims.ledger(stated_claims(given.figures), results, given.preset)
    return _said(ledger, agreement.agreement(results, given.figures, given.preset))


def print_claims(given):
    """The ledger and the agreement as text; an error message if something is broken."""
    return _said(*read_ledger(given.results))


def _said(ledger, compared):
    print(claims.text(ledger))
    print(agreement.text(compared))
    broken, beyond = claims.broken(ledger), compared[~compared["holds"]]
    known = int((~ledger["holds"]).sum()) - int((~broken["holds"]).sum())
    print(f"{int(ledger['holds'].sum())} of {len(ledger)} claims hold, {known} fail for a known reason")
    within = int(compared.loc[compared["holds"], "comparisons"].sum())
    print(f"{within} of {int(compared['comparisons'].sum())} comparisons are within their bounds")
    reasons = [
        f"{row.id} ({row.figure}) "
        + ("is a known failure, but holds" if row.holds else "does not hold")
        + f": expected {row.expected}, measured {row.measured:.6g}. {row.claim}"
        for row in broken.itertuples()
    ]
    reasons += [
        f"{row.figure}, {row.table}, {row.quantity} ({row.kind}) is {row.largest:.3g} at {row.at}, "
        f"allowed {row.bound:.3g}"
        for row in beyond.itertuples()
    ]
    return reasons


def _references(given):
    """The folder of this preset's reference, and {figure: its file}; TableError if there is none."""
    folder = given.reference / given.preset
    if not folder.is_dir():
        raise TableError(f"no reference numbers in {folder}; make them with: snakemake refresh")
    return folder, {figure: folder / f"{figure}.tsv" for figure in given.figures}


def check(given):
    """Sentences that name what moved: first in the config, then in the numbers."""
    folder, references = _references(given)
    made, here = machine.text(_read(folder, "machine")), machine.text(machine.here())
    print(f"Reference made on: {made}. Here: {'the same' if made == here else here}.")
    config, expected = json.loads(given.config), _flat(_read(folder, "config"))
    got = _flat(config)
    moved = [
        f"config.yaml, {key}: expected {expected.get(key, 'no such key')}, got {got.get(key, 'no such key')}"
        for key in sorted({*expected, *got})
        if expected.get(key) != got.get(key)
    ]
    results, compared = Results(given.results), 0
    for figure, path in references.items():
        reference = drift.read(path)
        moved += drift.compared(results, figure, reference, drift.watched(results, figure))
        # a miniature may lack a row; the full run has them all
        moved += drift.unused(results, figure) if given.preset == "full" else []
        compared += sum(one.value.size for one in reference.values())
    print(f"{compared} numbers of {len(references)} figures compared with {folder}; {len(moved)} differences")
    return moved


def refresh(given):
    """Write the reference of this preset."""
    folder = given.reference / given.preset
    folder.mkdir(parents=True, exist_ok=True)
    results, kept = Results(given.results), 0
    for figure in given.figures:
        found = drift.watched(results, figure)
        drift.write(folder / f"{figure}.tsv", found)
        kept += sum(one.value.size for one in found.values())
    for path in set(folder.glob("*.tsv")) - {folder / f"{figure}.tsv" for figure in folders.figures()}:
        path.unlink()  # of a figure that is no more
    for name, mapping in {"config": json.loads(given.config), "machine": machine.here()}.items():
        text = yaml.safe_dump(
            mapping,
            sort_keys=name == "config",
            default_flow_style=None if name == "config" else False,
            width=120,
            allow_unicode=True,
        )
        with replacing(folder / f"{name}.yaml") as partial:
            partial.write_text(text, encoding="utf-8")
    print(f"{kept} numbers are the reference now: {folder}")


def count_seen(given):
    """What `check` would have seen; sentences about what it would not, if that is more than one in a thousand."""
    table, tried, missed = power.power(Results(given.results), given.figures)
    print(power.text(table, tried, missed))
    share = table["seen"].sum() / table["large"].sum()
    return missed + ([f"{share:.3%} of the changes are seen, expected 99.9%"] if share < 0.999 else [])


def same(given):
    """Files that differ between two folders, or are in one of them only; timings, which no two runs share, left out."""
    one, other = (_hashes(folder) for folder in given.folders)
    print(f"{len(one)} files in {given.folders[0]}, {len(other)} in {given.folders[1]}")
    return [f"{name} is not the same in both" for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def _hashes(folder):
    suffixes = (".parquet", ".pdf", ".svg", ".png", ".html")
    files = [p for p in folder.rglob("*") if p.suffix in suffixes and not NOT_IN_ALL & {p.stem, p.parent.name}]
    if not files:
        raise TableError(f"no tables and figures in {folder}")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _flat(value, name=""):
    """{dotted key: value} of a nested config."""
    if isinstance(value, dict):
        return {k: v for key, entry in value.items() for k, v in _flat(entry, f"{name}.{key}".lstrip(".")).items()}
    return {name: value}


# made by `make benchmark`, no part of the rule `all`: the times and their figure
NOT_IN_ALL = {"benchmarks", "figP1"}

COMMANDS = {
    "write": write,
    "claims": print_claims,
    "judge": judge,
    "check": check,
    "refresh": refresh,
    "power": count_seen,
    "same": same,
}

TABLES = dictionary.read_file("ledger", Path(__file__).with_name("tables.yaml"))
_ALL = ("results", "figures", "preset")
_COMPARED = ("results", "figures", "preset", "reference", "config")
NEEDED = {
    "write": _ALL,
    "claims": ("results",),
    "judge": ("results", "figures"),
    "check": _COMPARED,
    "refresh": _COMPARED,
    "power": _ALL[:2],
    "same": (),
}


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lazyrich.pipeline.ledger",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("folders", type=Path, nargs="*", help="the two folders (same only)")
    parser.add_argument("--results", type=Path, help="folder of all results")
    parser.add_argument("--figures", nargs="+", help="the figures whose tables count")
    parser.add_argument("--preset", default="full", help="which claims are asked, and which reference numbers apply")
    parser.add_argument("--reference", type=Path, help="folder of reference numbers (check and refresh)")
    parser.add_argument("--config", help="the whole config, as JSON (check and refresh)")
    return parser


def main(arguments=None):
    parser = _parser()
    given = parser.parse_args(arguments)
    if missing := [f"--{name}" for name in NEEDED[given.command] if getattr(given, name) is None]:
        parser.error(f"{given.command} needs {', '.join(missing)}")
    if len(given.folders) != (2 if given.command == "same" else 0):
        parser.error(f"same needs two folders, the other commands none; {given.command} got {len(given.folders)}")
    try:
        wrong = COMMANDS[given.command](given)
    except (ValueError, OSError) as error:
        sys.exit(f"{given.command}: {error}")
    if wrong:
        sys.exit(f"{given.command}: " + "\n  and ".join(wrong))


if __name__ == "__main__":
    main()

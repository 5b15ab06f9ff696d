"""`python -m lazyrich.pipeline.ledger COMMAND …`: what the rules of claims, agreement and drift call.

write    claims and agreement of a folder of results, as tables in it
claims   print the claims; fail if one does not hold that is not recorded as a known failure
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

import pandas as pd
import pyarrow as pa
import yaml

from .. import dictionary, folders, tables
from ..files import replacing
from ..tables import TableError
from . import agreement, agreement3, claims, drift, drift3, machine, power, power3
from . import results as results3
from .dictionary import Dictionary
from .selection import Results


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


def _claims(figures):
    """The claims of all figures, each with the name of its figure."""
    read = {figure: _read(folders.figure(figure).folder, "claims") for figure in figures}
    return [claim | {"figure": figure} for figure, stated in read.items() for claim in stated]


def _old_and_new(figures):
    return [f for f in figures if not dictionary.is_new(f)], [f for f in figures if dictionary.is_new(f)]


def _write_table(path, kind, frame, given):
    origin = {"figures": " ".join(given.figures), "preset": given.preset}
    tables.write(path, kind, pa.Table.from_pandas(frame, schema=tables.SCHEMAS[kind], preserve_index=False), origin)


def write(given):
    """Claims and agreement from the tables of every figure."""
    results = Results(given.results), results3.Results(given.results)
    ledger = claims.ledger(_claims(given.figures), results, given.preset)
    old, new = _old_and_new(given.figures)
    parts = [agreement3.agreement(results[1], new, given.preset)]
    if old:
        parts.append(agreement.agreement(_read(given.ledger, "agreement"), results[0], old, given.preset))
    compared = pd.concat([part for part in parts if len(part)], ignore_index=True)
    _write_table(given.results / "claims.parquet", "claims", ledger, given)
    _write_table(given.results / "agreement.parquet", "agreement", compared, given)


def print_claims(given):
    """The ledger and the agreement as text; an error message if something is broken."""
    ledger = tables.read_frame(given.results / "claims.parquet")
    compared = tables.read_frame(given.results / "agreement.parquet")
    print(claims.text(ledger))
    print(agreement.text(compared))
    broken, beyond = claims.broken(ledger), compared[~compared["holds"]]
    known = int((~ledger["holds"]).sum()) - int((~broken["holds"]).sum())
    print(f"{int(ledger['holds'].sum())} of {len(ledger)} claims hold, {known} fail for a known reason")
    print(f"{int(compared['holds'].sum())} of {len(compared)} comparisons are within their bounds")
    reasons = [
        f"{row.id} ({row.figure}) "
        + ("is a known failure, but holds" if row.holds else "does not hold")
        + f": expected {row.expected}, measured {row.measured:.6g}. {row.claim}"
        for row in broken.itertuples()
    ]
    reasons += [
        f"{row.figure}, panel {row.panel}, λ = {row.lam:g}: {row.quantity} ({row.kind}) is {row.largest:.3g}, "
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
    results, results_new, compared = Results(given.results), results3.Results(given.results), 0
    for figure, path in references.items():
        if dictionary.is_new(figure):
            reference = drift3.read(path)
            moved += drift3.compared(results_new, figure, reference, drift3.watched(results_new, figure))
            moved += drift3.unused(results_new, figure) if given.preset == "full" else []
            compared += sum(one.value.size for one in reference.values())
            continue
        entries, reference = Dictionary.of(figure), drift.read(path)
        moved += drift.compared(figure, reference, drift.watched(results, figure, entries))
        # a miniature may lack a value; the full run has them all
        moved += entries.unused() if given.preset == "full" else []
        compared += sum(one.value.size for one in reference.values())
    print(f"{compared} numbers of {len(references)} figures compared with {folder}; {len(moved)} differences")
    return moved


def refresh(given):
    """Write the reference of this preset."""
    folder = given.reference / given.preset
    folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    for figure in given.figures:
        of_figure = drift3 if dictionary.is_new(figure) else drift
        results = (results3 if dictionary.is_new(figure) else sys.modules[Results.__module__]).Results(given.results)
        found = of_figure.watched(results, figure)
        of_figure.write(folder / f"{figure}.tsv", found)
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
    old, new = _old_and_new(given.figures)
    table, tried, missed = power3.power(results3.Results(given.results), new)
    if old:
        more = power.power(Results(given.results), old)
        table, tried, missed = pd.concat([more[0], table], ignore_index=True), tried + more[1], missed + more[2]
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
    files = [p for p in folder.rglob("*") if p.suffix in suffixes and p.stem not in NOT_IN_ALL]
    if not files:
        raise TableError(f"no tables and figures in {folder}")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _flat(value, name=""):
    """{dotted key: value} of a nested config."""
    if isinstance(value, dict):
        return {k: v for key, entry in value.items() for k, v in _flat(entry, f"{name}.{key}".lstrip(".")).items()}
    return {name: value}


# made by `make benchmark`, no part of the rule `all`: the times and their figure
NOT_IN_ALL = ("benchmarks", "figP1")

COMMANDS = {
    "write": write,
    "claims": print_claims,
    "check": check,
    "refresh": refresh,
    "power": count_seen,
    "same": same,
}

_ALL = ("results", "figures", "ledger", "preset")
_COMPARED = ("results", "figures", "preset", "reference", "config")
NEEDED = {
    "write": _ALL,
    "claims": ("results",),
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
    parser.add_argument("--ledger", type=Path, help="folder of agreement.yaml (write only)")
    parser.add_argument("--preset", help="which claims are asked, and which reference numbers apply")
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

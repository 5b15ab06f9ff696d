"""`python -m lazyrich.ledger COMMAND …`: what the rules of claims, agreement and drift call.

write    claims and agreement of a folder of results, as tables in it
claims   print the claims; fail if one does not hold that is not recorded as a known failure
check    compare config and numbers with the reference; fail if one moved
refresh  make the numbers of a folder of results the reference
same     fail unless two folders hold the same files, byte for byte
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import pyarrow as pa
import yaml

from .. import tables
from ..tables import TableError
from . import agreement, claims, drift
from .selection import Results


def _read(folder, name):
    """What a YAML file says: a list of mappings, or for `config` one mapping; TableError if it is not that."""
    path = folder / f"{name}.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TableError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    rows = [found] if name == "config" else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError(f"{path} must hold {'a mapping' if name == 'config' else 'a list of mappings'}")
    return found


def _write_table(path, kind, frame, given):
    origin = {"figures": " ".join(given.figures), "preset": given.preset}
    tables.write(path, kind, pa.Table.from_pandas(frame, schema=tables.SCHEMAS[kind], preserve_index=False), origin)


def write(given):
    """Claims and agreement from the tables of every figure."""
    results = Results(given.results)
    ledger = claims.ledger(_read(given.ledger, "claims"), results, given.preset)
    compared = agreement.agreement(_read(given.ledger, "agreement"), results, given.figures)
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


def check(given):
    """Sentences that name what moved: first in the config, then in the numbers."""
    folder = given.reference / given.preset
    if not (folder / "numbers.tsv").is_file():
        raise TableError(f"no reference numbers in {folder}; make them with: snakemake refresh")
    config, expected = json.loads(given.config), _flat(_read(folder, "config"))
    got = _flat(config)
    moved = [
        f"config.yaml, {key}: expected {expected.get(key, 'no such key')}, got {got.get(key, 'no such key')}"
        for key in sorted({*expected, *got})
        if expected.get(key) != got.get(key)
    ]
    rules = _read(given.ledger, "drift")
    numbers = drift.condensed(Results(given.results), given.figures, rules)
    reference = drift.read(folder / "numbers.tsv")
    moved += drift.compared(reference, numbers, rules)
    print(f"{len(reference)} groups of numbers compared with {folder}; {len(moved)} differences")
    return moved


def refresh(given):
    """Write the reference of this preset."""
    folder = given.reference / given.preset
    folder.mkdir(parents=True, exist_ok=True)
    numbers = drift.condensed(Results(given.results), given.figures, _read(given.ledger, "drift"))
    drift.write(folder / "numbers.tsv", numbers)
    text = yaml.safe_dump(json.loads(given.config), sort_keys=True, default_flow_style=None, width=120)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    print(f"{len(numbers)} groups of numbers are the reference now: {folder}")


def same(given):
    """Files that differ between two folders, or are in one of them only."""
    one, other = (_hashes(folder) for folder in given.folders)
    print(f"{len(one)} files in {given.folders[0]}, {len(other)} in {given.folders[1]}")
    return [f"{name} is not the same in both" for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def _hashes(folder):
    files = [p for p in folder.rglob("*") if p.suffix in (".parquet", ".pdf", ".svg", ".png", ".html")]
    if not files:
        raise TableError(f"no tables and figures in {folder}")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _flat(value, name=""):
    """{dotted key: value} of a nested config."""
    if isinstance(value, dict):
        return {k: v for key, entry in value.items() for k, v in _flat(entry, f"{name}.{key}".lstrip(".")).items()}
    return {name: value}


COMMANDS = {"write": write, "claims": print_claims, "check": check, "refresh": refresh, "same": same}

_ALL = ("results", "figures", "ledger", "preset")
_COMPARED = (*_ALL, "reference", "config")
NEEDED = {"write": _ALL, "claims": ("results",), "check": _COMPARED, "refresh": _COMPARED, "same": ()}


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lazyrich.ledger", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("folders", type=Path, nargs="*", help="the two folders (same only)")
    parser.add_argument("--results", type=Path, help="folder of all results")
    parser.add_argument("--figures", nargs="+", help="the figures whose tables count")
    parser.add_argument("--ledger", type=Path, help="folder of claims.yaml, agreement.yaml and drift.yaml")
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

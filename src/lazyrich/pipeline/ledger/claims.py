"""The ledger: each claim of the papers, what the tables say of it, and whether it holds.

`claims.yaml` in the folder of each figure states its claims:

id, claim, source  its name, the sentence, and who claims it
measure            a function of `measures` (`take`) and the numbers it is given: records of the figure whose columns
                   meet the conditions (a value, a list, a {from, to} range, or a pattern such as deviation_*)
expect             at_most, at_least, more_than, less_than, or equal with within
known_failure      why it does not hold; it is then expected to fail, and an error if it holds after all
presets            where it is asked (everywhere unless said): the quick run has too few draws or λ for some

Nothing is simulated here.
"""

import math

import pandas as pd

from . import measures

KEYS = {"id", "claim", "source", "figure", "measure", "expect", "known_failure", "presets"}
PRESETS = ("full", "quick")
COLUMNS = ("id", "figure", "claim", "source", "expected", "measured", "margin", "holds", "known_failure")


class ClaimError(ValueError):
    """A claim that is not stated as it must be, or that the tables cannot answer."""


def _expected(expect, where):
    """(text, least, most) of an expectation."""
    if not isinstance(expect, dict) or not all(isinstance(x, (int, float)) for x in expect.values()):
        raise ClaimError(
            f"{where}: expect must be a mapping to numbers, such as {{at_most: 1.0e-9}} with the point, "
            f"without which YAML reads text; got {expect}"
        )
    kinds = set(expect)
    if kinds == {"at_most"}:
        return f"≤ {expect['at_most']:g}", -math.inf, expect["at_most"]
    if kinds == {"at_least"}:
        return f"≥ {expect['at_least']:g}", expect["at_least"], math.inf
    if kinds == {"more_than"}:
        return f"> {expect['more_than']:g}", math.nextafter(expect["more_than"], math.inf), math.inf
    if kinds == {"less_than"}:
        return f"< {expect['less_than']:g}", -math.inf, math.nextafter(expect["less_than"], -math.inf)
    if kinds == {"equal", "within"}:
        value, within = expect["equal"], expect["within"]
        return f"{value:g} ± {within:g}", value - within, value + within
    raise ClaimError(
        f"{where}: expect must be at_most, at_least, more_than, less_than, or equal with within; got {expect}"
    )


def check(claims):
    """The claims as they are, or ClaimError for one that is not whole, or an id that comes twice."""
    seen = set()
    for claim in claims:
        where = f"claim {claim.get('id', claim)!r}"
        missing = KEYS - {"known_failure", "presets"} - set(claim)
        if missing or set(claim) - KEYS:
            raise ClaimError(f"{where}: missing {sorted(missing)}, unknown {sorted(set(claim) - KEYS)}")
        if claim["id"] in seen:
            raise ClaimError(f"{where} is there twice")
        seen.add(claim["id"])
        _expected(claim["expect"], where)
        presets = claim.get("presets", [])
        if not isinstance(presets, list) or set(presets) - set(PRESETS):
            raise ClaimError(f"{where}: presets must be a list of {', '.join(PRESETS)}; got {presets!r}")
        how = claim["measure"] if isinstance(claim["measure"], dict) else {}
        known = measures.of_figure(claim["figure"])
        if (take := how.get("take")) not in known:
            raise ClaimError(f"{where}: measure.take = {take!r} must be one of {', '.join(known)}")
    return claims


def measure(claim, results):
    """The one number that a claim is about."""
    how = dict(claim["measure"])
    name = how.pop("take")
    try:
        return float(measures.of_figure(claim["figure"])[name](results, claim["figure"], **how))
    except (TypeError, ValueError) as error:  # TypeError: what it is given does not fit the measure
        raise ClaimError(f"claim {claim['id']!r}, {name}: {error}") from error


def verdict(claim, measured):
    """(expected as text, margin, holds): the margin is the distance to the nearest bound, negative outside."""
    text, least, most = _expected(claim["expect"], claim["id"])
    margin = min(measured - least, most - measured)
    return text, margin, bool(margin >= 0)


def ledger(claims, results, preset="full"):
    """A row for each claim that is asked of this preset, as a DataFrame of COLUMNS."""
    rows = []
    for claim in check(claims):
        if preset not in claim.get("presets", [preset]):
            continue
        measured = measure(claim, results)
        expected, margin, holds = verdict(claim, measured)
        known = claim.get("known_failure", "")
        row = (claim["id"], claim["figure"], claim["claim"], claim["source"], expected, measured, margin, holds, known)
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"measured": float, "margin": float, "holds": bool})


def broken(table):
    """The claims that do not hold and are not recorded as known failures, and known failures that hold after all."""
    return table[table["holds"] == (table["known_failure"] != "")]


def text(table):
    """The ledger for a terminal: one line a claim."""
    width = table["id"].str.len().max()
    lines = []
    for row in table.itertuples():
        mark = "holds" if row.holds else "FAILS"
        lines.append(
            f"{mark}  {row.id:<{width}}  {row.figure:<6}  {row.measured:>10.4g}  {row.expected:<18}  {row.claim}"
        )
        if row.known_failure:
            lines.append(f"{'':{width + 15}}  known failure: {row.known_failure}")
    return "\n".join(lines) + "\n"

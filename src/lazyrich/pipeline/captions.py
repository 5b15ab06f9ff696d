"""The caption of a figure with its numbers filled in: none is typed by hand.

`caption.rst` in the folder of the figure is a Jinja2 template in which stand

{{ claim("X4-lambda") | percent }}  what was measured for a claim of the figure
{{ number.last_time | digits(3) }}  a number that `numbers.yaml` in its folder names: a measure as in claims.yaml
{{ config.n_draws }}                a value of the figure's block of config.yaml
{{ paper("30,000") }}               a number that the paper states, and {{ formula("3/2 ln 2") }} one of a formula

A run in miniature may lack what a number is about; there it is a dash. What a row of each table is follows at the end.
"""

import re

import numpy as np
import yaml
from jinja2 import Environment, StrictUndefined, TemplateError

from . import dictionary, folders
from .ledger import measures

NOT_MEASURED = "–"
TABLES = ".. tables"  # the comment after which they are named
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


class CaptionError(ValueError):
    """A caption that asks for what is not there."""


def _each(function):
    """A filter of one number that also takes several, and leaves what was not measured as it is."""

    def applied(value, *how):
        if isinstance(value, str):
            return value
        if np.ndim(value):
            return [function(float(one), *how) for one in np.ravel(value)]
        return function(float(value), *how)

    return applied


def digits(value, n=2):
    """n significant digits, thousands apart: 16,000 and 0.0062; zeros at the end are kept after the point."""
    if value == 0:
        return "0"
    places = n - 1 - int(np.floor(np.log10(abs(float(f"{value:.{n - 1}e}")))))
    return fixed(round(value, places), max(places, 0))


def fixed(value, n=2):
    """n digits after the point."""
    return f"{value:,.{n}f}".replace("-", "−")


def percent(value, n=0):
    """As a percentage, without the sign of it."""
    return fixed(100 * value, n)


def power(value, n=1):
    """As 2·10⁻¹⁴, with n digits; 10⁻⁸ if the digit is a 1."""
    mantissa, exponent = f"{value:.{n - 1}e}".split("e")
    ten = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return (ten if mantissa == "1" else f"{mantissa}·{ten}").replace("-", "−")


def word(value):
    """A small whole number as a word."""
    return WORDS[int(value)] if value == int(value) and 0 <= value < len(WORDS) else fixed(value, 0)


def listed(values):
    """Several texts or numbers: 1, 2 and 3."""
    if isinstance(values, str):
        return values
    texts = [str(value).replace("-", "−") if isinstance(value, (int, float)) else str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


FILTERS = {function.__name__: _each(function) for function in (digits, fixed, percent, power, word)} | {
    "listed": listed
}


# numbers that stand as they are: of the paper, or of a formula
SAID = {"paper": lambda text: text, "formula": lambda text: text}


class _Numbers:
    """The named numbers of a figure, each measured when it is asked for."""

    def __init__(self, figure, results, whole):
        self._figure, self._results, self._whole = figure, results, whole
        path = folders.figure(figure).folder / "numbers.yaml"
        self.known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def __getattr__(self, name):
        if name not in self.known:
            raise CaptionError(f"caption of {self._figure}: numbers.yaml names no number {name!r}")
        return self.measured(self.known[name])

    def measured(self, how):
        """The number of a measure, or a dash where a miniature has none."""
        how, known = dict(how), measures.of_figure(self._figure)
        if (name := how.pop("take", None)) not in known:
            raise CaptionError(f"caption of {self._figure}: take = {name!r} must be one of {', '.join(known)}")
        take = known[name]
        try:
            return take(self._results, self._figure, **how)
        except (TypeError, ValueError, KeyError, IndexError) as error:  # TypeError: not an argument of the measure
            if self._whole or isinstance(error, TypeError):
                raise CaptionError(f"caption of {self._figure}, {how}: {error}") from error
            return NOT_MEASURED


def environment():
    """Jinja's environment with the filters of captions."""
    made = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    made.filters |= FILTERS
    return made


def filled(figure, results, config, preset="full"):
    """The caption of a figure as text; CaptionError for a number that is not there.

    `results` are the `ledger.results.Results` that hold its tables, `config` is its block of config.yaml.
    """
    folder = folders.figure(figure).folder
    numbers = _Numbers(figure, results, preset == "full")
    claims = {claim["id"]: claim for claim in yaml.safe_load((folder / "claims.yaml").read_text(encoding="utf-8"))}

    def claim(name):
        if name not in claims:
            raise CaptionError(f"caption of {figure}: it has no claim {name!r}; it has {', '.join(claims)}")
        return numbers.measured(claims[name]["measure"])

    text = (folder / "caption.rst").read_text(encoding="utf-8")
    if by_hand := typed(text):
        raise CaptionError(
            f"caption of {figure}: {by_hand[0]!r} holds a number that is typed by hand; fill it in by "
            '{{ claim("…") }}, {{ number.… }}, {{ config.… }}, or say {{ paper("…") }} or {{ formula("…") }}'
        )
    try:
        caption = environment().from_string(text).render(claim=claim, number=numbers, config=config, **SAID)
    except TemplateError as error:
        line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
        raise CaptionError(f"caption of {figure}{line}: {error}; filters are {', '.join(FILTERS)}") from error
    return f"{caption.rstrip()}\n\n{TABLES}\n\n{_tables(figure)}\n"


def _tables(figure):
    """Which tables the figure has, what a row of each is, and where its columns are described, as a paragraph."""
    rows = [f"``{name}.parquet`` ({table.row})" for name, table in dictionary.tables(figure).items()]
    said = ", ".join(rows).replace("|", "\\|")
    folder = folders.figure(figure).folder.name
    return f"Tables in ``results/{figure}/``: {said}. Their columns: ``src/lazyrich/figures/{folder}/tables.yaml``."


# names with a digit in them, and 0 and 1 where a formula has them; all else is filled in
NAMES = re.compile(
    "|".join(
        (
            r"W[12]ᵀ?",
            r"\b(?:fig[A-Z]?|grqS?)\d+[a-d]?\b",
            r"\b(?:DOP853|float32|float64|L0|LeNet-5|CIFAR-10|CC BY 4\.0)\b",
            r"\b(?:19|20)\d\d\b",  # years
            r"\bFigs?\. [A-Z]?\d+\w?(?:(?:, | and | to )(?:[A-Z]?\d+\w?|[A-Z]\b))*",
            r"\b(?:Sections?|Appendix|Theorems?|Equations?|Eqs?\.) [A-Z]?\.?\d+(?:\.\d+)*(?: and \d+(?:\.\d+)*)?",
            r"(?<=[=<>→≥≤≠] )0\b(?![.,]\d)",
            r"\b1 −|− 1\b|\(0\)",
        )
    )
)


def typed(text):
    """The words of a caption.rst that hold a number typed by hand, each with its neighbours."""
    text = re.sub(r"^\.\. .*$", "", text, flags=re.M)
    text = NAMES.sub("", re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.S))
    return [" ".join(found[0].split()) for found in re.finditer(r"\S*\s?\S*\d\S*\s?\S*", text)]

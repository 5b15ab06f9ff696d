"""Claims can fail, agreement has bounds, drift sees one moved number and names it, and the page is whole."""

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import figures
from lazyrich.pipeline import captions, dictionary, folders, parquet
from lazyrich.pipeline.dictionary import DictionaryError
from lazyrich.pipeline.ledger import __main__ as ledger
from lazyrich.pipeline.ledger import agreement, claims, drift, machine, measures, power, report
from lazyrich.pipeline.ledger.results import Results
from lazyrich.pipeline.parquet import TableError
from lazyrich.pipeline.stages import Rows

NAMES = list(folders.figures())
CLAIMS = ledger.stated_claims(NAMES)


class Changed(Results):
    """Results whose chosen numbers are changed on the way to a claim."""

    def __init__(self, folder, change):
        super().__init__(folder)
        self._change = change

    def select(self, figure, table, column, **how):
        frame = super().select(figure, table, column, **how)
        return frame.assign(value=_changed(frame["value"], self._change, "number"))


class Made(Results):
    """Six numbers for whatever is asked: for claims whose λ or draws the small run has not."""

    def __init__(self, numbers, growth):
        super().__init__(".")
        self._numbers, self._growth = numbers, growth

    def select(self, figure, table, column, **how):
        n = len(self._numbers)
        self._numbers = self._numbers * self._growth  # the next that is asked for
        fixed = {key for key, wanted in how.get("where", {}).items() if not isinstance(wanted, (list, dict))}
        keys = [key for key in dictionary.tables(figure)[table].keys if key not in fixed | set(how.get("reduce", {}))]
        made = pd.DataFrame(dict.fromkeys(keys, np.arange(n)) | {"value": self._numbers})
        return made if keys else made[:1]


class ChangedTables(Results):
    """Results whose tables have other numbers, all but the keys: for the measures that a figure has of its own."""

    def __init__(self, folder, change):
        super().__init__(folder)
        self._change = change

    def frame(self, figure, table):
        frame, columns = super().frame(figure, table), dictionary.tables(figure)[table].columns.values()
        values = [c for c in columns if not c.is_key and c.type != "text"]
        return frame.assign(**{c.name: _changed(frame[c.name], self._change, c.type) for c in values})


def _changed(cells, change, kind):
    """The numbers of some cells, each perhaps an array, changed together."""
    if kind == "truth":
        return ~cells
    numbers = change(np.concatenate([np.ravel(cell) for cell in cells]).astype(float))
    parts = np.split(numbers, np.cumsum([np.size(cell) for cell in cells])[:-1])
    return [part.reshape(np.shape(cell)) if np.ndim(cell) else part[0] for part, cell in zip(parts, cells, strict=True)]


def noise(x):
    return np.random.default_rng(x.size).standard_normal(x.size)


CHANGES = {
    "all far larger": lambda x: 1e3 * np.abs(x) + 1e3,
    "none": np.zeros_like,
    "the other sign": lambda x: -x - 1,
    "scattered": lambda x: x * (1 + noise(x)) + noise(x),
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The tables of the quick configuration for the figures whose claims are asked of it."""
    folder, settings = tmp_path_factory.mktemp("quick"), figures.config("quick")
    for name in NAMES:
        figures.compute(name, folder / name, settings[name], seed=settings["seed"])
    return folder


# one test for everything that needs these tables, so that one worker makes them, once
def test_the_quick_run_keeps_every_claim_and_each_can_fail(quick, tmp_path):
    quick_config = figures.config("quick")
    results = Results(quick)
    table = claims.ledger(CLAIMS, results, "quick")
    assert claims.broken(table).empty, claims.text(claims.broken(table))
    assert len(table) >= 40

    asked = [claim for claim in CLAIMS if "quick" in claim.get("presets", ["quick"])]
    cannot_fail = [
        claim["id"] for claim in asked if not any(_fails(claim, quick, change) for change in CHANGES.values())
    ]
    assert cannot_fail == []

    compared = agreement.agreement(results, NAMES, "quick")
    assert compared["holds"].all(), agreement.text(compared[~compared["holds"]])
    assert set(compared["kind"]) == {"flow", "reference", "simulation", "theory"}

    for name in NAMES:
        (tmp_path / f"{name}.rst").write_text(captions.filled(name, results, quick_config[name], "quick"), "utf-8")
        html = report.caption(tmp_path / f"{name}.rst")
        assert "<strong>" in html, name
        assert "system-message" not in html, name

    said = []
    for name in NAMES:
        committed = drift.read(figures.ROOT / f"tests/reference/quick/{name}.tsv")
        said += drift.compared(results, name, committed, drift.watched(results, name))
    assert said == []


def _fails(claim, folder, change):
    try:
        with np.errstate(all="ignore"):
            changed = (Changed if claim["measure"]["take"] in measures.MEASURES else ChangedTables)(folder, change)
            return not claims.verdict(claim, claims.measure(claim, changed))[2]
    except ValueError:  # tables that no longer fit together
        return True


FULL_ONLY = [
    claim
    for claim in CLAIMS
    if "quick" not in claim.get("presets", ["quick"]) and claim["measure"]["take"] in measures.MEASURES
]


@pytest.mark.parametrize("claim", FULL_ONLY, ids=lambda claim: claim["id"])
def test_claims_of_the_full_run_can_hold_and_fail(claim):
    made = [np.full(6, x) for x in (-5.0, -0.5, 1e-9, 1e-3, 0.3, 0.5, 1, 5)] + [
        np.arange(1.0, 7.0),
        -np.arange(1.0, 7.0),
        np.full(6, float(claim["expect"].get("equal", 0))),
    ]
    with np.errstate(all="ignore"):
        seen = {
            claims.verdict(claim, claims.measure(claim, Made(numbers, growth)))[2]
            for numbers in made
            for growth in (1e-3, 0.1, 1, 3, 300)
        }
    assert seen == {True, False}


WHOLE = {
    "id": "X", "claim": "c", "source": "s", "figure": "fig1",
    "measure": {"take": "largest", "table": "theory/curve", "column": "q"}, "expect": {"at_most": 1},
}  # fmt: skip


class TestStatements:
    def test_ids_are_unique_and_every_claim_is_whole(self):
        assert claims.check(CLAIMS) is CLAIMS
        assert len(CLAIMS) >= 50

    def test_every_figure_of_a_claim_exists(self):
        assert {claim["figure"] for claim in CLAIMS} <= set(NAMES)

    def test_errata_name_claims_that_exist(self):
        known = {claim["id"] for claim in CLAIMS}
        errata = yaml.safe_load((figures.ROOT / "workflow/report/errata.yaml").read_text(encoding="utf-8"))
        assert {name for row in errata for name in row["claims"]} <= known

    def test_every_figure_beyond_the_paper_answers_a_question(self):
        asked = {name for name, figure in folders.figures().items() if figure.question}
        assert {name for name in NAMES if name.startswith(("figE", "figX"))} == asked

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"expect": {"at_mots": 1}}, "expect must be at_most"),
            ({"expect": {"equal": 1}}, "equal with within"),
            ({"measure": {"take": "biggest"}}, "take = 'biggest' must be one of largest"),
            ({"surprise": 1}, r"unknown \['surprise'\]"),
            ({"expect": 3}, "expect must be a mapping to numbers"),
            ({"expect": {"at_most": "1e-9"}}, "with the point"),
            ({"measure": "largest"}, "take = None must be one of"),
            ({"presets": "full"}, "presets must be a list of full, quick"),
            ({"presets": ["fulll"]}, "presets must be a list of full, quick"),
        ],
    )
    def test_a_claim_that_is_not_whole_is_refused(self, change, said):
        with pytest.raises(claims.ClaimError, match=said):
            claims.check([WHOLE | change])

    def test_an_id_twice_is_refused(self):
        with pytest.raises(claims.ClaimError, match="'X' is there twice"):
            claims.check([WHOLE, WHOLE])

    @pytest.mark.parametrize(
        ("expect", "holding", "failing"),
        [
            ({"at_most": 1}, 1, 1.1),
            ({"at_least": 1}, 1, 0.9),
            ({"more_than": 1}, 1.1, 1),
            ({"less_than": 1}, 0.9, 1),
            ({"equal": 1, "within": 0.5}, 1.5, 1.6),
        ],
    )
    def test_bounds(self, expect, holding, failing):
        claim = WHOLE | {"expect": expect}
        assert claims.verdict(claim, holding)[2]
        assert not claims.verdict(claim, failing)[2]
        assert not claims.verdict(claim, np.nan)[2]

    def test_a_known_failure_is_expected_to_fail(self):
        rows = pd.DataFrame(
            {"holds": [True, False, False, True], "known_failure": ["", "", "because", "because"]}, index=list("abcd")
        )
        assert list(claims.broken(rows).index) == ["b", "d"]


ENTRIES = {
    "task/starts": {
        "row": "a start",
        "keys": {"lam": None},
        "values": {"n_in": None, "n_out": None, "sigma_yx": None},
    },
    "theory/curve": {
        "row": "a moment",
        "keys": {"lam": None, "step": None},
        "values": {"t": None, "loss": {"what": "the loss", "scale": 1}},
    },
    "simulation/agreement": {
        "row": "a comparison",
        "keys": {"lam": None, "kind": "gradient descent or flow"},
        "values": {
            "deviation_loss": {
                "what": "how far theory and descent are apart",
                "scale": 1,
                "agreement": [{"kind": "flow", "where": {"kind": "flow"}}, {"kind": "simulation"}],
            },
            "step_size": None,
        },
    },
}


def rows(**columns):
    """Rows of a table, all at once."""
    collected = Rows()
    collected.add(**columns)
    return collected.columns()


MADE = {
    "task/starts": rows(lam=2.0, n_in=2, n_out=2, sigma_yx=np.diag([1.0, 0.5])[None]),
    "theory/curve": rows(lam=2.0, step=np.arange(3), t=np.arange(3) * 0.1, loss=np.array([1.0, 0.1, 1e-8])),
    "simulation/agreement": rows(
        lam=2.0, kind=np.array(["descent", "flow"]), deviation_loss=np.array([0.01, 1e-12]), step_size=0.25
    ),
}


@pytest.fixture(autouse=True)
def fig0(monkeypatch, tmp_path):
    """The folder of a figure whose tables `small` makes, beside those of the others."""
    folder, others = tmp_path / "fig0_for_tests", folders.figures()
    folder.mkdir()
    (folder / "claims.yaml").write_text("[]")
    declare(folder, ENTRIES)
    made = folders.Figure("fig0", folder, "Test", "")
    monkeypatch.setattr(folders, "figures", lambda: {**others, "fig0": made})
    yield folder
    dictionary.tables.cache_clear()


def declare(folder, entries):
    """Another data dictionary of fig0."""
    (folder / "tables.yaml").write_text(yaml.safe_dump(entries, sort_keys=False), encoding="utf-8")
    dictionary.tables.cache_clear()


def with_column(table, column, said):
    """The dictionary with another entry for one column."""
    values = ENTRIES[table]["values"] | {column: said}
    return ENTRIES | {table: ENTRIES[table] | {"values": values}}


@pytest.fixture
def small(tmp_path, fig0):
    """The tables of a figure with some numbers and a matrix."""
    for name in MADE:
        put(tmp_path / "results", name)
    return tmp_path / "results"


def put(folder, table, **changes):
    """Write a table as somebody would who goes through the data contract."""
    parquet.write(folder / f"fig0/{table}.parquet", dictionary.tables("fig0")[table], MADE[table] | changes, {})


class TestAgreement:
    def test_bounds(self, small):
        table = agreement.agreement(Results(small), ["fig0"]).set_index("kind")
        assert table.loc["simulation", "bound"] == 0.25
        assert table.loc["simulation", "at"] == "lam = 2.0, kind = descent"
        assert table.loc["flow", "bound"] == 1e-9
        assert table["holds"].all()

    @pytest.mark.parametrize(("deviations", "kind"), [([1.0, 1e-12], "simulation"), ([0.01, 1e-8], "flow")])
    def test_beyond_a_bound(self, small, deviations, kind):
        put(small, "simulation/agreement", deviation_loss=np.array(deviations))
        table = agreement.agreement(Results(small), ["fig0"]).set_index("kind")
        assert table["holds"].to_dict() == {"flow": kind != "flow", "simulation": kind != "simulation"}

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ([{"kind": "flow", "where": {"kind": "flow"}}], "no rule of agreement fits 1 rows"),
            (["flow", {"kind": "flow"}], "agreement is simulation, flow"),
            ([{"kind": "flow"}, {"kind": "simulation"}], "fits no row, or another fits first: {'kind': 'simulation'}"),
            ([{"kind": "flow", "most": 1}], "with why most"),
            ([{"kind": "flow", "most": "stepsize", "why": "y"}], "a number or a column of the table"),
            ([{"kind": "floww"}], "agreement is simulation, flow"),
            ([{"kind": "flow", "mst": 1}], "agreement is simulation, flow"),
        ],
    )
    def test_rules_that_do_not_fit(self, small, fig0, rules, said):
        declare(
            fig0, with_column("simulation/agreement", "deviation_loss", {"what": "x", "scale": 1, "agreement": rules})
        )
        with pytest.raises(DictionaryError, match=rf"simulation/agreement, deviation_loss.*{said}"):
            agreement.agreement(Results(small), ["fig0"])

    def test_what_is_no_comparison_is_left_out(self, small, fig0):
        rules = [{"none": "an asymptote", "where": {"kind": "flow"}}, {"kind": "simulation", "times": 2, "why": "y"}]
        declare(
            fig0, with_column("simulation/agreement", "deviation_loss", {"what": "x", "scale": 1, "agreement": rules})
        )
        (row,) = agreement.agreement(Results(small), ["fig0"]).to_dict("records")
        assert row["bound"] == 0.5

    @pytest.mark.parametrize("name", NAMES)
    def test_every_rule_of_every_figure_is_whole(self, name):
        for table in dictionary.tables(name).values():
            for column in table.columns.values():
                if column.agreement is not None:
                    agreement.rules(column, table)


class TestDrift:
    def check(self, folder, reference, capsys, settings=None):
        given = ["check", "--results", str(folder), "--figures", "fig0", "--preset", "full"]
        given += ["--reference", str(reference), "--config", json.dumps(settings or {"fig0": {"n": 1}})]
        try:
            ledger.main(given)
        except SystemExit as stopped:
            return str(stopped)
        return ""

    @pytest.fixture
    def reference(self, small, tmp_path, capsys):
        folder = tmp_path / "reference"
        given = ["refresh", "--results", str(small), "--figures", "fig0", "--preset", "full"]
        ledger.main([*given, "--reference", str(folder), "--config", json.dumps({"fig0": {"n": 1}})])
        assert self.check(small, folder, capsys) == ""
        return folder

    @pytest.mark.parametrize("place", [0, 1])
    def test_one_number(self, small, reference, capsys, place):
        loss = MADE["theory/curve"]["loss"].copy()
        loss[place] *= 1 + 1.1e-6
        put(small, "theory/curve", loss=loss)
        said = self.check(small, reference, capsys)
        assert f"fig0, theory/curve, loss at lam = 2.0, step = {place}: expected" in said
        assert f"got {loss[place]:.10g}, allowed ±1e-0{6 + place} (1 of 3 watched numbers moved)" in said

    def test_a_number_of_a_matrix(self, small, reference, capsys):
        put(small, "task/starts", sigma_yx=rows(x=np.diag([1.0, 0.5 * (1 + 1.1e-6)])[None])["x"])
        assert "fig0, task/starts, sigma_yx at lam = 2.0, entry 3: expected 0.5, got" in self.check(
            small, reference, capsys
        )

    def test_a_whole_number_is_right_or_wrong(self, small, tmp_path):
        """Also a seed, whose neighbour is nearer than any relative tolerance."""
        column = dictionary.tables("fig0")["theory/curve"].columns["step"]
        frame = pd.DataFrame({"step": [0, 2**53 - 2, 3_000_000_001]})
        before = drift._watched(column, frame, [])
        drift.write(tmp_path / "seeds.tsv", {("theory/curve", "step"): before})
        (expected,) = drift.read(tmp_path / "seeds.tsv").values()
        assert not drift.moved(expected, before)[0].any()
        after = drift._watched(column, frame.add([0, 1, 1], axis=0), [])
        assert drift.moved(expected, after)[0].tolist() == [False, True, True]

    def test_rounding_is_no_drift(self, small, reference, capsys):
        put(small, "theory/curve", loss=MADE["theory/curve"]["loss"] * (1 + 1e-13))
        assert self.check(small, reference, capsys) == ""

    def test_what_is_below_the_floor_is_no_drift(self, small, reference, capsys):
        put(small, "simulation/agreement", deviation_loss=np.array([0.01, 1.9e-12]))
        assert self.check(small, reference, capsys) == ""
        put(small, "simulation/agreement", deviation_loss=np.array([0.01, 2.1e-12]))
        assert "deviation_loss at lam = 2.0, kind = flow" in self.check(small, reference, capsys)

    def test_a_sign_two_places_and_a_lost_number(self, small, reference, capsys):
        loss = MADE["theory/curve"]["loss"]
        put(small, "theory/curve", loss=-loss)
        assert "theory/curve, loss at" in self.check(small, reference, capsys)
        put(small, "theory/curve", loss=loss[[1, 0, 2]])
        assert "theory/curve, loss at" in self.check(small, reference, capsys)
        put(small, "theory/curve", **{name: column[1:] for name, column in MADE["theory/curve"].items()})
        assert "theory/curve, loss: expected 3 numbers, got 2" in self.check(small, reference, capsys)

    @pytest.mark.parametrize(("column", "value"), [("step", [0, 1, 3]), ("t", [0, 0.1, 0.3]), ("lam", [2.0, 2.0, 2.1])])
    def test_a_key_that_moved(self, small, reference, capsys, column, value):
        put(small, "theory/curve", **{column: np.array(value)})
        said = self.check(small, reference, capsys)
        assert f"fig0, theory/curve, {column} at lam = {2.1 if column == 'lam' else 2.0}, step = " in said

    def test_a_text_that_changed(self, small, reference, capsys):
        put(small, "simulation/agreement", kind=np.array(["descend", "flow"]))
        said = self.check(small, reference, capsys)
        assert "simulation/agreement, kind at lam = 2.0, kind = descend: expected descent, got descend (1 of 2" in said

    def test_a_config_value_is_named(self, small, reference, capsys):
        said = self.check(small, reference, capsys, {"fig0": {"n": 2}})
        assert "config.yaml, fig0.n: expected 1, got 2" in said

    def test_no_reference(self, small, tmp_path, capsys):
        assert "snakemake refresh" in self.check(small, tmp_path / "nowhere", capsys)

    def test_the_first_line_names_both_machines(self, small, reference, capsys):
        capsys.readouterr()
        assert self.check(small, reference, capsys) == ""
        first = capsys.readouterr().out.splitlines()[0]
        assert first.startswith(f"Reference made on: {machine.here()['processor']}, BLAS ")
        assert first.endswith("Here: the same.")
        path = reference / "full/machine.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("numpy: ", "numpy: 9."), encoding="utf-8")
        assert self.check(small, reference, capsys) == ""
        first = capsys.readouterr().out.splitlines()[0]
        assert "numpy 9." in first.split(" Here: ")[0]
        assert f"numpy {np.__version__}" in first.split(" Here: ")[1]

    @given(st.integers(0, 10**6))
    def test_a_long_column_is_thinned_evenly(self, n):
        chosen = drift._chosen(n)
        assert len(chosen) == n if n <= drift.PER_COLUMN else 0.9 * drift.PER_COLUMN < len(chosen) <= drift.PER_COLUMN
        if n > drift.PER_COLUMN:
            assert (chosen[0], chosen[-1]) == (0, n - 1)
            assert np.diff(chosen).max() < 4 * n / drift.PER_COLUMN + 1

    def test_a_change_of_any_watched_number_is_seen(self, small):
        table, tried, missed = power.power(Results(small), ["fig0"])
        assert table["seen"].sum() == table["large"].sum() > 5
        assert tried >= 8
        assert missed == []

    def test_a_change_that_is_allowed_is_counted_as_unseen(self, small, fig0):
        declare(fig0, with_column("theory/curve", "loss", {"what": "x", "scale": 1, "floor": 1e-3, "why": "a test"}))
        table = power.power(Results(small), ["fig0"])[0].set_index("column")
        assert table.loc["loss", "decided"] == 3
        assert table.loc["loss", "large"] == 0


class TestRounding:
    def test_it_is_bounded_and_not_compared(self, small, fig0):
        said = {"what": "the loss", "scale": 1, "rounding": [0, 0.5], "why": "a test"}
        declare(fig0, with_column("theory/curve", "loss", said))
        found = drift.watched(Results(small), "fig0")
        one = found["theory/curve", "loss"]
        assert one.value.size == 0
        assert one.outside == (
            "lam = 2.0, step = 0: got 1; rounding decides this value, and keeps it between 0 and 0.5",
        )
        assert drift.compared(Results(small), "fig0", found, found) == [f"fig0, theory/curve, loss at {one.outside[0]}"]

    def test_exceptions_count_in_their_order_and_are_named_if_they_fit_nothing(self, small, fig0):
        but = [
            {"where": {"t": {"from": 0.2}}, "rounding": [0, 1], "why": "a"},
            {"where": {"lam": 2}, "floor": 1e-9, "why": "b"},
            {"where": {"step": 1}, "floor": 1e-8, "why": "shadowed"},
        ]
        declare(fig0, with_column("theory/curve", "loss", {"what": "x", "scale": 1, "but": but}))
        column = dictionary.tables("fig0")["theory/curve"].columns["loss"]
        (floor, least, most), unused = drift.limits(column, Results(small).frame("fig0", "theory/curve"))
        assert floor[:2].tolist() == [1e-9, 1e-9]
        assert np.isnan(floor[2])
        assert (least[2], most[2]) == (0, 1)
        assert unused == drift.unused(Results(small), "fig0")
        assert "loss, but: fits no row, or another one fits first: {'step': 1}" in unused[0]

    @pytest.mark.parametrize("name", NAMES)
    def test_the_reference_has_every_column_of_the_dictionary(self, name):
        known = {(t.name, c) for t in dictionary.tables(name).values() for c in t.columns}
        assert set(drift.read(figures.ROOT / f"tests/reference/full/{name}.tsv")) == known


CURVE = {"table": "theory/curve", "column": "loss"}


class TestMeasures:
    def value(self, results, take, **how):
        return claims.measure(WHOLE | {"figure": "fig0", "measure": {"take": take, **how}}, results)

    @pytest.mark.parametrize(
        ("take", "how", "expected"),
        [
            ("largest", CURVE, 1.0),
            ("least", CURVE | {"where": {"step": [0, 1]}}, 0.1),
            ("mean", CURVE | {"where": {"step": {"to": 1}}}, 0.55),
            ("largest", CURVE | {"reduce": {"step": "mean"}}, 1.10000001 / 3),
            ("largest", CURVE | {"reduce": {"step": "median"}}, 0.1),
            ("least", CURVE | {"log10": True}, -8),
            ("furthest", CURVE | {"value": 0.6}, 1e-8),
            ("where_least", CURVE | {"along": "step"}, 2),
            ("where_largest", CURVE | {"along": "step"}, 0),
            ("smallest_step", CURVE | {"along": "step", "falling": True}, 0.1 - 1e-8),
            ("largest", {"table": "simulation/agreement", "column": "deviation_loss", "per": "step_size"}, 0.04),
            ("least", {"table": "task/starts", "column": "sigma_yx"}, 0.0),
            ("total", {"table": "task/starts", "column": "sigma_yx"}, 1.5),
            (
                "largest_ratio",
                {"of": CURVE, "over": {"table": "theory/curve", "column": "t", "where": {"step": [1, 2]}}},
                None,
            ),
            ("least_ratio", {"of": CURVE, "over": CURVE | {"where": {"step": 1}}, "match": ["lam"]}, 1e-7),
            ("ratio_furthest_from_one", {"of": CURVE, "over": CURVE}, 1.0),
        ],
    )
    def test_numbers(self, small, take, how, expected):
        if expected is None:
            with pytest.raises(claims.ClaimError, match="has 3 rows, 2 of which have a partner"):
                self.value(Results(small), take, **how)
        else:
            assert self.value(Results(small), take, **how) == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"take": "largest"}, "claim 'X', largest: .*'table'"),
            ({"take": "largest_ratio", "of": CURVE, "ovr": {}}, "claim 'X', largest_ratio: .*'ovr'"),
            ({"take": "largest"} | CURVE | {"where": {"lam": "2"}}, "lam holds numbers; cannot choose by '2'"),
            ({"take": "largest"} | CURVE | {"where": {"lam": {"frm": 1}}}, "a range has from and to"),
            (
                {"take": "largest"} | CURVE | {"column": "los"},
                "fig0, theory/curve has no column 'los'; it has lam, step",
            ),
            (
                {"take": "largest", "table": "theory/end", "column": "x"},
                "fig0 has no table 'theory/end'; it has task/starts",
            ),
            ({"take": "largest"} | CURVE | {"where": {"step": 7}}, "has no row with step = 7"),
            ({"take": "largest"} | CURVE | {"reduce": {"step": "average"}}, "reduce takes one of mean, std"),
        ],
    )
    def test_a_measure_that_the_tables_cannot_answer_is_named(self, small, how, said):
        with pytest.raises(claims.ClaimError, match=said):
            claims.measure(WHOLE | {"figure": "fig0", "measure": how}, Results(small))

    def test_a_figure_may_have_measures_of_its_own(self):
        unused = []
        for name in NAMES:
            folder = folders.figures()[name].folder
            asked = {claim["measure"]["take"] for claim in CLAIMS if claim["figure"] == name}
            if (folder / "numbers.yaml").is_file():
                named = yaml.safe_load((folder / "numbers.yaml").read_text(encoding="utf-8"))
                asked |= {how["take"] for how in named.values()}
            own = {one for one in measures.of_figure(name) if not one.startswith("_")} - set(measures.MEASURES)
            unused += [f"{name}: {one}" for one in own - asked]
        assert unused == []


def test_a_table_changed_behind_the_contract_is_refused(small):
    path = small / "fig0/theory/curve.parquet"
    table = pq.read_table(path)
    loss = table["loss"].to_numpy().copy()
    loss[1] *= 1 + 1e-12
    pq.write_table(table.set_column(3, table.schema.field("loss"), pa.array(loss)), path)
    with pytest.raises(TableError, match=r"curve.parquet holds other numbers than were written"):
        Results(small).frame("fig0", "theory/curve")


class TestBadFiles:
    """Each ends in one sentence that names the file."""

    @pytest.fixture
    def given(self, small, tmp_path):
        common = ["--results", str(small), "--figures", "fig0", "--preset", "full"]
        compared = ["--reference", str(tmp_path / "reference"), "--config", json.dumps({"fig0": {"n": 1}})]
        ledger.main(["refresh", *common, *compared])
        return {"write": ["write", *common], "check": ["check", *common, *compared]}

    def said(self, arguments):
        with pytest.raises(SystemExit) as stopped:
            ledger.main(arguments)
        return str(stopped.value)

    @pytest.mark.parametrize("text", ["", "- 3\n", "a: [\n", "a: 1\n", None])
    @pytest.mark.parametrize(("command", "name"), [("write", "claims"), ("write", "tables"), ("check", "tables")])
    def test_ledger(self, given, fig0, command, name, text):
        path = fig0 / f"{name}.yaml"
        path.unlink()
        dictionary.tables.cache_clear()
        if text is not None:
            path.write_text(text)
        said = self.said(given[command])
        assert f"{name}.yaml" in said
        assert "\n" not in said

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: "",
            lambda text: text + text.splitlines()[1] + "\n",
            lambda text: text.replace("\t1\t", "\tone\t"),
            lambda text: text.rstrip() + "\textra\n",
            lambda text: text.replace("loss", "los\ts"),
        ],
    )
    def test_reference(self, given, tmp_path, change):
        path = tmp_path / "reference/full/fig0.tsv"
        path.write_text(change(path.read_text(encoding="utf-8")))
        said = self.said(given["check"])
        assert "fig0.tsv does not hold reference numbers" in said
        assert "\n" not in said

    def test_reference_without_its_config(self, given, tmp_path):
        (tmp_path / "reference/full/config.yaml").unlink()
        assert "config.yaml cannot be read" in self.said(given["check"])

    def test_missing_arguments(self, capsys):
        for arguments in (["write"], ["same", "one"], ["claims", "folder", "--results", "x"]):
            with pytest.raises(SystemExit):
                ledger.main(arguments)
            assert "error:" in capsys.readouterr().err


def test_same_bytes_or_named(small, tmp_path, capsys):
    shutil.copytree(small, tmp_path / "again")
    ledger.main(["same", str(small), str(tmp_path / "again")])
    put(tmp_path / "again", "theory/curve", loss=MADE["theory/curve"]["loss"] * (1 + 1e-15))
    with pytest.raises(SystemExit, match=r"fig0/theory/curve.parquet is not the same in both"):
        ledger.main(["same", str(small), str(tmp_path / "again")])


def test_timings_need_not_be_the_same(small, tmp_path):
    """`make benchmark` leaves them beside the results of `all`."""
    shutil.copytree(small, tmp_path / "again")
    (small / "benchmarks").mkdir()
    for name in ("benchmarks/times.parquet", "figP1.png"):
        (small / name).write_text("of this run only")
    ledger.main(["same", str(small), str(tmp_path / "again")])
    (small / "fig9.png").write_text("of this run only")
    with pytest.raises(SystemExit, match=r"fig9.png is not the same in both"):
        ledger.main(["same", str(small), str(tmp_path / "again")])


class TestReport:
    def test_choices_are_the_values_that_the_paper_does_not_give(self):
        chosen = report.choices(figures.config())
        assert ("n_in", "4", "input width") in chosen["fig2"]
        assert "lambdas" not in [key for key, *_ in chosen["fig2"]]  # [paper]
        assert any(key == "noise.std" for key, *_ in chosen["fig4"])

    @pytest.mark.parametrize("name", NAMES)
    def test_no_number_of_a_caption_is_typed_by_hand(self, name):
        text = (folders.figures()[name].folder / "caption.rst").read_text(encoding="utf-8")
        assert captions.typed(text) == []

    def test_a_number_typed_by_hand_is_found(self):
        assert captions.typed("{{ config.n_draws }} draws of W1 (figX4, Fig. 5b, 2025), λ = 0") == []
        assert captions.typed("mean over 20 draws") == ["over 20 draws"]

    @pytest.mark.parametrize("name", NAMES)
    def test_every_named_number_is_asked_for(self, name):
        folder = folders.figures()[name].folder
        if (folder / "numbers.yaml").is_file():
            text = (folder / "caption.rst").read_text(encoding="utf-8")
            named = yaml.safe_load((folder / "numbers.yaml").read_text(encoding="utf-8"))
            assert [one for one in named if f"number.{one}" not in text] == []


class TestCaptions:
    """Of fig0, which has one claim and one named number."""

    @pytest.fixture
    def fill(self, fig0, small):
        (fig0 / "claims.yaml").write_text(
            yaml.safe_dump([WHOLE | {"measure": {"take": "largest", **CURVE}}]), encoding="utf-8"
        )
        numbers = {
            "last": {"take": "least", **CURVE},
            "gone": {"take": "least", "table": "theory/no", "column": "x"},
            "wrong": {"take": "lrgest", **CURVE},
        }
        (fig0 / "numbers.yaml").write_text(yaml.safe_dump(numbers), encoding="utf-8")

        def fill(text, preset="full"):
            (fig0 / "caption.rst").write_text(text, encoding="utf-8")
            filled = captions.filled("fig0", Results(small), {"n": 7, "lams": [-1, 0.5, 10000]}, preset)
            return filled.partition("\n\n.. tables")[0]

        return fill

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('{{ claim("X") }} and {{ number.last | power }}', "1.0 and 10⁻⁸"),
            ("{{ config.n | word }} at λ = {{ config.lams | listed }}", "seven at λ = −1, 0.5 and 10000"),
            ("{{ config.lams | digits(2) | listed }}", "−1.0, 0.50 and 10,000"),
            ('{{ paper("30,000") }} of {{ formula("1/2") }}', "30,000 of 1/2"),
            ("{{ 0.0767 | percent }}%, {{ 0.0767 | fixed(3) }}, {{ 0.0767 | digits }}", "8%, 0.077, 0.077"),
            ("{{ 0.0996 | digits(2) }} {{ 0 | digits }} {{ 2.46e-14 | power(2) }}", "0.10 0 2.5·10⁻¹⁴"),
        ],
    )
    def test_numbers_are_filled_in(self, fill, text, expected):
        assert fill(text) == expected

    def test_tables_are_named_at_the_end(self, fill, fig0, small):
        fill("A caption.")
        said = captions.filled("fig0", Results(small), {}).partition(".. tables")[2]
        assert "``theory/curve.parquet`` (a moment)" in said

    def test_what_is_not_there_is_named(self, fill):
        for text, said in {
            '{{ claim("Y") }}': "it has no claim 'Y'",
            "{{ number.first }}": "names no number 'first'",
            "{{ number.gone }}": "has no table 'theory/no'",
            "{{ config.m }}": "has no attribute 'm'",
            "{{ config.n | wrod }}": "No filter named 'wrod'.; filters are .*word",
            "{{ number.wrong }}": "take = 'lrgest' must be one of largest",
            "in 20 of all": "'in 20 of' holds a number that is typed by hand",
        }.items():
            with pytest.raises(ValueError, match=f"caption of fig0.*{said}"):
                fill(text)

    def test_a_miniature_may_lack_a_number(self, fill):
        assert fill("{{ number.gone | percent }}", "quick") == "–"

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
from lazyrich.pipeline import folders, tables
from lazyrich.pipeline.ledger import __main__ as ledger
from lazyrich.pipeline.ledger import agreement, claims, drift, machine, power, report
from lazyrich.pipeline.ledger.dictionary import Dictionary, DictionaryError
from lazyrich.pipeline.ledger.selection import Results
from lazyrich.pipeline.tables import TableError

LEDGER = figures.ROOT / "workflow/ledger"


def read(name):
    return yaml.safe_load((LEDGER / f"{name}.yaml").read_text(encoding="utf-8"))


CLAIMS = ledger._claims(list(folders.figures()))


NAMES = list(folders.figures())


class Changed(Results):
    """Results whose chosen numbers are changed on the way to a claim."""

    def __init__(self, folder, change):
        super().__init__(folder)
        self._change = change

    def select(self, figure, quantity, **conditions):
        records = super().select(figure, quantity, **conditions).copy()
        records["value"] = self._change(records["value"].to_numpy(float))
        return records


class Made(Results):
    """Six numbers for whatever is asked: for claims whose λ or draws the small run has not."""

    def __init__(self, numbers, growth):
        super().__init__(".")
        self._numbers, self._growth = numbers, growth

    def select(self, figure, quantity, **conditions):
        n = len(self._numbers)
        self._numbers = self._numbers * self._growth  # the next that is asked for
        return pd.DataFrame({"value": self._numbers, "matrix": [None] * n, "lam": np.arange(n)})


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
    results = Results(quick)
    table = claims.ledger(CLAIMS, results, "quick")
    assert claims.broken(table).empty, claims.text(claims.broken(table))
    assert len(table) >= 40

    asked = [claim for claim in CLAIMS if "quick" in claim.get("presets", ["quick"])]
    cannot_fail = [
        claim["id"] for claim in asked if not any(_fails(claim, quick, change) for change in CHANGES.values())
    ]
    assert cannot_fail == []

    compared = agreement.agreement(read("agreement"), results, NAMES, "quick")
    assert compared["holds"].all(), agreement.text(compared[~compared["holds"]])
    assert set(compared["kind"]) == {"flow", "reference", "simulation", "theory"}

    said = []
    for name in NAMES:
        committed = drift.read(figures.ROOT / f"tests/reference/quick/{name}.tsv")
        said += drift.compared(name, committed, drift.watched(results, name))
    assert said == []


def _fails(claim, folder, change):
    try:
        with np.errstate(all="ignore"):
            return not claims.verdict(claim, claims.measure(claim, Changed(folder, change)))[2]
    except ValueError:  # tables that no longer fit together
        return True


FULL_ONLY = [claim for claim in CLAIMS if "quick" not in claim.get("presets", ["quick"])]


@pytest.mark.parametrize("claim", FULL_ONLY, ids=lambda claim: claim["id"])
def test_claims_of_the_full_run_can_hold_and_fail(claim):
    made = [np.full(6, x) for x in (-5.0, -0.5, 1e-9, 1e-3, 0.3, 0.5, 1, 5)] + [
        np.arange(1.0, 7.0),
        -np.arange(1.0, 7.0),
        np.full(6, float(claim["expect"].get("equal", 0))),
    ]
    seen = {
        claims.verdict(claim, claims.measure(claim, Made(numbers, growth)))[2] for numbers in made for growth in (1, 3)
    }
    assert seen == {True, False}


WHOLE = {
    "id": "X", "claim": "c", "source": "s", "figure": "f",
    "measure": {"take": "largest", "quantity": "q"}, "expect": {"at_most": 1},
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


RUN = {
    "panel": "p", "draw": 0, "lam": 2.0, "n_in": 2, "n_hidden": 2, "n_out": 2, "init": "x",
    "learning_rate": 0.1, "n_steps": 3,
}  # fmt: skip


@pytest.fixture
def small(tmp_path):
    """The tables of a figure with three numbers and a matrix."""
    from lazyrich.pipeline.records import Records

    folder, origin = tmp_path / "results/fig0", tables.provenance("fig0", "task", {}, 1)
    task, theory, simulation = Records(), Records(), Records()
    task.add_matrices(0, "task", "sigma_yx", np.diag([1.0, 0.5]))
    theory.add(0, "theory", "loss", [1.0, 0.1, 1e-8], step=[0, 1, 2])
    simulation.add(0, "simulation", "deviation_loss", 0.01)
    simulation.add(0, "flow", "deviation_loss", 1e-12)
    tables.write(folder / "runs.parquet", "runs", tables.runs_table([RUN]), origin)
    for name, records in (("task", task), ("theory", theory), ("simulation", simulation)):
        tables.write(folder / f"{name}.parquet", "records", records.table(), origin)
    return tmp_path / "results"


def rewrite(folder, stage, quantity, change):
    """Change a table as somebody would who goes through the data contract."""
    path = folder / "fig0" / f"{stage}.parquet"
    frame = tables.read_frame(path)
    chosen = frame["quantity"] == quantity
    frame.loc[chosen, "value"] = change(frame.loc[chosen, "value"])
    table = pa.Table.from_pandas(frame, schema=tables.SCHEMAS["records"], preserve_index=False)
    tables.write(path, "records", table, {})


SMALL_RULES = [
    {"kind": "flow", "quantity": "deviation*", "source": "flow", "bound": 1, "why": "a test"},
    {"kind": "simulation", "quantity": "deviation*", "source": "simulation", "bound": 1, "why": "a test"},
]


class TestAgreement:
    RULES = read("agreement")

    def test_bounds(self, small):
        table = agreement.agreement(self.RULES, Results(small), ["fig0"], "quick").set_index("kind")
        assert table.loc["simulation", "bound"] == pytest.approx(0.1 * np.hypot(2, 2 * 1.0))
        assert table.loc["flow", "bound"] == 1e-9
        assert table["holds"].all()

    @pytest.mark.parametrize(("factor", "kind"), [(100, "simulation"), (1e4, "flow")])
    def test_beyond_a_bound(self, small, factor, kind):
        rewrite(small, "simulation", "deviation_loss", lambda x: x * factor)
        table = agreement.agreement(self.RULES, Results(small), ["fig0"], "quick").set_index("kind")
        assert not table.loc[kind, "holds"]

    @pytest.fixture
    def fig0_alone(self, fig0, monkeypatch):
        """Rules are judged when all figures are there."""
        monkeypatch.setattr(folders, "figures", lambda: {"fig0": folders.Figure("fig0", fig0, "Test", "")})

    def test_a_rule_that_fits_nothing_is_an_error(self, small, fig0_alone):
        results, dead = Results(small), {"kind": "flow", "quantity": "deviation_los", "bound": 1, "why": "y"}
        with pytest.raises(ValueError, match=r"agreement.yaml: fits no record, .*'deviation_los'"):
            agreement.agreement([*SMALL_RULES, dead], results, ["fig0"])
        assert len(agreement.agreement([*SMALL_RULES, dead], results, ["fig0"], "quick")) == 2

    def test_a_rule_that_another_one_shadows_is_an_error(self, small, fig0_alone):
        shadowed = {"kind": "flow", "quantity": "deviation_loss", "source": "flow", "bound": 1, "why": "y"}
        with pytest.raises(ValueError, match="another rule fits first"):
            agreement.agreement([*SMALL_RULES, shadowed], Results(small), ["fig0"])

    def test_a_deviation_without_a_rule_is_an_error(self, small):
        with pytest.raises(ValueError, match=r"no rule of agreement.yaml bounds .*'deviation_loss'"):
            agreement.agreement([], Results(small), ["fig0"])


ENTRIES = {
    "sigma_yx": {"what": "the task", "scale": 1},
    "loss": {"what": "the loss", "scale": 1},
    "deviation_loss": {"what": "how far theory and descent are apart", "scale": 1},
}


@pytest.fixture(autouse=True)
def fig0(monkeypatch, tmp_path):
    """The folder of a figure whose tables `small` makes, beside those of the others."""
    folder, others = tmp_path / "fig0_for_tests", folders.figures()
    folder.mkdir()
    (folder / "tables.yaml").write_text(yaml.safe_dump(ENTRIES))
    (folder / "claims.yaml").write_text("[]")
    made = folders.Figure("fig0", folder, "Test", "")
    monkeypatch.setattr(folders, "figures", lambda: {**others, "fig0": made})
    return folder


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
        def change(x):
            x = x.to_numpy(copy=True)
            x[place] *= 1 + 1.1e-6
            return x

        rewrite(small, "theory", "loss", change)
        said = self.check(small, reference, capsys)
        got = [1.0, 0.1][place] * (1 + 1.1e-6)
        assert (
            f"fig0, theory.parquet, panel p, theory: loss, run 0, task 0, step {place}, entry 0, λ = 2, t = 0" in said
        )
        assert f"got {got:.10g}, allowed ±1e-0{6 + place} (1 of 3 watched numbers moved)" in said

    def test_a_number_of_a_matrix(self, small, reference, capsys):
        path = small / "fig0/task.parquet"
        frame = tables.read_frame(path)
        frame.at[0, "matrix"] = frame.at[0, "matrix"] * [1, 1, 1, 1 + 1.1e-6]
        table = pa.Table.from_pandas(frame, schema=tables.SCHEMAS["records"], preserve_index=False)
        tables.write(path, "records", table, {})
        said = self.check(small, reference, capsys)
        assert "fig0, task.parquet, panel p, task: sigma_yx, run 0, task 0, step 0, entry 3" in said

    def test_rounding_is_no_drift(self, small, reference, capsys):
        rewrite(small, "theory", "loss", lambda x: x * (1 + 1e-13))
        assert self.check(small, reference, capsys) == ""

    def test_what_is_below_the_floor_is_no_drift(self, small, reference, capsys):
        rewrite(small, "simulation", "deviation_loss", lambda x: x + 0.9e-12)
        assert self.check(small, reference, capsys) == ""
        rewrite(small, "simulation", "deviation_loss", lambda x: x + 1.1e-12)
        assert "flow: deviation_loss" in self.check(small, reference, capsys)

    def test_a_sign_two_places_and_a_lost_number(self, small, reference, capsys):
        rewrite(small, "theory", "loss", lambda x: -x)
        assert "theory: loss" in self.check(small, reference, capsys)
        rewrite(small, "theory", "loss", lambda x: -x.to_numpy()[[1, 0, 2]])
        assert "theory: loss" in self.check(small, reference, capsys)
        path = small / "fig0/theory.parquet"
        frame = tables.read_frame(path)[1:]
        tables.write(path, "records", pa.Table.from_pandas(frame, tables.SCHEMAS["records"], preserve_index=False), {})
        assert "loss: expected 3 numbers, got 2 numbers" in self.check(small, reference, capsys)

    def test_a_step_that_moved(self, small, reference, capsys):
        path = small / "fig0/theory.parquet"
        frame = tables.read_frame(path)
        frame["step"] += 1
        tables.write(path, "records", pa.Table.from_pandas(frame, tables.SCHEMAS["records"], preserve_index=False), {})
        said = self.check(small, reference, capsys)
        assert "theory: loss: expected run, task, step, entry 0, 0, 0, 0; got 0, 0, 1, 0" in said

    def test_a_config_value_is_named(self, small, reference, capsys):
        said = self.check(small, reference, capsys, {"fig0": {"n": 2}})
        assert "config.yaml, fig0.n: expected 1, got 2" in said

    @pytest.mark.parametrize(
        ("column", "said"),
        [("t", "fig0, theory.parquet, panel p, theory: t,"), ("lam", "fig0, runs.parquet, panel p, runs: lam,")],
    )
    def test_a_time_and_a_run(self, small, reference, capsys, column, said):
        path = small / "fig0" / ("theory.parquet" if column == "t" else "runs.parquet")
        frame = tables.read_frame(path)
        frame.loc[frame.index[-1], column] = frame[column].iloc[-1] * (1 + 1.1e-6) + (column == "t")
        kind = "records" if column == "t" else "runs"
        tables.write(path, kind, pa.Table.from_pandas(frame, schema=tables.SCHEMAS[kind], preserve_index=False), {})
        assert said in self.check(small, reference, capsys)

    def test_another_kind_of_start(self, small, reference, capsys):
        path = small / "fig0/runs.parquet"
        frame = tables.read_frame(path).assign(init="other")
        tables.write(path, "runs", pa.Table.from_pandas(frame, tables.SCHEMAS["runs"], preserve_index=False), {})
        said = self.check(small, reference, capsys)
        assert "init x: expected 1 numbers, got none" in said
        assert "init other: expected none, got 1 numbers" in said

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

    @given(st.lists(st.integers(1, 300), min_size=1, max_size=200))
    def test_every_run_is_watched_up_to_a_number(self, lengths):
        lengths = np.array(lengths)
        chosen = drift._chosen(lengths)
        run = np.searchsorted(np.cumsum(lengths), chosen, side="right")
        assert chosen[0] == 0
        assert chosen[-1] == lengths.sum() - 1
        assert len(set(run)) >= min(len(lengths), drift.RUNS)
        assert len(chosen) <= 2 + max(drift.RUNS, drift.PER_VALUE)
        if lengths.sum() <= drift.PER_VALUE // len(lengths):
            assert len(chosen) == lengths.sum()

    def test_a_change_of_any_watched_number_is_seen(self, small):
        found = drift.watched(Results(small), "fig0")
        table = power.each_number(found, Dictionary.of("fig0"))
        assert table["seen"].sum() == table["large"].sum() > 5
        tried, missed = power.each_column(
            Results(small), "fig0", found, Dictionary.of("fig0"), np.random.default_rng(1)
        )
        assert tried >= 10
        assert missed == []

    def test_a_change_that_is_allowed_is_counted_as_unseen(self, small):
        loose = Dictionary("fig0", ENTRIES | {"loss": {"what": "the loss", "scale": 1, "floor": 1e-3, "why": "a test"}})
        table = power.each_number(drift.watched(Results(small), "fig0", loose), loose).set_index("quantity")
        assert table.loc["loss", "decided"] == 3
        assert table.loc["loss", "large"] == 0


class TestDictionary:
    def test_rounding_is_bounded_and_not_compared(self, small):
        said = {"what": "the loss", "scale": 1, "rounding": [0, 0.5], "why": "a test"}
        found = drift.watched(Results(small), "fig0", Dictionary("fig0", ENTRIES | {"loss": said}))
        one = found["theory", "p", "theory", "loss"]
        assert one.value.size == 0
        assert one.outside == [
            "run 0, task 0, step 0: got 1; rounding decides this value, and keeps it between 0 and 0.5"
        ]
        assert drift.compared("fig0", found, found) == [
            f"fig0, theory.parquet, panel p, theory: loss, {one.outside[0]}"
        ]

    def test_after_a_time_and_from_a_source(self):
        but = [
            {"source": "flow", "floor": 1e-9, "why": "a"},
            {"panel": "p*", "after": 3, "rounding": [0, 1], "why": "b"},
        ]
        entry = Dictionary("fig0", {"x": {"what": "x", "scale": 1, "but": but}})["x"]
        assert entry.limits("flow", "q", np.zeros(2))[0].tolist() == [1e-9, 1e-9]
        floor, least, most = entry.limits("theory", "p2", np.array([3.0, 3.1]))
        assert floor[0] == 1e-12
        assert np.isnan(floor[1])
        assert [least[1], most[1]] == [0, 1]
        assert entry.limits("theory", "q", np.array([9.0]))[0].tolist() == [1e-12]

    def test_names(self):
        found = Dictionary(
            "fig0", {name: {"what": name, "scale": 1} for name in ("a", "a_std", "b_level?", "c*", "*d")}
        )
        assert found["a_mean"] is found.entries["a"]
        assert found["a_std"] is found.entries["a_std"]
        assert found["b_level3"] is found.entries["b_level?"]
        with pytest.raises(DictionaryError, match=r"'b' is not in it"):
            _ = found["b"]
        with pytest.raises(DictionaryError, match=r"'cd' fits c\* and \*d"):
            _ = found["cd"]
        assert found.unused() == [f"tables.yaml of fig0, {name}: no such value is recorded" for name in ("*d", "c*")]

    def test_an_exception_that_another_one_shadows_is_named(self):
        but = [{"source": "*", "floor": 1e-9, "why": "a"}, {"source": "flow", "floor": 1e-8, "why": "b"}]
        found = Dictionary("fig0", {"x": {"what": "x", "scale": 1, "but": but}})
        found["x"].limits("flow", "p", np.zeros(1))
        (said,) = found.unused()
        assert "tables.yaml of fig0, x, but: fits no number, or another one fits first" in said
        assert "1e-08" in said

    @pytest.mark.parametrize(
        ("said", "match"),
        [
            (3, "needs what"),
            ({"what": "x"}, "needs what"),
            ({"what": "x", "scale": 0}, "scale"),
            ({"what": "x", "scale": True}, "scale"),
            ({"what": "x", "scale": 1, "flor": 1}, r"unknown keys \['flor'\]"),
            ({"what": "x", "scale": 1, "floor": 1e-9}, "floor and rounding, and why"),
            ({"what": "x", "scale": 1, "floor": "1e-9", "why": "y"}, "with the point"),
            ({"what": "x", "scale": 1, "floor": 1e-9, "rounding": [0, 1], "why": "y"}, "one of floor and rounding"),
            ({"what": "x", "scale": 1, "rounding": [1, 0], "why": "y"}, r"\[least, most\]"),
            ({"what": "x", "scale": 1, "rounding": True, "why": "y"}, r"\[least, most\]"),
            ({"what": "x", "scale": 1, "but": [{"floor": 1e-9, "why": "y"}]}, "names a source, a panel"),
            ({"what": "x", "scale": 1, "but": [{"source": "flow", "why": "y"}]}, "one of floor and rounding"),
        ],
    )
    def test_an_entry_that_is_not_whole_is_refused(self, said, match):
        with pytest.raises(DictionaryError, match=rf"tables.yaml of fig0, x.*{match}"):
            Dictionary("fig0", {"x": said})

    @pytest.mark.parametrize("name", NAMES)
    def test_every_entry_serves_a_value_of_the_reference(self, name):
        """Of the full run; `check` says the same of the tables themselves."""
        dictionary = Dictionary.of(name)
        for title in drift.read(figures.ROOT / f"tests/reference/full/{name}.tsv"):
            _ = drift.dictionary_entry(dictionary, title)
        assert dictionary._own <= dictionary._used

    def test_a_figure_without_a_dictionary(self):
        with pytest.raises(ValueError, match=r"there is no figure 'fig99'; there are fig1, fig2"):
            Dictionary.of("fig99")


def test_a_table_changed_behind_the_contract_is_refused(small):
    path = small / "fig0/theory.parquet"
    table = pq.read_table(path)
    value = table["value"].to_numpy().copy()
    value[1] *= 1 + 1e-12
    pq.write_table(table.set_column(table.column_names.index("value"), "value", pa.array(value)), path)
    with pytest.raises(TableError, match=r"theory.parquet holds other numbers than were written"):
        Results(small).records("fig0")


def test_claims_about_no_numbers_are_an_error(small):
    with pytest.raises(TableError, match="no record with quantity = 'los'"):
        Results(small).values("fig0", "los")
    with pytest.raises(TableError, match="no column 'lamda'"):
        Results(small).values("fig0", "loss", lamda=2)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"take": "largest"}, "claim 'X', largest: .*'quantity'"),
        ({"take": "largest_ratio", "of": {"quantity": "loss"}, "ovr": {}}, "claim 'X', largest_ratio: .*'ovr'"),
        ({"take": "largest", "quantity": "loss", "lam": "2"}, "column 'lam' holds numbers; cannot choose by '2'"),
        ({"take": "largest", "quantity": 3}, "column 'quantity' holds text"),
        ({"take": "largest", "quantity": "loss", "lam": {"frm": 1}}, r"range of 'lam' has from and to; got \['frm'\]"),
        (
            {"take": "largest_ratio", "of": {"quantity": "loss"}, "over": {"quantity": "loss", "step": [0, 1]}},
            r"\(3 records\) and .* \(2\) are not pairs",
        ),
        (
            {
                "take": "ratio_furthest_from_one",
                "of": {"quantity": "loss", "step": [0, 1]},
                "over": {"quantity": "loss", "step": [1, 2]},
            },
            "are not pairs of one λ, task, step and entry",
        ),
    ],
)
def test_a_measure_that_the_tables_cannot_answer_is_named(small, measure, said):
    with pytest.raises(claims.ClaimError, match=said):
        claims.measure(WHOLE | {"figure": "fig0", "measure": measure}, Results(small))


def test_least_noise_of_the_square_network_is_read_off_the_curve():
    """The formula for its place gives 0 for equal widths whatever the noise is."""
    (claim,) = [claim for claim in CLAIMS if claim["id"] == "C3-parameter-square"]

    class Curve:
        def values(self, figure, quantity, **chosen):
            return np.array({"curve_parameter_noise": [3.0, 2.0, 1.0], "curve_lam": [-1.0, 0.0, 1.0]}[quantity])

    assert claims.measure(claim, Curve()) == 1
    assert not claims.verdict(claim, 1)[2]


def test_the_control_of_figA2_is_not_balanced():
    (claim,) = [claim for claim in CLAIMS if claim["id"] == "A4-control"]
    assert claim["measure"]["init"] == "unbalanced"


class TestBadFiles:
    """Each ends in one sentence that names the file."""

    @pytest.fixture
    def given(self, small, tmp_path):
        shutil.copytree(LEDGER, tmp_path / "ledger")
        common = ["--results", str(small), "--figures", "fig0", "--preset", "full"]
        compared = ["--reference", str(tmp_path / "reference"), "--config", json.dumps({"fig0": {"n": 1}})]
        ledger.main(["refresh", *common, *compared])
        statements = ["--ledger", str(tmp_path / "ledger")]
        return {"write": ["write", *common, *statements], "check": ["check", *common, *compared]}

    def said(self, arguments):
        with pytest.raises(SystemExit) as stopped:
            ledger.main(arguments)
        return str(stopped.value)

    @pytest.mark.parametrize("text", ["", "- 3\n", "a: [\n", "a: 1\n", None])
    @pytest.mark.parametrize(("command", "name"), [("write", "claims"), ("write", "agreement"), ("check", "tables")])
    def test_ledger(self, given, fig0, tmp_path, command, name, text):
        path = (fig0 if name in ("claims", "tables") else tmp_path / "ledger") / f"{name}.yaml"
        path.unlink()
        if text is not None:
            path.write_text(text)
        said = self.said(given[command])
        assert f"{name}.yaml" in said
        assert "\n" not in said

    @pytest.mark.parametrize(
        "rule",
        [
            {"kind": "flow", "quantity": "x", "bnd": 1, "why": "y"},
            {"kind": "flow", "quantity": "x", "bound": "1e-9", "why": "y"},
        ],
    )
    def test_a_rule_that_is_not_whole_is_refused(self, rule):
        with pytest.raises(ValueError, match=r"agreement\.yaml: a rule has"):
            agreement.check([rule])

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
    rewrite(tmp_path / "again", "theory", "loss", lambda x: x * (1 + 1e-15))
    with pytest.raises(SystemExit, match=r"fig0/theory.parquet is not the same in both"):
        ledger.main(["same", str(small), str(tmp_path / "again")])


def test_timings_need_not_be_the_same(small, tmp_path):
    """`make benchmark` leaves them beside the results of `all`."""
    shutil.copytree(small, tmp_path / "again")
    for name in ("benchmarks.parquet", "figP1.png"):
        (small / name).write_text("of this run only")
    ledger.main(["same", str(small), str(tmp_path / "again")])
    (small / "fig9.png").write_text("of this run only")
    with pytest.raises(SystemExit, match=r"fig9.png is not the same in both"):
        ledger.main(["same", str(small), str(tmp_path / "again")])


class TestReport:
    def test_choices_come_from_the_comments_of_the_config(self):
        chosen = report.choices((figures.ROOT / "config.yaml").read_text(encoding="utf-8"))
        assert ("n_in", "4", "unequal widths") in chosen["fig2"]
        assert "lambdas" not in [key for key, *_ in chosen["fig2"]]  # [paper]
        assert any(key == "noise.std" for key, *_ in chosen["fig4"])

    @pytest.mark.parametrize(
        "path", [f.folder / "caption.rst" for f in folders.figures().values()], ids=lambda p: p.parent.name
    )
    def test_captions_become_html(self, path):
        html = report.caption(path)
        assert "<strong>" in html
        assert "system-message" not in html

    def test_each_panel_of_a_caption_has_a_line_of_its_own(self):
        html = report.caption(folders.figures()["figD2"].folder / "caption.rst")
        assert [letter for letter in "ABCDEF" if f"<br><b>{letter}</b>" in html] == list("ABCDEF")

"""Claims can fail, agreement has bounds, drift sees one moved number and names it, and the page is whole."""

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from snakemake.utils import update_config

import figures
from lazyrich import tables
from lazyrich.ledger import __main__ as ledger
from lazyrich.ledger import agreement, claims, drift, report
from lazyrich.ledger.selection import Results
from lazyrich.tables import TableError

LEDGER = figures.ROOT / "workflow/ledger"


def read(name):
    return yaml.safe_load((LEDGER / f"{name}.yaml").read_text(encoding="utf-8"))


CLAIMS = read("claims")


def config(preset=None):
    merged = yaml.safe_load((figures.ROOT / "config.yaml").read_text(encoding="utf-8"))
    if preset:
        update_config(merged, yaml.safe_load((figures.ROOT / preset).read_text(encoding="utf-8")))
    return merged


NAMES = [name for name in config() if name.startswith(("fig", "grq"))]


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
    folder, settings = tmp_path_factory.mktemp("quick"), config("config/quick.yaml")
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

    compared = agreement.agreement(read("agreement"), results, NAMES)
    assert compared["holds"].all(), agreement.text(compared[~compared["holds"]])
    assert set(compared["kind"]) == {"flow", "reference", "simulation", "theory"}

    reference = tmp_path / "numbers.tsv"
    drift.write(reference, drift.condensed(results, NAMES, read("drift")))
    _every_curve_is_watched(quick, drift.read(reference))
    committed = drift.read(figures.ROOT / "tests/reference/quick/numbers.tsv")
    assert drift.compared(committed, drift.read(reference), read("drift")) == []


def _fails(claim, folder, change):
    try:
        with np.errstate(all="ignore"):
            return not claims.verdict(claim, claims.measure(claim, Changed(folder, change)))[2]
    except ValueError:  # tables that no longer fit together
        return True


def _every_curve_is_watched(quick, reference):
    """A relative change of 1.1e-6 in the largest number of any group of fig2 and figC2 is seen and named."""
    rules = read("drift")
    for figure in ("fig2", "figC2"):
        expected = reference[reference["figure"] == figure]
        for row in expected[(expected["source"] != "runs") & (expected["quantity"] != "t")].itertuples():
            results = Results(quick)
            records = results.records(figure).copy()
            found = (records[["panel", "source", "quantity"]] == [row.panel, row.source, row.quantity]).all(axis=1)
            records = records[found].copy()
            if records["matrix"].notna().any():
                largest = records["matrix"].map(lambda m: np.abs(m).max()).idxmax()
                changed = records.at[largest, "matrix"].copy()
                changed[np.abs(changed).argmax()] *= 1 + 1.1e-6
                records.at[largest, "matrix"] = changed
            else:
                largest = records["value"].abs().idxmax()
                records.loc[largest, "value"] *= 1 + 1.1e-6
            if row.largest == 0 or drift._rule(rules, row._asdict()).get("tolerance", 1) > drift.TOLERANCE:
                continue
            results.records = lambda _, records=records: records
            got = drift.condensed(results, [figure], rules)
            one, other = (
                part[(part[["panel", "source", "quantity"]] == [row.panel, row.source, row.quantity]).all(axis=1)]
                for part in (expected, got)
            )
            (said,) = drift.compared(one, other, rules)
            assert row.quantity in said
            assert "expected fingerprint" in said


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
        questions = yaml.safe_load((figures.ROOT / "workflow/report/questions.yaml").read_text(encoding="utf-8"))
        assert {name for name in NAMES if name.startswith(("figE", "figX"))} == set(questions)

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
    from lazyrich.records import Records

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


class TestAgreement:
    RULES = read("agreement")

    def test_bounds(self, small):
        table = agreement.agreement(self.RULES, Results(small), ["fig0"]).set_index("kind")
        assert table.loc["simulation", "bound"] == pytest.approx(0.1 * np.hypot(2, 2 * 1.0))
        assert table.loc["flow", "bound"] == 1e-9
        assert table["holds"].all()

    @pytest.mark.parametrize(("factor", "kind"), [(100, "simulation"), (1e4, "flow")])
    def test_beyond_a_bound(self, small, factor, kind):
        rewrite(small, "simulation", "deviation_loss", lambda x: x * factor)
        table = agreement.agreement(self.RULES, Results(small), ["fig0"]).set_index("kind")
        assert not table.loc[kind, "holds"]

    def test_a_deviation_without_a_rule_is_an_error(self, small):
        with pytest.raises(ValueError, match=r"no rule of agreement.yaml bounds .*'deviation_loss'"):
            agreement.agreement([], Results(small), ["fig0"])


class TestDrift:
    def check(self, folder, reference, capsys, settings=None):
        given = ["check", "--results", str(folder), "--figures", "fig0", "--ledger", str(LEDGER), "--preset", "full"]
        given += ["--reference", str(reference), "--config", json.dumps(settings or {"fig0": {"n": 1}})]
        try:
            ledger.main(given)
        except SystemExit as stopped:
            return str(stopped)
        return ""

    @pytest.fixture
    def reference(self, small, tmp_path, capsys):
        folder = tmp_path / "reference"
        given = ["refresh", "--results", str(small), "--figures", "fig0", "--ledger", str(LEDGER), "--preset", "full"]
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
        assert "fig0, panel p, theory: loss: expected fingerprint" in said

    @pytest.mark.parametrize("factor", [1 + 1.1e-6, 1.1])
    @pytest.mark.parametrize("n_curves", [1, 30])
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 200])
    def test_one_number_of_any_curve(self, n, n_curves, factor):
        """Each in its turn, the largest of its curve among them: its own size is no place to hide a change."""
        rng = np.random.default_rng(n)
        for signs in ([1], [-1, 1]):
            values = np.exp(rng.uniform(-10, 0, (n_curves, n))) * rng.choice(signs, (n_curves, n))
            expected = self.fingerprint(values)
            for place in rng.permutation(values.size)[:100]:
                changed = values.copy()
                changed.flat[place] *= factor
                assert abs(self.fingerprint(changed) - expected) > 2 * drift.TOLERANCE

    @staticmethod
    def fingerprint(values):
        run, step = np.indices(values.shape).reshape(2, -1)
        columns = {"run_id": run, "task_index": 0, "step": step, "index": 0, "value": values.ravel(), "matrix": None}
        return drift._condense(pd.DataFrame(columns))[2]

    def test_rounding_is_no_drift(self, small, reference, capsys):
        rewrite(small, "theory", "loss", lambda x: x * (1 + 1e-13))
        assert self.check(small, reference, capsys) == ""

    def test_a_sign_two_places_and_a_lost_number(self, small, reference, capsys):
        rewrite(small, "theory", "loss", lambda x: -x)
        assert "theory: loss" in self.check(small, reference, capsys)
        rewrite(small, "theory", "loss", lambda x: -x.to_numpy()[[1, 0, 2]])
        assert "theory: loss" in self.check(small, reference, capsys)

    def test_a_config_value_is_named(self, small, reference, capsys):
        said = self.check(small, reference, capsys, {"fig0": {"n": 2}})
        assert "config.yaml, fig0.n: expected 1, got 2" in said

    @pytest.mark.parametrize(
        ("column", "said"), [("t", "fig0, panel p, theory: t:"), ("lam", "fig0, panel p, runs: lam:")]
    )
    def test_a_time_and_a_run(self, small, reference, capsys, column, said):
        path = small / "fig0" / ("theory.parquet" if column == "t" else "runs.parquet")
        frame = tables.read_frame(path)
        frame.loc[frame.index[-1], column] = frame[column].iloc[-1] * (1 + 1.1e-6) + (column == "t")
        kind = "records" if column == "t" else "runs"
        tables.write(path, kind, pa.Table.from_pandas(frame, schema=tables.SCHEMAS[kind], preserve_index=False), {})
        assert said in self.check(small, reference, capsys)

    def test_no_reference(self, small, tmp_path, capsys):
        assert "snakemake refresh" in self.check(small, tmp_path / "nowhere", capsys)

    def test_what_is_left_out_is_left_out_by_name(self):
        for rule in read("drift"):
            assert rule["why"]
            assert {"figure", "panel", "source", "quantity"} & set(rule)
            assert set(rule) <= {"figure", "panel", "source", "quantity", "why", "tolerance", "up_to"}


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
        common = [
            "--results",
            str(small),
            "--figures",
            "fig0",
            "--ledger",
            str(tmp_path / "ledger"),
            "--preset",
            "full",
        ]
        compared = ["--reference", str(tmp_path / "reference"), "--config", json.dumps({"fig0": {"n": 1}})]
        ledger.main(["refresh", *common, *compared])
        return {"write": ["write", *common], "check": ["check", *common, *compared]}

    def said(self, arguments):
        with pytest.raises(SystemExit) as stopped:
            ledger.main(arguments)
        return str(stopped.value)

    @pytest.mark.parametrize("text", ["", "- 3\n", "a: [\n", "a: 1\n", None])
    @pytest.mark.parametrize(("command", "name"), [("write", "claims"), ("write", "agreement"), ("check", "drift")])
    def test_ledger(self, given, tmp_path, command, name, text):
        path = tmp_path / f"ledger/{name}.yaml"
        (tmp_path / "ledger/claims.yaml").write_text(yaml.safe_dump([]))
        path.unlink()
        if text is not None:
            path.write_text(text)
        said = self.said(given[command])
        assert f"{name}.yaml" in said
        assert "\n" not in said

    @pytest.mark.parametrize(
        ("name", "rule"),
        [
            ("drift", {"surce": "flow", "quantity": "x", "why": "y"}),
            ("drift", {"quantity": "x", "tolerence": 1, "why": "y"}),
            ("drift", {"quantity": "x"}),
            ("agreement", {"kind": "flow", "quantity": "x", "bnd": 1, "why": "y"}),
            ("agreement", {"kind": "flow", "quantity": "x", "bound": "1e-9", "why": "y"}),
        ],
    )
    def test_a_rule_that_is_not_whole_is_refused(self, name, rule):
        with pytest.raises(ValueError, match=rf"{name}\.yaml: a rule has"):
            {"drift": drift, "agreement": agreement}[name].check([rule])

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: "",
            lambda text: text + text.splitlines()[1] + "\n",
            lambda text: text.replace("\t1\t", "\tone\t"),
            lambda text: text.rstrip() + "\textra\n",
            lambda text: text.replace("fingerprint", "finger"),
        ],
    )
    def test_reference(self, given, tmp_path, change):
        path = tmp_path / "reference/full/numbers.tsv"
        path.write_text(change(path.read_text(encoding="utf-8")))
        said = self.said(given["check"])
        assert "numbers.tsv does not hold reference numbers" in said
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


class TestReport:
    def test_choices_come_from_the_comments_of_the_config(self):
        chosen = report.choices((figures.ROOT / "config.yaml").read_text(encoding="utf-8"))
        assert ("n_in", "4", "unequal widths") in chosen["fig2"]
        assert "lambdas" not in [key for key, *_ in chosen["fig2"]]  # [paper]
        assert any(key == "noise.std" for key, *_ in chosen["fig4"])

    @pytest.mark.parametrize("path", sorted((figures.ROOT / "workflow/report").glob("[fg]*.rst")), ids=lambda p: p.stem)
    def test_captions_become_html(self, path):
        html = report.caption(path)
        assert "<strong>" in html
        assert "system-message" not in html

    def test_each_panel_of_a_caption_has_a_line_of_its_own(self):
        html = report.caption(figures.ROOT / "workflow/report/figD2.rst")
        assert [letter for letter in "ABCDEF" if f"<br><b>{letter}</b>" in html] == list("ABCDEF")

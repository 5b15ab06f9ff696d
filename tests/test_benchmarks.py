"""The suite on its smallest setting, and figP1 from made-up times. No time is asserted."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from figures import ROOT, assert_nothing_is_clipped
from lazyrich.figures.figP1_speed import __main__ as figP1_main
from lazyrich.figures.figP1_speed import draw as figP1
from lazyrich.figures.figP1_speed import tables as speed
from lazyrich.pipeline import captions
from lazyrich.pipeline.drawing import style

sys.path.insert(0, str(ROOT / "benchmarks"))
import computing
import stopwatch
import waiting
from stopwatch import Cost

METHODS = {"exact", "time by time", "stepwise", "DOP853", "LSODA"}


def made_up():
    """Times that grow as n³ from 20 on and as T, with rivals slower by known factors."""
    rows = []
    for n in (2, 8, 20, 50, 200):
        for size in (200, 1000, 10_000):
            ours = 1e-9 * n**3 * size
            times = {"exact": 1, "time by time": 4, "DOP853": 2, "LSODA": 3, "stepwise": 20}
            best = {name: Cost(2 * ours * factor, ours * factor) for name, factor in times.items()}
            errors = {"exact": 0.0 if n < 20 else 1e-15, "DOP853": 1e-12, "LSODA": 1e-13, "stepwise": 1e-15}
            rows += stopwatch.rows(
                "exact solution", best, "exact", (n, n, n), 1.0, size, {"time by time": 0.0, **errors}
            )
    best = {"exact": Cost(1.0, 1.0), "DOP853": Cost(5.0, 5.0)}
    rows += stopwatch.rows("exact solution", best, "exact", (8, 4, 8), 1.0, 200)
    for n in (2, 5):
        best = {name: Cost(1e-6 * n, 1e-6 * n) for name in figP1.DESCENT}
        rows += stopwatch.rows("descent", best, "one run", (n, n, n), 1.0, 100, work={"side by side": 32})
    return rows


@pytest.fixture
def figure(tmp_path):
    rows = made_up()
    stopwatch.write(tmp_path, rows, list(stopwatch.fits(rows)), "some machine")
    style.use()
    figure = figP1.draw(tmp_path)
    yield figure
    plt.close(figure)


def test_the_numbers_of_the_caption_are_of_the_tables(tmp_path):
    rows = made_up()
    stopwatch.write(tmp_path, rows, list(stopwatch.fits(rows)), "some machine")
    caption = " ".join(figP1_main.caption(tmp_path).split())
    assert "DOP853 takes 2.0 to 5.0 times as long" in caption
    assert "up to 200 and every number of times up to 10,000" in caption
    assert captions.typed(Path(speed.__file__).with_name("caption.rst").read_text(encoding="utf-8")) == []


def test_fitted_powers_are_those_of_the_times():
    fitted = list(stopwatch.fits(made_up()))
    assert {row["group"] for row in fitted} == {"fit in n", "fit in T"}
    assert {row["method"] for row in fitted} == {"exact", "time by time", "DOP853"}
    for row in fitted:
        assert row["exponent"] == pytest.approx(3 if row["group"] == "fit in n" else 1)
        factor = {"exact": 1, "time by time": 4, "DOP853": 2}[row["method"]]
        assert row["cpu"] == pytest.approx(factor * 1e-9 * row["n_in"] ** 3 * row["size"])


def test_ratios_are_of_processor_time_to_ours():
    rows = made_up()
    assert {row["ratio"] for row in rows if row["method"] == "exact"} == {1.0}
    np.testing.assert_allclose([row["ratio"] for row in rows if row["method"] == "stepwise"], 20)
    np.testing.assert_allclose([row["ratio"] for row in rows if row["method"] == "side by side"], 1 / 32)


def test_children_count_as_processor_time():
    work = "for k in range(1_000_000): pass"
    assert stopwatch.cost(waiting.command(sys.executable, "-c", work))[0].cpu > 0
    with pytest.raises(RuntimeError, match="no such thing"):
        waiting.command(sys.executable, "-c", "raise SystemExit('no such thing')")()


def test_suite_measures_every_method_with_its_error():
    """In one process: equal and unequal widths, every rival, each beside evaluation time by time."""
    rows = list(computing.exact_solution(5, [40], 0.0))
    assert {(row["n_in"], row["n_hidden"], row["n_out"]) for row in rows} == {(2, 2, 2), (5, 5, 5)}
    assert {row["method"] for row in rows} == METHODS
    for row in rows:
        assert row["cpu"] > 0
        assert row["error"] <= (1e-10 if row["method"] in ("DOP853", "LSODA") else 1e-14)


def test_suite_as_a_command_writes_its_table(tmp_path):
    """Importing it does nothing; run, it measures all that is computed and writes one table of its schema."""
    output = tmp_path / "benchmarks"
    few = ("--largest", "2", "--tallest", "100", "--times", "30", "--steps", "100", "--budget", "0")
    command = [
        sys.executable,
        str(ROOT / "benchmarks"),
        "--groups",
        "exact",
        "decay",
        "tall",
        "descent",
        "parquet",
        *few,
    ]
    done = subprocess.run([*command, "--output", str(output)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows, errors, peaks, _ = speed.read(output)
    decays = {"weight decay 0.01", "weight decay 0.3"}
    assert set(rows["group"]) == {"exact solution", "tall", "descent", "parquet", *decays}
    assert set(errors["group"]) == {"exact solution", "tall", *decays}
    assert list(peaks["method"]) == ["reduced", "whole"]
    assert len(done.stdout.splitlines()) == 1 + len(rows)
    assert list(tmp_path.iterdir()) == [output]


def test_figure_shows_every_method_with_its_powers(figure):
    a, b, c, d, e, f = figure.get_axes()
    assert len(a.get_lines()) == len(METHODS) + 2  # and two fits
    np.testing.assert_allclose(a.get_lines()[0].get_xdata(), [2, 8, 20, 50, 200])
    assert [text.get_text() for text in a.get_legend().get_texts()] == [r"$\propto n^{3.0}$"] * 2
    assert [text.get_text().split(":")[0] for text in b.get_legend().get_texts()] == [
        f"$n = {n}$" for n in (200, 20, 2)
    ]
    assert all(text.get_text().count("T^{1.0}") == 2 for text in b.get_legend().get_texts())
    assert [text.get_text() for text in c.get_legend().get_texts()] == [f"$T = {k}$" for k in (200, 1000, 10_000)]
    assert len(f.get_lines()) == len(figP1.DESCENT)
    assert [text.get_text() for text in figure.legends[0].get_texts()][-1] == "fitted power"
    assert figure.get_suptitle() == "some machine"
    assert e.get_xlabel() == b.get_xlabel()
    assert d.get_ylabel() == e.get_ylabel()


def test_error_of_exactly_zero_is_drawn_and_said(figure):
    d = figure.get_axes()[3]
    open_marks = [line for line in d.get_lines() if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in open_marks] == [[2, 8]]
    assert set(open_marks[0].get_ydata()) == {figP1.NO_ERROR}
    assert d.get_yticklabels()[0].get_text() == "0"
    assert "exactly 0" in d.get_title(loc="right")


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)


def test_figure_of_one_width_and_few_methods(tmp_path):
    style.use()
    rows = [row for row in made_up() if row["n_in"] == 8]
    stopwatch.write(tmp_path, rows, [], "some machine")
    plt.close(figP1.draw(tmp_path))

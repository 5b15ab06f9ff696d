"""The workflow as a user meets it: the real Snakemake in copies of the repository, with the miniature of tiny.yaml."""

import inspect
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from copies import (
    FIGURES,
    HANG,
    NOTHING,
    PLANNED_FIGURE,
    REPOSITORY,
    STAGES,
    append,
    build,
    chain,
    copy_sources,
    digests,
    edit,
    environment,
    once,
    planned,
    snakemake,
    stalled_at,
    tables,
    wait_for,
)
from lazyrich.pipeline import dependencies, dictionary, parquet
from lazyrich.pipeline.folders import figures

pytestmark = pytest.mark.snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A copy in which everything is built. Read only; made once, even when several processes run the tests."""
    return once(tmp_path_factory, "finished", lambda folder: build(copy_sources(folder)))


@pytest.fixture
def tree(finished, tmp_path):
    """A finished tree of the test's own. Time stamps are kept, so numba need not compile again."""
    return Path(shutil.copytree(finished, tmp_path / "tree", symlinks=True))


@pytest.fixture
def bare(finished, tmp_path):
    """The same without tables, figures, logs and Snakemake's memory: as after a clone."""
    built = {"results", "figures", "logs", ".snakemake"}
    return Path(
        shutil.copytree(
            finished,
            tmp_path / "bare",
            symlinks=True,
            ignore=lambda folder, names: built if Path(folder) == finished else (),
        )
    )


def test_everything_is_built(finished):
    signatures = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for figure in FIGURES:
        for suffix, signature in signatures.items():
            assert (finished / f"figures/{figure}.{suffix}").read_bytes().startswith(signature)
        for name, table in dictionary.tables(figure).items():
            assert parquet.read(finished / f"results/{figure}/{name}.parquet", table).num_rows > 0
        for job in (*STAGES, "figure"):
            said = "drawing" if job == "figure" else job
            assert f"{said} of {figure}: done" in (finished / f"logs/{figure}/{job}.log").read_text(encoding="utf-8")
            header, row = (finished / f"logs/benchmarks/{figure}/{job}.tsv").read_text().splitlines()
            assert float(dict(zip(header.split("\t"), row.split("\t"), strict=True))["s"]) > 0
    assert len(digests(finished)) == len(tables(*FIGURES)) + len(FIGURES) * (len(signatures) + 1)
    assert not list(finished.rglob("*.tmp*"))


def test_a_second_run_does_nothing(tree):
    before = digests(tree)
    assert NOTHING in build(tree)
    assert digests(tree) == before


def touch_everything(tree):
    for file in (tree / "src").rglob("*.*"):
        file.touch()
    (tree / "config.yaml").touch()


DRAWINGS = dict.fromkeys(FIGURES, 1), set(FIGURES)
# test_dependencies compares the closures with what is really imported
INTEGRATED = [f for f in FIGURES if "lazyrich.linear.flow" in dependencies.modules(figures()[f].module("compute"))]
EDITS = {
    "touch of every source file": (touch_everything, ({}, set())),
    "comment in config.yaml": (
        lambda tree: edit(tree / "config.yaml", "# η [chosen]", "# η, as it was [chosen]"),
        ({}, set()),
    ),
    "one number of fig3 in config.yaml": (
        lambda tree: edit(tree / "config.yaml", "transition_until: 16", "transition_until: 15"),
        chain("fig3"),
    ),
    "the integrator": (lambda tree: append(tree / "src/lazyrich/linear/flow.py"), chain(*INTEGRATED)),
    "one experiment": (lambda tree: append(tree / "src/lazyrich/figures/figE1_exactness/compute.py"), chain("figE1")),
    "one drawing": (
        lambda tree: append(tree / "src/lazyrich/figures/fig3_sigmoid_to_exponential/draw.py"),
        ({"fig3": 1}, {"fig3"}),
    ),
    "a colour of the style": (
        lambda tree: edit(tree / "src/lazyrich/pipeline/drawing/style.py", "#6E6E6E", "#6E6E6F"),
        DRAWINGS,
    ),
    "what is drawn of fig1, in config.yaml": (
        lambda tree: edit(tree / "config.yaml", "shown_beyond: 1.3", "shown_beyond: 1.4"),
        ({"fig1": 1}, {"fig1"}),
    ),
    "a caption": (
        lambda tree: append(tree / "src/lazyrich/figures/fig3_sigmoid_to_exponential/caption.rst", "More."),
        ({"fig3": 1}, {"fig3"}),
    ),
    "the style sheet": (lambda tree: append(tree / "src/lazyrich/pipeline/drawing/lazyrich.mplstyle"), DRAWINGS),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_makes_stale_what_depends_on_it_and_nothing_else(tree, name):
    change, expected = EDITS[name]
    change(tree)
    printed = build(tree, "--dry-run")
    assert planned(printed) == expected, printed.partition("Building DAG of jobs...")[2]


def test_every_figure_is_a_target(finished):
    assert set(FIGURES) <= set(build(finished, "--list-target-rules").split())


@pytest.mark.parametrize("target", ["fig3", "figures/fig3.png"])
def test_a_target_builds_its_figure_only(bare, target):
    assert planned(build(bare, target, "--dry-run")) == chain("fig3")


def test_a_sweep_is_split_where_it_has_more_runs_than_a_job_takes(tmp_path):
    tree = copy_sources(tmp_path / "tree")
    jobs, figures = planned(build(tree, "fig5", "fig3", "--dry-run", "--config", "runs_per_job=4"))
    expected, both = chain("fig5", "fig3")
    assert (jobs, figures) == ({**expected, "part": 2 * 5}, both)  # 18 runs, in theory and in simulation
    assert planned(build(tree, "fig5", "--dry-run", "--config", "runs_per_job=18")) == chain("fig5")


def test_one_core_and_two_give_the_same_bytes(finished, bare):
    some = FIGURES[::4]  # `make identical` compares them all
    build(bare, *some, cores=1)
    expected = {path: digest for path, digest in digests(finished).items() if Path(path).parts[1].split(".")[0] in some}
    assert len(expected) == len(tables(*some)) + len(some) * 4
    assert digests(bare) == expected


def test_a_folder_with_a_space_and_an_accent(finished, bare, tmp_path):
    folder = bare.rename(tmp_path / "mes figures é λ")
    build(folder, "fig3")
    assert digests(folder) == {path: digest for path, digest in digests(finished).items() if "fig3" in path}


def test_another_working_directory_and_the_source_that_jobs_run(bare, tmp_path):
    """Outputs land in --directory, nothing beside the Snakefile, and jobs import the source beside it."""
    append(bare / "src/lazyrich/figures/fig3_sigmoid_to_exponential/draw.py", "print('drawn by', __file__)")
    elsewhere, here = tmp_path / "elsewhere", tmp_path / "here"
    here.mkdir()
    build(
        here,
        *("fig3", "--snakefile", bare / "Snakefile", "--directory", elsewhere),
        configfile=bare / "tests/tiny.yaml",
    )
    assert len(digests(elsewhere)) == len(tables("fig3")) + 4
    assert not list(here.iterdir())
    assert not {"results", "figures", "logs"} & {path.name for path in bare.iterdir()}
    log = (elsewhere / "logs/fig3/figure.log").read_text(encoding="utf-8")
    assert f"drawn by {bare.resolve() / 'src/lazyrich/figures/fig3_sigmoid_to_exponential/draw.py'}" in log


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("fig2: {n_step: 500}", ["fig2.n_step", "500", "n_steps", "learning_rate"]),
        ("figE1: {order: {until: soon}}", ["figE1.order.until", "'soon'", "number"]),
        ("fig3: {learning_rate: .nan}", ["fig3.learning_rate", "nan", "finite number"]),
        ("fig2: {n_hidden: 4}", ["fig2.lambdas", "holds 2", "n_hidden ≤ n_out", "n_hidden = 4 and n_out = 3"]),
    ],
    ids=["unknown key", "text for a number", "NaN", "no balanced weights"],
)
def test_a_wrong_config_stops_before_any_work(bare, tmp_path, overlay, said):
    file = tmp_path / "overlay.yaml"
    file.write_text(overlay, encoding="utf-8")
    code, printed = snakemake(bare, overlay=file)
    assert code != 0
    assert [text for text in said if text not in printed] == []
    assert "Traceback" not in printed
    assert not {"results", "figures", "logs"} & {path.name for path in bare.iterdir()}


@pytest.mark.parametrize(
    ("file", "killed"),
    [
        ("results/fig3/simulation/agreement.parquet", "the job"),
        ("results/fig3/simulation/agreement.parquet", "Snakemake and the job"),
        ("figures/fig3.svg", "Snakemake and the job"),  # when the PNG is already there
    ],
)
def test_kill_9_while_a_file_is_written(finished, tree, tmp_path, file, killed):
    file = tree / file
    drawn = [f"figures/fig3.{suffix}" for suffix in ("pdf", "svg", "png", "rst")]
    for name in [*tables("fig3", stages=["simulation"]), *drawn]:
        (tree / name).unlink()
    with stalled_at(tree, file, "fig3", tmp_path) as (process, job):
        assert not file.exists()
        if killed == "the job":
            os.kill(job, signal.SIGKILL)
            assert process.wait(HANG) != 0
        else:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(HANG)

    # what is left: the partial file under its own name, nothing where a result belongs
    partial = list(file.parent.glob(".*.tmp*"))
    assert len(partial) == 1
    assert not file.exists()
    partial[0].write_bytes(b"no such file")  # whoever reads it now, fails

    if killed != "the job":
        code, printed = snakemake(tree)
        assert code != 0
        assert "--unlock" in printed
        build(tree, "--unlock")
    build(tree)
    assert digests(tree) == digests(finished)
    assert not list(file.parent.glob(".*.tmp*")), "the rerun wrote over what was left"


def test_kill_9_in_a_sweep_loses_the_parts_that_were_being_computed_and_no_other(finished, tree, tmp_path):
    """Three parts on two cores: one is stopped, the others are done, and everything is killed."""
    for file in [*(tree / "figures").glob("grq1.*"), *(tree / "results/grq1/simulation").iterdir()]:
        file.unlink()
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("runs_per_job: 3", encoding="utf-8")
    parts = [tree / f"results/grq1/parts/simulation-{k}-of-3.parquet" for k in range(3)]
    with stalled_at(tree, parts[1], "grq1", tmp_path, overlay=overlay) as (process, _):
        for done in (tree / "logs/benchmarks/grq1/parts" / f"{part.stem}.tsv" for part in (parts[0], parts[2])):
            wait_for(done, process, tmp_path / "log")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(HANG)
    assert "Predicted for the sweep of grq1: 9 networks" in (tmp_path / "log").read_text(encoding="utf-8")
    assert [part.exists() for part in parts] == [True, False, True]

    build(tree, "--unlock")
    planned_jobs, _ = planned(build(tree, "grq1", "--dry-run", overlay=overlay))
    assert planned_jobs == {"part": 1, "grq1_simulation": 1, "grq1": 1}
    build(tree, "grq1", overlay=overlay)
    assert digests(tree) == digests(finished), "the bytes of one job that was not interrupted"
    assert not any(part.exists() for part in parts), "gathered"


def test_a_damaged_table_is_named_and_its_remedy_works(finished, tree):
    damaged = tree / "results/fig2/theory/dynamics.parquet"
    os.truncate(damaged, damaged.stat().st_size // 2)
    code, printed = snakemake(tree)
    assert code != 0
    assert "results/fig2/theory/dynamics.parquet is not a readable Parquet file" in printed
    assert "delete it and run snakemake again" in printed
    assert "Traceback" not in printed
    assert not list((tree / "results/fig2/simulation").glob("*"))

    damaged.unlink()
    printed = build(tree)
    assert Counter(PLANNED_FIGURE.findall(printed)) == {"fig2": 3}, "theory, simulation and figure, nothing else"
    assert digests(tree) == digests(finished)


NEW_BLOCK = """
figZ1:
  target: 1 # of the task [chosen]
  initial: 0.1 # strength at the start [chosen]
  learning_rate: 0.05 # η [chosen]
  n_steps: 400 # gradient steps [chosen]
  draw:
    height: 2.4 # inches [chosen]
"""


def test_a_new_figure_is_a_folder_and_a_block_of_the_config(tmp_path):
    """Nothing else is touched: rules, schema, presets, claims and the data dictionary are found in the folder."""
    tree = copy_sources(tmp_path / "tree")
    shutil.copytree(REPOSITORY / "tests/data/figZ1_one_mode", tree / "src/lazyrich/figures/figZ1_one_mode")
    code, printed = snakemake(tree, "figZ1")
    assert code != 0
    assert "missing key figZ1: One aligned mode" in printed
    append(tree / "config.yaml", NEW_BLOCK)
    build(tree, "figZ1")
    assert (tree / "figures/figZ1.svg").is_file()
    assert len(pd.read_parquet(tree / "results/figZ1/theory/mode.parquet")) == 201  # steps of the preset
    assert "in 200 steps: it ends at" in (tree / "figures/figZ1.rst").read_text(encoding="utf-8")
    assert planned(build(tree, "figZ1", "--dry-run")) == ({}, set())
    edit(tree / "config.yaml", "height: 2.4", "height: 2.5")
    assert planned(build(tree, "figZ1", "--dry-run")) == ({"figZ1": 1}, {"figZ1"})
    _, seen = planned(build(tree, "all", "report", "--dry-run"))
    assert seen >= set(FIGURES)
    code, printed = snakemake(tree, "figZ1", "--config", "figZ1={n_stps: 3}")
    assert "unknown key figZ1.n_stps = " in printed
    assert "did you mean 'n_steps'?" in printed
    ledger = [sys.executable, "-m", "lazyrich.pipeline.ledger"]
    common = ["--results", "results", "--figures", "figZ1", "--preset", "full"]
    for command in ("judge", "write", "claims"):
        done = subprocess.run(
            [*ledger, command, *common], cwd=tree, env=environment(PYTHONPATH=str(tree / "src")),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        if command != "write":
            assert "1 of 1 claims hold" in done.stdout
            assert "1 of 1 comparisons are within their bounds" in done.stdout


def test_a_deleted_table_is_made_again(finished, tree):
    (tree / "results/fig2/theory/dynamics.parquet").unlink()
    build(tree)
    assert digests(tree) == digests(finished)


def test_the_limit_of_jobs_is_lifted_here_and_still_worth_lifting(tmp_path, bare):
    """Snakemake says at once when it keeps one. Without a limit of its own `environment.smk` need not lift it."""
    kept = "Submitting maximum 100 job(s) over 1.0 second(s)"
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "Snakefile").write_text('rule all:\n    output: "x"\n    shell: "touch x"\n')
    (plain / "none.yaml").write_text("{}")
    assert kept in build(plain, "--verbose", configfile="none.yaml")
    assert kept not in build(bare, "fig3", "--verbose")
    assert "self._schedule_reevalutation(self.job_rate_limiter.timespan)" in inspect.getsource(JobScheduler.schedule)


@pytest.mark.parametrize("here", [True, False])
def test_the_limit_of_jobs_stays_on_a_cluster(here):
    said = (REPOSITORY / "workflow/rules/environment.smk").read_text(encoding="utf-8")
    (line,) = [line for line in said.splitlines() if line.startswith("MaxJobsPerTimespan.__bool__ = ")]
    limited = eval(line.partition(" = ")[2], {"workflow": SimpleNamespace(local_exec=here)})
    assert limited(None) is not here

"""What goes wrong around the workflow: each fault is named, leaves nothing half-written, and the next run recovers.

One figure, as small as it can be. Killed processes and a wrong config stand in test_workflow.py.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from copies import append, build, chain, copy_sources, digests, edit, once, planned, snakemake, stalled_at, tables
from lazyrich.pipeline import dictionary, parquet

pytestmark = pytest.mark.snakemake

TASK, THEORY, SIMULATION = (tables("fig3", stages=[stage]) for stage in ("task", "theory", "simulation"))
# mounts that no other process sees: as root, or as the root of a namespace of one's own
PRIVATE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
C_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}


def mounts():
    """Whether a private mount can be made here."""
    try:
        done = subprocess.run(
            [*PRIVATE, "mount", "-t", "tmpfs", "none", "/tmp"], capture_output=True, timeout=30, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


needs_mounts = pytest.mark.skipif(not mounts(), reason="private mounts are not allowed here (unshare --mount)")


def read_only(*folders):
    """A command in front of another, for which the folders are read-only."""
    script = 'while [ "$1" != -- ]; do mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 99; shift; done'
    return (*PRIVATE, "sh", "-c", f'{script}; shift; exec "$@"', "sh", *map(str, folders), "--")


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A copy in which fig3 is built. Read only."""
    return once(tmp_path_factory, "drawn", lambda folder: build(copy_sources(folder), "fig3"))


@pytest.fixture
def tree(drawn, tmp_path):
    """A copy of the test's own, in which fig3 is built."""
    return Path(shutil.copytree(drawn, tmp_path / "tree", symlinks=True))


def overlay(folder, text):
    file = folder / "overlay.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder, *arguments, **options):
    """Run Snakemake, which must fail without a traceback; returns what it printed."""
    code, printed = snakemake(folder, *arguments, **options)
    assert code != 0, printed
    assert "Traceback" not in printed, printed
    assert not list(folder.rglob(".*.tmp*"))
    return printed


@needs_mounts
@pytest.mark.parametrize(
    ("moved", "kilobytes", "lost"),
    [("results: disk/results", 16, "disk/results/fig3/theory/"), ("figures: disk/figures", 64, "fig3.png")],
    ids=["a table", "a figure"],
)
def test_a_full_disk(drawn, tree, tmp_path, moved, kilobytes, lost):
    """The disk has room for two small tables, or for no figure; then it is made larger."""
    shutil.rmtree(tree / "figures")
    (tree / "disk").mkdir()
    script = (
        f"mount -t tmpfs -o size={kilobytes}k none disk || exit 99\n"
        '"$@" && exit 98\n'
        'find disk -type f | sort | sed "s/^/left: /"\n'
        "mount -o remount,size=8m disk || exit 99\n"
        '"$@" && cp -R disk kept\n'
    )
    table = "results" in moved
    code, printed = snakemake(
        tree,
        f"disk/{SIMULATION[0]}" if table else "fig3",
        overlay=overlay(tmp_path, f"pathvars: {{{moved}}}"),
        within=(*PRIVATE, "sh", "-c", script, "sh"),
    )
    assert code == 0, printed
    assert re.search(rf"{lost}\S* could not be written \(", printed)
    assert "No space left on device" in printed
    assert "make room" in printed
    assert "Traceback" not in printed
    left = [line.removeprefix("left: disk/") for line in printed.splitlines() if line.startswith("left: ")]
    assert left == (TASK if table else [])
    made = digests(tree / "kept")
    assert len(made) == (len(tables("fig3")) if table else 4)
    assert made.items() <= digests(drawn).items()


@needs_mounts
@pytest.mark.parametrize("there", ["stale tables", "no tables"])
def test_a_read_only_results_folder(tree, there):
    (target,) = TASK
    edit(tree / "config.yaml", "singular_values: [2.0, 1.5, 1.0, 0.5]", "singular_values: [3.0, 1.5, 1.0, 0.5]")
    if there == "no tables":
        shutil.rmtree(tree / "results/fig3")
    before = digests(tree)
    code, printed = snakemake(tree, target, within=read_only(tree / "results"))
    assert code != 0
    assert {
        "stale tables": f"Write-protected output files for rule fig3_task:\n    output: {target}",
        "no tables": "Read-only file system: 'results/fig3'",
    }[there] in printed, printed
    assert digests(tree) == before
    build(tree, target)
    assert read(tree, target).num_rows > 0


def read(tree, file):
    """A table of fig3 by its path."""
    name = "/".join(Path(file).with_suffix("").parts[-2:])
    return parquet.read(tree / file, dictionary.tables("fig3")[name])


def nothing_in_it(file):
    file.write_bytes(b"")


def without_step(file):
    pq.write_table(pq.read_table(file).drop(["step"]), file)


def another_table(file):
    shutil.copy(file.with_name("slopes.parquet"), file)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (nothing_in_it, "is not a readable Parquet file ("),
        (without_step, "lacks column 'step' (int64)"),
        (another_table, "should hold the table fig3 theory/modes, but its metadata say 'fig3 theory/slopes'"),
    ],
)
def test_a_wrong_table_is_named(tree, damage, said):
    """As a truncated one, whose remedy is tried in test_workflow.py."""
    file = "results/fig3/theory/modes.parquet"
    damage(tree / file)
    printed = refused(tree, "fig3")
    assert f"{file} {said}" in printed
    assert "; delete it and run snakemake again" in printed
    assert not any((tree / file).exists() for file in SIMULATION)


def test_results_of_an_older_schema_version(drawn, tree):
    for file in tables("fig3"):
        table = pq.read_table(tree / file)
        older = {**table.schema.metadata, b"schema_version": b"1"}
        pq.write_table(table.replace_schema_metadata(older), tree / file)
    target = SIMULATION[0]
    printed = refused(tree, target)
    said = f"has schema version 1, this code reads {parquet.VERSION}: make every table anew with: snakemake "
    assert said + "--forceall" in printed
    build(tree, target, "--forceall")
    kept = {name: digest for name, digest in digests(drawn).items() if name.startswith("results")}
    assert digests(tree).items() >= kept.items()


def test_a_config_that_is_no_yaml(tree):
    before = digests(tree)
    edit(tree / "config.yaml", "\nfig3:", "\nfig3: :")
    lines = (tree / "config.yaml").read_text(encoding="utf-8").splitlines()
    line = next(k for k, text in enumerate(lines, start=1) if text.startswith("fig3: :"))
    printed = refused(tree)
    assert f"config.yaml, line {line}, column 7: mapping values are not allowed here" in printed
    assert digests(tree) == before


def test_a_descent_that_diverges(tree, tmp_path):
    shutil.rmtree(tree / "figures")
    printed = refused(tree, "fig3", overlay=overlay(tmp_path, "fig3: {learning_rate: 1.0}"))
    assert (
        "simulation of fig3: gradient descent diverged before step 20 (run 0, λ = -2, learning_rate η = 1)" in printed
    )
    left = [str(file.relative_to(tree)) for file in (tree / "results").rglob("*.*")]
    assert sorted(left) == sorted(TASK + THEORY)
    for file in left:
        assert read(tree, file).num_rows > 0
    assert not list((tree / "figures").rglob("*.*"))
    assert planned(build(tree, "fig3", "--dry-run")) == chain("fig3")


def test_two_runs_at_once(drawn, tree, tmp_path):
    target = SIMULATION[0]
    for file in THEORY + SIMULATION:
        (tree / file).unlink()
    with stalled_at(tree, tree / THEORY[-1], target, tmp_path) as (first, _):
        code, printed = snakemake(tree, target)
        assert code != 0
        assert "Directory cannot be locked" in printed
        assert "Traceback" not in printed
        (tmp_path / "stalled.go").touch()
        assert first.wait(60) == 0
    assert digests(tree) == digests(drawn)
    assert "Nothing to be done" in build(tree, target)


def test_a_locale_without_greek(drawn, tree):
    """What jobs print and Snakemake logs holds λ."""
    build(tree, "fig3", "--forceall", variables=C_LOCALE)
    assert digests(tree) == digests(drawn)


def test_errors_in_a_locale_without_greek(tree, tmp_path):
    wrong = overlay(tmp_path, "fig2: {n_hidden: 4}")
    assert r"no \u03bb-balanced weights exist: \u03bb = 2" in refused(tree, overlay=wrong, variables=C_LOCALE)
    diverging = overlay(tmp_path, "fig3: {learning_rate: 1.0}")
    printed = refused(tree, SIMULATION[0], overlay=diverging, variables=C_LOCALE)
    assert r"(run 0, \u03bb = -2, learning_rate \u03b7 = 1)" in printed


@needs_mounts
def test_no_write_access_to_the_home_folder(drawn, tree, tmp_path):
    """matplotlib, numba and Snakemake keep their caches there."""
    (tmp_path / "home").mkdir()
    for file in SIMULATION:
        (tree / file).unlink()
    shutil.rmtree(tree / "figures")
    home = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "MPLCONFIGDIR": ""}
    build(tree, "fig3", within=read_only(tmp_path / "home"), variables=home)
    assert digests(tree) == digests(drawn)


@needs_mounts
def test_a_read_only_checkout_and_home_with_results_elsewhere(drawn, tree, tmp_path):
    """Nowhere may numba keep what it compiles."""
    for name in ("results", "figures", "logs", ".snakemake"):
        shutil.rmtree(tree / name)
    for cache in tree.rglob("__pycache__"):
        shutil.rmtree(cache)
    append(tree / "src/lazyrich/linear/descent_loops.py")
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    before = sorted(tree.rglob("*"))
    build(
        tree,
        *(SIMULATION[0], "--directory", elsewhere),
        within=read_only(tree, home),
        variables={"HOME": str(home), "XDG_CACHE_HOME": ""},
    )
    made = digests(elsewhere)
    assert len(made) == len(tables("fig3"))
    assert made.items() <= digests(drawn).items()
    assert sorted(tree.rglob("*")) == before

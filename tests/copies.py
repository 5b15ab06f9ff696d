"""The real Snakemake in copies of the repository, for test_workflow.py and test_faults.py."""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import yaml

from lazyrich.pipeline.dictionary import files

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCES = ("Snakefile", "workflow", "config.yaml", "config", "envs", "profiles", "src", "pyproject.toml")
FIGURES = tuple(
    name
    for name in yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    if name.startswith(("fig", "grq"))
)
STAGES = ("task", "theory", "simulation")
PLAN = re.compile(r"^(\S+) +(\d+)$", re.MULTILINE)
PLANNED_FIGURE = re.compile(r"^Job \d+: (\w+): ", re.MULTILINE)
NOTHING = "Nothing to be done"
HANG = 900  # seconds after which a call is given up: a guard against hanging, not a measurement


def environment(**more):
    """The caller's environment without what could bring other source or another numba cache into the jobs."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "NUMBA_CACHE_DIR", "SNAKEMAKE_PROFILE")}
    return {**kept, **more}


def command(*arguments, overlay=None, configfile="tests/tiny.yaml", cores=2):
    overlays = [] if overlay is None else [str(overlay)]
    return [
        *(sys.executable, "-m", "snakemake", *arguments),
        *("--cores", str(cores), "--configfile", str(configfile), *overlays),
    ]


def snakemake(folder, *arguments, within=(), variables=None, **options):
    """Run Snakemake in `folder`, started by the command `within`; returns (exit code, everything that it printed)."""
    done = subprocess.run(
        [*within, *command(*arguments, **options)],
        cwd=folder,
        env=environment(**(variables or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=HANG,
        check=False,
    )
    return done.returncode, done.stdout


def build(folder, *arguments, **options):
    """Run Snakemake, which must succeed; returns what it printed."""
    code, printed = snakemake(folder, *arguments, **options)
    assert code == 0, printed
    return printed


def planned(printed):
    """The jobs of a dry run as {rule: how many}, and the figures that they belong to."""
    if NOTHING in printed:
        return {}, set()
    jobs = {rule: int(n) for rule, n in PLAN.findall(printed) if rule not in ("default", "all", "total")}
    return jobs, set(PLANNED_FIGURE.findall(printed))


def chain(*figures):
    """What `planned` gives when these figures, and no others, are made from scratch."""
    rules = [name for figure in figures for name in (figure, *(f"{figure}_{stage}" for stage in STAGES))]
    return dict.fromkeys(rules, 1), set(figures)


def tables(*figures, stages=STAGES):
    """Paths of the tables of figures, in the order in which they are written."""
    return [f"results/{figure}/{file}" for figure in figures for stage in stages for file in files(figure, stage)]


def digests(folder):
    """{path: sha256} of every table, figure and caption."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for place in ("results", "figures")
        for path in sorted((folder / place).rglob("*"))
        if path.suffix in (".parquet", ".pdf", ".svg", ".png", ".rst") and not path.name.startswith(".")
    }


def copy_sources(folder):
    """The repository's tracked files that the workflow needs, without anything built."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(REPOSITORY / name, folder / name)
    (folder / "tests").mkdir()
    shutil.copy2(REPOSITORY / "tests/tiny.yaml", folder / "tests/tiny.yaml")
    return folder


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} no longer holds {old!r}: change this test with it"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(file, line="# an edit"):
    file.write_text(file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


# loaded by every Python that the test starts: stops one between writing a file and moving it into place
STALL = """\
import os
import time

_replace = os.replace


def replace(source, target, **more):
    if os.path.basename(target) == os.environ["STALL_AT"]:
        with open(os.environ["STALLED"] + ".new", "w") as file:
            file.write(str(os.getpid()))
        _replace(os.environ["STALLED"] + ".new", os.environ["STALLED"])
        while not os.path.exists(os.environ["STALLED"] + ".go"):
            time.sleep(0.05)
    return _replace(source, target, **more)


os.replace = replace
"""


@contextmanager
def stalled_at(folder, file, target, scratch, **options):
    """Snakemake in `folder`, stopped just before the table or figure `file` takes its name: (process, the job's id).

    It goes on when `scratch`/stalled.go is there. What is still running at the end is killed.
    """
    (scratch / "stall").mkdir()
    (scratch / "stall/sitecustomize.py").write_text(STALL, encoding="utf-8")
    stalled, log = scratch / "stalled", scratch / "log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command(target, **options),
            cwd=folder,
            env=environment(PYTHONPATH=str(scratch / "stall"), STALL_AT=file.name, STALLED=str(stalled)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group that can be killed as a whole
        )
    try:
        wait_for(stalled, process, log)
        yield process, int(stalled.read_text())
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(HANG)


def once(tmp_path_factory, name, make):
    """A folder in which make(folder) has been called once, even when several processes run the tests."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


def wait_for(file, process, log):
    deadline = time.monotonic() + HANG
    while not file.exists():
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)

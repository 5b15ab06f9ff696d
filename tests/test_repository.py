"""Promises of the files around the code: the lock, the environment, the README."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from docutils.core import publish_string

from lazyrich.nonlinear.relu import cost
from lazyrich.pipeline import config as checks
from lazyrich.pipeline import readme
from lazyrich.pipeline.folders import figures
from lazyrich.pipeline.ledger import __main__ as ledger

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_lock_is_hashed_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|--index-url|--extra-index|--find-links|file:", lock)
    entries = re.findall(r"^\S+==.*(?:\n    .*)*", lock, re.M)
    assert len(entries) > 50
    assert all("--hash=sha256:" in entry for entry in entries)


def test_environment_has_the_locks_versions():
    subprocess.run([sys.executable, ROOT / "envs/pin.py", "--check"], check=True)


def test_readme_example_runs():
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "lr.gradient_descent(" in code]
    assert len(code.strip().splitlines()) <= 12
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_docstring_example_runs():
    import doctest

    import lazyrich

    result = doctest.testmod(lazyrich)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_readmes_list_of_figures_is_made_from_their_folders():
    assert readme.filled(README) == README, "make readme"


def test_the_readme_says_what_the_paper_size_costs():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    paper = yaml.safe_load((ROOT / "config/paper.yaml").read_text(encoding="utf-8"))
    made = checks.check(checks.with_preset(checks.updated(config, paper), config))
    assert f"*{cost.predict(made['grq1']['sweep'], made['runs_per_job'])}*" in " ".join(README.split())


def test_the_readme_counts_the_claims():
    claims = ledger.stated_claims(list(figures()))
    known = sum("known_failure" in claim for claim in claims)
    assert f"a line for each of {len(claims)} claims" in README
    assert f"{known} known failures" in README


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md"])
def test_links_and_paths_in_the_docs_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)
    assert targets or file == "CONTRIBUTING.md"
    for target in targets:
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize(
    "caption",
    [*(ROOT / "workflow/report").glob("*.rst"), *sorted((ROOT / "src").rglob("caption.rst"))],
    ids=lambda path: path.parent.name,
)
def test_captions_are_valid_restructured_text(caption):
    """An unescaped |λ| would be a substitution, and an error in the middle of the report."""
    said = io.StringIO()
    settings = {"warning_stream": said, "report_level": 1, "input_encoding": "utf-8"}
    publish_string(caption.read_text(encoding="utf-8"), settings_overrides=settings)
    assert said.getvalue() == ""


def test_citation_is_valid_yaml_and_of_this_version():
    import lazyrich

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == lazyrich.__version__

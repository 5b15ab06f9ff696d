"""The package on its own: what a wheel holds, what it needs, and that the README's lines run with nothing else."""

import email
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy
import pytest
import scipy

import lazyrich

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"  # a build leaves its own files beside them
    shutil.copytree(ROOT / "src", sources / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(sources)], check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an environment with the wheel, numpy and scipy, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    for package in (numpy, scipy):
        place = Path(package.__file__).parent
        for part in (place, place.with_name(f"{place.name}.libs")):
            if part.exists():
                (site / part.name).symlink_to(part)
    zipfile.ZipFile(wheel).extractall(site)
    return folder / "bin/python"


def test_the_library_needs_numpy_and_scipy_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
        held = archive.namelist()
    needed = metadata.get_all("Requires-Dist")
    assert {re.match(r"[\w-]+", one)[0] for one in needed if "extra ==" not in one} == {"numpy", "scipy"}
    assert {"fast", "workflow", "torch"} <= set(metadata.get_all("Provides-Extra"))
    assert {"lazyrich/py.typed", "lazyrich/__init__.pyi", "lazyrich/data/digits.csv.gz"} <= set(held)
    assert not [name for name in held if name.startswith(("tests/", "benchmarks/"))]


def library_lines():
    """The Python of the README's section on the library, but for what needs more than the library."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## The library\n")[2].partition("\n## ")[0]
    return [code for code in re.findall(r"```python\n(.*?)```", section, re.S) if "import torch" not in code]


@pytest.mark.parametrize("code", library_lines(), ids=lambda code: code.splitlines()[-1][:30])
def test_the_readme_runs_with_nothing_else(python, code):
    done = subprocess.run([python, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_missing_is_named(python):
    for code, said in {
        "lr.load('fig5', 'theory/end')": "lazyrich.load needs pandas: pip install 'lazyrich[workflow]'",
        "lr.tables('fig5')": "lazyrich.tables needs",
    }.items():
        done = subprocess.run(
            [python, "-c", f"import lazyrich as lr; {code}"], capture_output=True, text=True, check=False
        )
        assert said in done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("ImportError")


def test_importing_costs_nothing(python):
    """`import lazyrich` loads not even numpy; a public name loads what it needs."""
    for code in (
        "import sys, lazyrich; assert 'numpy' not in sys.modules",
        "import sys, lazyrich; lazyrich.exact_solution; assert 'scipy' not in sys.modules",
    ):
        subprocess.run([python, "-c", code], check=True)


def test_editors_see_the_public_names():
    """The stub names what `__init__` does, from the same modules."""
    stub = (ROOT / "src/lazyrich/__init__.pyi").read_text(encoding="utf-8")
    seen = {
        name: module for module, name, again in re.findall(r"from \.(\S+) import (\w+) as (\w+)", stub) if name == again
    }
    assert seen == lazyrich._PUBLIC


@pytest.mark.parametrize(("old", "new"), lazyrich._OLD.items())
def test_old_names_name_the_new(old, new):
    for use in (f"from lazyrich import {old}", f"import lazyrich; lazyrich.{old}"):
        with pytest.raises(ImportError, match=f"lazyrich.{new} since version 0.2"):
            exec(use)

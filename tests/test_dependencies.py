"""The import closure that makes jobs stale is what is really imported, and the layers stay apart."""

import subprocess
import sys
from pathlib import Path

import pytest

from lazyrich.pipeline import dependencies
from lazyrich.pipeline.folders import figures

PACKAGE = Path(dependencies.__file__).parents[1]
FIGURES = figures()


def imported_by(module):
    """Modules of the package in sys.modules after importing one in a fresh process."""
    code = f"import sys, {module}; print(*(m for m in sys.modules if m.split('.')[0] == 'lazyrich'))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("what", ["compute", "draw"])
def test_closure_holds_everything_imported(figure, what):
    module = figures()[figure].module(what)
    # a function's own imports are in the closure, but not yet imported
    assert imported_by(module) <= set(dependencies.modules(module))


def test_import_within_a_function_counts():
    assert "lazyrich.linear.descent_loops" in dependencies.modules("lazyrich.linear.descent")


def test_style_sheet_is_code():
    files = dependencies.files("lazyrich.figures.fig2_exact_dynamics.draw")
    assert any(file.suffix == ".mplstyle" for file in files)
    assert all(file.is_file() for file in files)


def test_the_science_loads_no_tables_and_no_pictures():
    """What import-linter reads from the text (`make lint`), seen in a process: nothing is loaded behind its back."""
    rooms = ("linear", "neuron", "deep", "nonlinear", "data")
    paths = [path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py"))]
    modules = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]
    assert len(modules) > 50
    code = f"import sys, {', '.join(modules)}; print(*{{m.split('.')[0] for m in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numba" in loaded
    assert not {"matplotlib", "pandas", "pyarrow", "snakemake"} & set(loaded)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, lazyrich; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "scipy", "numba", "matplotlib", "pandas", "pyarrow"} & set(loaded)


def test_every_public_name_resolves():
    import lazyrich

    for name in lazyrich.__all__:
        assert getattr(lazyrich, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'exact_solutions'"):
        _ = lazyrich.exact_solutions

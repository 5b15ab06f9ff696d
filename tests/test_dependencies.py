"""The import closure that makes jobs stale is what is really imported, and the layers stay apart."""

import subprocess
import sys
from pathlib import Path

import pytest

from lazyrich import dependencies

SOURCE = Path(dependencies.__file__).parent
EXPERIMENTS = sorted(p.stem for p in (SOURCE / "experiments").glob("*.py") if p.stem.startswith(("fig", "grq")))


def imported_by(module):
    """Modules of the package in sys.modules after importing one in a fresh process."""
    code = f"import sys, {module}; print(*(m for m in sys.modules if m.split('.')[0] == 'lazyrich'))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("figure", EXPERIMENTS)
@pytest.mark.parametrize("package", ["experiments", "plotting"])
def test_closure_holds_everything_imported(figure, package):
    module = f"lazyrich.{package}.{figure}"
    # a function's own imports are in the closure, but not yet imported
    assert imported_by(module) <= set(dependencies.modules(module))


def test_import_within_a_function_counts():
    assert "lazyrich.simulation.kernel" in dependencies.modules("lazyrich.simulation.descent")


def test_style_sheet_is_code():
    files = dependencies.files("lazyrich.plotting.fig2")
    assert any(file.suffix == ".mplstyle" for file in files)
    assert all(file.is_file() for file in files)


@pytest.mark.parametrize("figure", EXPERIMENTS)
def test_drawing_needs_no_computing_module(figure):
    needed = dependencies.modules("lazyrich.__main__", f"lazyrich.plotting.{figure}")
    for module in needed:
        assert not module.startswith(
            tuple(f"lazyrich.{layer}" for layer in ("exact", "neuron", "relu", "applied", "simulation", "experiments"))
        ), module
        assert module not in ("lazyrich.tasks", "lazyrich.initialisation", "lazyrich.observables"), module


def test_numerical_core_imports_no_tables_and_no_matplotlib():
    core = [
        "lazyrich.applied.convolution",
        "lazyrich.applied.diabetes",
        "lazyrich.applied.digits",
        "lazyrich.applied.filters",
        "lazyrich.applied.gratings",
        "lazyrich.applied.network",
        "lazyrich.applied.optimisers",
        "lazyrich.applied.recorded",
        "lazyrich.applied.tangent",
        "lazyrich.exact.riccati",
        "lazyrich.exact.modes",
        "lazyrich.simulation.descent",
        "lazyrich.simulation.flow",
        "lazyrich.observables",
        "lazyrich.applied.modular",
        "lazyrich.applied.training",
        "lazyrich.neuron.basins",
        "lazyrich.neuron.bias",
        "lazyrich.neuron.deep",
        "lazyrich.neuron.limits",
        "lazyrich.neuron.simulation",
        "lazyrich.neuron.solution",
        "lazyrich.neuron.surface",
        "lazyrich.neuron.wide",
        "lazyrich.relu.alignment",
        "lazyrich.relu.cost",
        "lazyrich.relu.descent",
        "lazyrich.relu.network",
        "lazyrich.relu.partition",
        "lazyrich.relu.scale",
    ]
    assert not {"lazyrich.tables", "lazyrich.records"} & set(dependencies.modules(*core))
    code = f"import sys, {', '.join(core)}; print(*{{m.split('.')[0] for m in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
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

"""Which processor, BLAS and versions compute here: what may move the last digits of a number."""

import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.linalg  # noqa: F401  its BLAS must be loaded to be seen
from threadpoolctl import threadpool_info

PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):  # not Linux
        return platform.processor() or platform.machine()


def here():
    """{what: text} of this machine, in the order in which a person wants to read it."""
    libraries = [one for one in threadpool_info() if one["user_api"] == "blas"]
    blas = sorted(
        {f"{one['internal_api']} {one['version']} {one.get('architecture', '')}".strip() for one in libraries}
    )
    vectors = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "processor": _processor(),
        "BLAS": " and ".join(blas) or "unknown",
        "numpy's vectors": (vectors["baseline"] + vectors.get("found", []))[-1],
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def text(machine):
    return ", ".join(f"{value}" if name == "processor" else f"{name} {value}" for name, value in machine.items())

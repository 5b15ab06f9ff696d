"""Settings of every test: one BLAS thread, as a job has, hypothesis without deadlines, and no figure left open."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

for _name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "GOTO", "VECLIB"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

# derandomized, so that a green main stays green; LAZYRICH_EXPLORE=1 draws new examples, and more of them
_EXPLORE = bool(os.environ.get("LAZYRICH_EXPLORE"))
settings.register_profile(
    "lazyrich",
    deadline=None,
    derandomize=not _EXPLORE,
    max_examples=1000 if _EXPLORE else 60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("lazyrich")


@pytest.fixture(autouse=True, scope="module")
def _forget_figures():
    """pyplot keeps every figure that it has made; those of a module are of no use to the next one."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")

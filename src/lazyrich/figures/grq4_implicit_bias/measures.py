"""What only the caption of grq4 needs."""

from inspect import signature

from ...linear.flow import gradient_flow


def integrator_tolerance(results, figure):
    """The relative tolerance of the integrator that the exact solution is compared with."""
    return signature(gradient_flow).parameters["rtol"].default

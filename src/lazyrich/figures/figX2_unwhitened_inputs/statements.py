"""figX2: the qualitative statements of the theory, each judged on every draw of one condition number."""

from typing import NamedTuple

import numpy as np

from ...linear.limits import converged_representations
from ...linear.observables import input_representation, output_representation
from ...pipeline.common import time_to_fall
from ...pipeline.unwhitened import cosine, traceless


class End(NamedTuple):
    """Training of all draws at one λ: fastest rate, times (T,), loss and distance (draws, T), and at its end w1, w2;
    Σyx and W*.
    """

    fastest: float
    times: np.ndarray
    loss: np.ndarray
    distance: np.ndarray
    w1: np.ndarray
    w2: np.ndarray
    sigma_yx: np.ndarray
    fitted: np.ndarray


def _falls_to_both_sides(lams, values):
    """Whether values (λ, draws) fall strictly from λ = 0 to either side, (draws,)."""
    lams = np.array(lams)
    right, left = values[lams >= 0], values[lams <= 0][::-1]
    return (np.diff(right, axis=0) < 0).all(0) & (np.diff(left, axis=0) < 0).all(0)


def _from_identity(representation):
    return 1 - cosine(representation, np.broadcast_to(np.eye(representation.shape[-1]), representation.shape))


def of_square(config, ends, reference):
    """{statement: (draws,) of bool} of the square network; `reference`: as-if-whitened loss at `statement_lambda`."""
    limits, lams = config["limits"], sorted(ends)
    large = config["statement_lambda"]
    distance = np.array([ends[lam].distance[:, -1] for lam in lams])
    fit = times_to_fit(config, ends)
    predicted = time_to_fall(ends[large].times, reference, limits["fit"])
    up, down = ends[large], ends[-large]
    inputs, outputs = input_representation(up.w1), output_representation(down.w2)
    structure = {
        name: np.minimum(
            _task_cosine(inputs, getattr(up, matrix), large, 0), _task_cosine(outputs, getattr(down, matrix), -large, 1)
        )
        for name, matrix in (("measured", "sigma_yx"), ("fitted", "fitted"))
    }
    return {
        "order": _falls_to_both_sides(lams, distance),
        "lazy": (distance[[0, -1]] < limits["lazy"]).all(0),
        "layer": (_from_identity(input_representation(up.w1)) > _from_identity(output_representation(up.w2)))
        & (_from_identity(input_representation(down.w1)) < _from_identity(output_representation(down.w2))),
        "faster": _falls_to_both_sides(lams, fit),
        "faster_in_steps": _falls_to_both_sides(lams, stable_steps_to_fit(config, ends)),
        "structure_fitted": structure["fitted"] > limits["similar"],
        "structure_measured": structure["measured"] > limits["similar"],
        "time": np.abs(fit[lams.index(large)] / predicted - 1) < limits["time"],
    }


def times_to_fit(config, ends):
    """Times (λ, draws) of the square network to learn, λ ascending."""
    return np.array([time_to_fall(end.times, end.loss, config["limits"]["fit"]) for _, end in sorted(ends.items())])


def stable_steps_to_fit(config, ends):
    """The same in the least number of steps of stable descent, t κ/2 with κ the fastest rate of any draw."""
    fastest = np.array([end.fastest for _, end in sorted(ends.items())])
    return times_to_fit(config, ends) * fastest[:, None] / 2


def _task_cosine(representations, maps, lam, layer):
    """Cosine of traceless parts of a layer's representations with those that training on `maps` ends in."""
    expected = np.stack([converged_representations(m, lam, min(m.shape))[layer] for m in maps])
    return cosine(traceless(representations), traceless(expected))


def of_delayed(config, ends):
    """{statement: (draws,) of bool} of the inverted funnel."""
    limits = config["limits"]
    rich, late = ends[0], ends[config["delayed"]["lambda"]]
    to_go = np.maximum(1 - late.distance / late.distance[:, -1:], 1e-12)
    half_kernel = time_to_fall(late.times, to_go, 0.5)
    half_loss = time_to_fall(late.times, late.loss, 0.5)
    return {
        "delayed_rich": late.distance[:, -1] > rich.distance[:, -1],
        "delayed": half_kernel > limits["delay"] * half_loss,
        "plateau": _waits(late.times, late.loss, limits),
    }


def _waits(times, loss, limits):
    """Whether the loss, once it has begun to fall, stays for a factor `wait` in time without losing a share `still`."""
    logs = np.log(times)
    waits = np.zeros(len(loss), bool)
    for k, draw in enumerate(loss):
        later = np.interp(logs + np.log(limits["wait"]), logs, draw, right=0.0)
        begun = (draw < 1 - limits["still"]) & (draw > limits["fit"])
        waits[k] = (begun & (later > (1 - limits["still"]) * draw)).any()
    return waits

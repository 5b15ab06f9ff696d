"""figX10: label noise and minibatches make networks balanced, at a rate that is known.

starts, curves   square networks that fit their task, at several η, B, σ and λ₀: λ*, kernel, function (`square`)
shape_starts, modes, rests, costs  unequal widths: the balance of each mode, where it rests, and what noise on the
                 weights costs there (`shapes`)
jitter, misfit   where the law breaks: large steps, and away from the fit (`breaks`)

Time is counted in units of 1/h, h = (ησ²/B) · 2N_iN_o/(N_i + N_o): `passed`.
"""

from ...pipeline.stages import Rows
from . import breaks, shapes, square


def task(config, seeds):
    rows = {name: Rows() for name in ("starts", "shape_starts", "misfit_starts")}
    square.add_starts(config, seeds, rows["starts"])
    shapes.add_starts(config, seeds, rows["shape_starts"])
    breaks.add_starts(config, seeds, rows["misfit_starts"])
    return rows


def theory(config, data):
    names = ("curves", "balanced", "modes", "rests", "costs", "jitter", "jitter_curve", "misfit")
    rows = {name: Rows() for name in names}
    square.add_theory(config, data["task/starts"], rows["curves"], rows["balanced"])
    shapes.add_theory(config, data["task/shape_starts"], rows["modes"], rows["rests"], rows["costs"])
    breaks.add_theory(config, data["task/misfit_starts"], rows["jitter"], rows["jitter_curve"], rows["misfit"])
    return rows


def simulation(config, data):
    rows = {name: Rows() for name in ("curves", "agreement", "modes", "mode_agreement", "jitter", "misfit")}
    square.add_descents(data, rows["curves"], rows["agreement"])
    shapes.add_descents(config, data, rows["modes"], rows["mode_agreement"])
    breaks.add_jitter(config, data, rows["jitter"])
    breaks.add_misfit(config, data, rows["misfit"])
    return rows

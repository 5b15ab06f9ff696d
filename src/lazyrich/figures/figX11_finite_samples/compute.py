"""figX11: what the relative scale does for generalisation, from finite samples with noise on the targets.

teachers, noises, starts   Σ of four spectra, the noise of Σ̂ = Σ + σ/√P noise, λ-balanced starts of one function
curves           test loss over time for several λ
best             best stopping time and the test loss there, against λ, P and spectrum; limits, two closed forms
unequal          the same where the widths are unequal, so that the sign of λ matters (`unequal`)
budgets          the λ that is best when training is short, in flow time and in stable steps
ends, late       test loss at the end through a bottleneck: closed form, and the exact solution
large, large_best   aligned starts of large networks, in closed form (`spiked`) and over drawn noise (`large`)
"""

from ...pipeline.stages import Rows
from . import large, networks, unequal


def task(config, seeds):
    teachers, noises, starts = Rows(), Rows(), Rows()
    n, ends = config["width"], config["ends"]
    square = sorted({*config["lambdas"], *config["curves"], *config["descent"]["lambdas"]})
    for draw in range(config["n_draws"]):
        for spectrum in config["spectra"]:
            sigma = networks.teacher(config, spectrum, seeds.rng("teacher", draw))
            teachers.add(spectrum=spectrum, draw=draw, n_in=n, n_out=n, teacher=sigma[None])
        noises.add(draw=draw, n_in=n, n_out=n, noise=seeds.rng("noise", draw).standard_normal((1, n, n)))
        needed = [(lam, n) for lam in square]
        if draw < ends["n_draws"]:
            late = [(lam, width) for lam in ends["lambdas"] for width in ends["widths"]]
            needed += [run for run in late if run not in needed]
        for lam, width in needed:
            w1, w2 = networks.start(config, lam, width, seeds.rng("start", draw))
            starts.add(lam=lam, n_hidden=width, draw=draw, n_in=n, n_out=n, w1=w1[None], w2=w2[None])
    spectra, checks = Rows(), Rows()
    large.add_noises(config["large"], seeds, spectra, checks)
    other_tasks, other_starts = Rows(), Rows()
    unequal.add_tasks(config, seeds, other_tasks, other_starts)
    return {
        **{"teachers": teachers, "noises": noises, "starts": starts, "large": spectra, "aligned": checks},
        **{"unequal": other_tasks, "unequal_starts": other_starts},
    }


def theory(config, data):
    names = ("curves", "best", "unequal", "limits", "budgets", "ends", "late", "large", "large_best")
    rows = {name: Rows() for name in names}
    draws = networks.Draws(config, data)
    networks.add_curves(config, draws, rows["curves"], rows["best"], rows["budgets"])
    unequal.add_best(config, data["task/unequal"], data["task/unequal_starts"], rows["unequal"])
    for row in networks.limits(config):
        rows["limits"].add(**row)
    networks.add_ends(config, draws, rows["ends"], rows["late"])
    large.add_limits(config["large"], rows["large"], rows["large_best"])
    return rows


def simulation(config, data):
    rows = {name: Rows() for name in ("curves", "agreement", "flow", "large", "large_agreement")}
    networks.add_descents(config, networks.Draws(config, data), rows["curves"], rows["agreement"], rows["flow"])
    spectra, checks = data["task/large"], data["task/aligned"]
    large.add_draws(config["large"], spectra, checks, rows["large"], rows["large_agreement"])
    return rows

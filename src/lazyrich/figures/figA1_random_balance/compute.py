"""figA1: how far random initialisations become λ-balanced (Domine et al. 2025, Appendix A.3).

maps      D = W2ᵀW2 − W1W1ᵀ of one draw at two widths, in units of |λ*|
outputs   λ* against r = N_o/N_i at N_h = N_i
hidden    λ* against k = N_h/N_i at the r of the fixed ratio
width     spread of D's entries and its distance from λ*I against width, at a fixed ratio of widths
narrow    that distance against N_i and N_o, at fixed N_h

Nothing is trained: the task stage draws the weights and measures each, since they are too large to keep; theory
has the moments, and simulation the means over the draws with their distance from the moments in standard errors.
"""

import numpy as np

from ...linear.initialisation import layer_variances, standard_weights
from ...linear.random_start import Balancedness, expected, measured, relative_distance, standard_deviation
from ...pipeline.common import run_row
from ...pipeline.records import Records

RELATIVE = ("maps", "width", "narrow")  # panels where D is compared with λ*I


def task(config, seeds):
    runs, records = [], Records()
    for scheme in config["schemes"]:
        for panel, shape in _shapes(config):
            run_id = len(runs)
            lam = expected(*shape, _variances(config, scheme, shape)).lam
            if panel in RELATIVE and lam == 0:
                raise ValueError(f"figA1: λ* = 0 for {scheme} at widths {shape}; no distance is relative to it")
            draws = []
            for draw in range(_n_draws(config, panel)):
                rng = seeds.rng(scheme, panel, *shape, draw)
                w1, w2 = standard_weights(scheme, *shape, rng=rng, gains=_gains(config, scheme))
                draws.append(measured(w1, w2))
                if panel == "maps":
                    shown = slice(config["n_shown"])
                    relative = (w2.T @ w2 - w1 @ w1.T)[shown, shown] / abs(lam)
                    records.add_matrices(run_id, "task", "balance", relative)
            for name, values in zip(Balancedness._fields, np.transpose(draws), strict=True):
                records.add(run_id, "task", name, values[None])
            runs.append(run_row(panel, lam, shape, scheme))
    return runs, records


def _shapes(config):
    """(panel, (N_i, N_h, N_o)) of every point of a scheme."""
    one, hidden, out = config["ratio"]
    base = config["n_in"]
    wide = [round(base * ratio) for ratio in config["ratios"]]
    yield from (("maps", (n, n * hidden // one, n * out // one)) for n in config["shown_n_in"])
    yield from (("outputs", (base, base, n)) for n in wide)
    yield from (("hidden", (base, n, base * out // one)) for n in wide)
    yield from (("width", (n, n * hidden // one, n * out // one)) for n in config["width_n_in"])
    yield from (("narrow", (n, config["hidden_n_hidden"], n * out // one)) for n in config["hidden_n_in"])


def _gains(config, scheme):
    return config["gains"] if scheme == "scaled" else (1.0, 1.0)


def _variances(config, scheme, shape):
    return layer_variances(scheme, *shape, _gains(config, scheme))


def _moments(config, run):
    """Means of the four, and the standard errors of a mean over the run's draws."""
    shape = run.n_in, run.n_hidden, run.n_out
    variances = _variances(config, run.init, shape)
    errors = np.array(standard_deviation(*shape, variances)) / np.sqrt(_n_draws(config, run.panel))
    return expected(*shape, variances), Balancedness(*errors.tolist())


def _n_draws(config, panel):
    return 1 if panel == "maps" else config["n_draws"]


def _drawn(run, values):
    """What is drawn of the four: λ*, standard deviations of D's entries, and the distance relative to ‖λ*I‖.

    `values` may be (4,) or, for the ends of error bars, (4, n).
    """
    lam, diagonal, off_diagonal, distance = values
    drawn = {"lam": lam, "diagonal_std": np.sqrt(diagonal), "off_diagonal_std": np.sqrt(off_diagonal)}
    if run.panel in RELATIVE:
        drawn["relative_distance"] = relative_distance(distance, run.n_hidden, run.lam)
    return drawn


def theory(config, data):
    records = Records()
    for run in data.runs:
        mean, errors = _moments(config, run)
        for name, value in _drawn(run, mean).items():
            records.add(run.run_id, "theory", name, value)
        for name, value in errors._asdict().items():
            records.add(run.run_id, "theory", f"{name}_error", value)
        records.add(run.run_id, "theory", "ratio", _ratio(run))
        if run.panel == "maps":
            n_shown = min(config["n_shown"], run.n_hidden)
            records.add_matrices(run.run_id, "theory", "balance", np.sign(run.lam) * np.eye(n_shown))
    return records


def _ratio(run):
    """What a point stands at: N_o/N_i, N_h/N_i, or N_i."""
    return {"outputs": run.n_out / run.n_in, "hidden": run.n_hidden / run.n_in}.get(run.panel, run.n_in)


def simulation(config, data):
    records, furthest = Records(), 0.0
    for run in data.runs:
        draws = np.array([data.numbers(name, run.run_id, "task")[2][0] for name in Balancedness._fields])
        mean, (moments, errors) = draws.mean(1), np.array(_moments(config, run))
        z = (mean - moments) / errors
        # one standard error below and above the mean, on the scale of what is drawn
        ends = np.maximum(mean[:, None] + errors[:, None] * [-1, 1], [[-np.inf], [0], [0], [0]])
        bars = _drawn(run, ends)
        for name, value in _drawn(run, mean).items():
            records.add(run.run_id, "simulation", name, value)
            records.add(run.run_id, "simulation", f"{name}_bar", np.abs(bars[name] - value)[None])
        records.add(run.run_id, "simulation", "z", z[None])
        furthest = max(furthest, np.abs(z).max())
    records.add(0, "simulation", "z_max", furthest)
    for scheme in config["schemes"]:
        runs = [run for run in data.panel("width") if run.init == scheme]
        n_in = [run.n_in for run in runs]
        for name in ("diagonal", "off_diagonal"):
            spread = [np.sqrt(data.numbers(name, run.run_id, "task")[2].mean()) for run in runs]
            slope = np.polyfit(np.log(n_in), np.log(spread), 1)[0]
            records.add(runs[0].run_id, "simulation", f"slope_{name}", slope)
    return records

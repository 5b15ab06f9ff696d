"""figA1: how far random initialisations become λ-balanced (Domine et al. 2025, Appendix A.3).

D = W2ᵀW2 − W1W1ᵀ of random weights, in five series of widths:

maps      two widths in one ratio, of which D is kept, in units of |λ*|
outputs   N_o grows at N_h = N_i
hidden    N_h grows at the fixed ratio of N_o and N_i
width     all grow in the fixed ratio
narrow    N_i and N_o grow at fixed N_h

Nothing is trained: the task stage draws the weights and measures each, since they are too large to keep; theory
has the moments, and simulation the distance of the means over the draws from them in standard errors.
"""

import numpy as np

from ...linear.initialisation import layer_variances, standard_weights
from ...linear.random_start import Balancedness, expected, measured, relative_distance, standard_deviation
from ...pipeline.frames import each
from ...pipeline.stages import Rows
from .points import POINT

RELATIVE = ("maps", "width", "narrow")  # series where D is compared with λ*I


def task(config, seeds):
    draws, maps = Rows(), Rows()
    for scheme in config["schemes"]:
        for series, shape in _shapes(config):
            point = _point(scheme, series, shape)
            lam = expected(*shape, _variances(config, scheme, shape)).lam
            if series in RELATIVE and lam == 0:
                raise ValueError(f"figA1: λ* = 0 for {scheme} at widths {shape}; no distance is relative to it")
            for draw in range(_n_draws(config, series)):
                rng = seeds.rng(scheme, series, *shape, draw)
                w1, w2 = standard_weights(scheme, *shape, rng=rng, gains=_gains(config, scheme))
                draws.add(**point, draw=draw, **measured(w1, w2)._asdict())
                if series == "maps":
                    n_shown = min(config["n_shown"], shape[1])
                    relative = (w2.T @ w2 - w1 @ w1.T)[:n_shown, :n_shown] / abs(lam)
                    maps.add(scheme=scheme, n_in=shape[0], n_shown=n_shown, balance=relative[None])
    return {"draws": draws, "maps": maps}


def _shapes(config):
    """(series, (N_i, N_h, N_o)) of every point of a scheme."""
    one, hidden, out = config["ratio"]
    base = config["n_in"]
    wide = [round(base * ratio) for ratio in config["ratios"]]
    yield from (("maps", (n, n * hidden // one, n * out // one)) for n in config["shown_n_in"])
    yield from (("outputs", (base, base, n)) for n in wide)
    yield from (("hidden", (base, n, base * out // one)) for n in wide)
    yield from (("width", (n, n * hidden // one, n * out // one)) for n in config["width_n_in"])
    yield from (("narrow", (n, config["hidden_n_hidden"], n * out // one)) for n in config["hidden_n_in"])


def _point(scheme, series, shape):
    return dict(zip(POINT, (scheme, series, *shape), strict=True))


def _gains(config, scheme):
    return config["gains"] if scheme == "scaled" else (1.0, 1.0)


def _variances(config, scheme, shape):
    return layer_variances(scheme, *shape, _gains(config, scheme))


def _n_draws(config, series):
    return 1 if series == "maps" else config["n_draws"]


def theory(config, data):
    moments, distances = Rows(), Rows()
    for scheme in config["schemes"]:
        for series, shape in _shapes(config):
            point, variances = _point(scheme, series, shape), _variances(config, scheme, shape)
            mean = expected(*shape, variances)
            errors = np.array(standard_deviation(*shape, variances)) / np.sqrt(_n_draws(config, series))
            of_means = {f"{name}_error": error for name, error in zip(Balancedness._fields, errors, strict=True)}
            moments.add(**point, **mean._asdict(), **of_means)
            if series in RELATIVE:
                distances.add(**point, relative_distance=relative_distance(mean.distance, shape[1], mean.lam))
    return {"moments": moments, "distances": distances}


def simulation(config, data):
    agreement = Rows()
    expectation = data["theory/moments"].set_index(POINT)
    for draws in each(data["task/draws"], *POINT):
        point = draws[POINT].iloc[0]
        moments = expectation.loc[tuple(point)]
        for name in Balancedness._fields:
            z = (draws[name].to_numpy().mean() - moments[name]) / moments[f"{name}_error"]
            agreement.add(**point, moment=name, z=z)
    return {"agreement": agreement}

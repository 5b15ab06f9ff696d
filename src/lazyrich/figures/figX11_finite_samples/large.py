"""Networks that start aligned with Σ̂: drawn noise of growing widths, beside the limit in closed form (`spiked`)."""

import numpy as np

from ...linear.exact import exact_solution
from ...linear.initialisation import aligned_weights
from ...linear.modes import mode_strength
from ...pipeline.common import deviation, drawn
from . import spiked


def times(part, n):
    """Evenly, from 0."""
    return np.linspace(0, part["until"], n)


def shape(part, n_out):
    """(n_out, n_in)."""
    return n_out, round(n_out / part["aspect"])


def _teacher(part, n_out):
    sigma = np.zeros(shape(part, n_out))
    np.fill_diagonal(sigma[:, : len(part["strengths"])], part["strengths"])
    return sigma


def add_limits(part, rows, bests):
    """Test loss over time, and at the best stopping time, in closed form."""
    moments = times(part, part["n_times"])
    for n_out in part["widths"]:
        aspect = n_out / shape(part, n_out)[1]
        for lam in part["lambdas"]:
            losses, alone = (
                loss(
                    lambda s, lam=lam: mode_strength(moments[:, None], s, part["initial"], lam),
                    *(part["strengths"], n_out, aspect),
                )
                for loss in (spiked.test_loss, spiked.loss_of_seen_modes)
            )
            key = {"n_out": n_out, "lam": lam, "place": np.arange(len(moments))}
            rows.add(**key, t=moments, test_loss=losses, modes_alone=alone)
            bests.add(n_out=n_out, lam=lam, t=moments[losses.argmin()], test_loss=losses.min())


def add_noises(part, seeds, spectra, checks):
    """Singular values of Σ̂ and overlaps ûᵀΣv̂ of drawn noise; of one Σ̂ of the least width aligned starts too.

    Σ is diagonal: noise that is rotated is noise.
    """
    for n_out in part["widths"]:
        sigma = _teacher(part, n_out)
        for draw in range(part["n_draws"]):
            noise = seeds.rng("large noise", n_out, draw).standard_normal(sigma.shape)
            sigma_hat = sigma + noise / np.sqrt(sigma.shape[1])
            u, s, vt = np.linalg.svd(sigma_hat, full_matrices=False)
            overlaps = np.einsum("oa,oi,ai->a", u, sigma, vt, optimize=True)
            spectra.add(n_out=n_out, draw=draw, observed=s[None], overlap=overlaps[None])
            if draw == 0 and n_out == min(part["widths"]):
                for lam in part["lambdas"]:
                    first = np.full(n_out, part["initial"])
                    weights = aligned_weights(lam, sigma_hat, first, n_out, rng=seeds.rng("aligned"))
                    checks.add(lam=lam, **drawn(weights, sigma_hat))


def add_draws(part, spectra, checks, rows, agreement):
    """Test loss over time from drawn noise, each mode in closed form, and whole networks as a check of that."""
    moments, total = times(part, part["n_records"]), np.square(part["strengths"]).sum()
    for run in spectra.itertuples():
        for lam in part["lambdas"]:
            a = mode_strength(moments[:, None], run.observed, part["initial"], lam)
            losses = ((a**2).sum(1) - 2 * a @ run.overlap + total) / 2
            key = {"n_out": run.n_out, "lam": lam, "draw": run.draw, "place": np.arange(len(moments))}
            rows.add(**key, t=moments, test_loss=losses)
    for run in checks.itertuples():
        function = exact_solution(run.w1, run.w2, run.sigma_yx, moments, lam=run.lam).network_function
        u, s, vt = np.linalg.svd(run.sigma_yx, full_matrices=False)
        modes = (u * mode_strength(moments[:, None], s, part["initial"], run.lam)[:, None]) @ vt
        agreement.add(lam=run.lam, deviation_network_function=deviation(function, modes))

"""Tasks and starts of figX12, and the laws of their times."""

import numpy as np
from scipy.optimize import brentq

from ...linear.delay import slow_rate
from ...linear.initialisation import weights_with_function
from ...linear.tasks import task_from_singular_values

# the sign of λ at which the large layer does not span its side of the network and must turn; 0: none
DELAYED = {"square": 0, "funnel": -1, "inverted_funnel": 1}


def scales(config):
    """Absolute scales of the map."""
    block = config["scales"]
    return np.geomspace(block["least"], block["largest"], block["number"])


def lambdas(config):
    """λ in ascending order: the magnitudes with either sign, and 0."""
    block = config["lambdas"]
    magnitudes = np.geomspace(block["least"], block["largest"], block["number"])
    return np.concatenate([-magnitudes[::-1], [0.0], magnitudes])


def ratios(config):
    """η1/η2, ascending: their inverses, 1, and they."""
    above = np.geomspace(1, config["rates"]["largest"], config["rates"]["number"] + 1)
    return np.concatenate([1 / above[:0:-1], above])


def problem(config, widths, rng):
    """Σyx, and the direction of W2W1(0), of the norm of Σyx; where square their determinants have one sign (figE2)."""
    n_in, _, n_out = widths
    sigma_yx = task_from_singular_values(config["singular_values"], n_in, n_out, rng=rng).sigma_yx
    direction = rng.standard_normal((n_out, n_in))
    if n_in == n_out and np.linalg.det(direction) * np.linalg.det(sigma_yx) < 0:
        direction[:, 0] *= -1
    return sigma_yx, direction * (np.linalg.norm(sigma_yx) / np.linalg.norm(direction))


def start(task, scale, lam):
    """Balanced weights of a row of task/tasks at an absolute and a relative scale."""
    rng = np.random.default_rng(int(task.hidden_seed))  # a rotation of the hidden layer, which no observable sees
    return weights_with_function(scale * task.direction, lam, task.n_hidden, rng=rng)


def level(config, sigma_yx):
    """The loss at which the task counts as learned."""
    return config["learned"] * (sigma_yx**2).sum() / 2


class Delay:
    """The course of the delay at large |λ| of one task and start, for any singular values (ours).

    The large layer's span is {Ũ + Ũ⊥Z}, Ũ the task's directions on its side. Each mode turns at its slow rate, as for
    equal singular values (`linear.delay`): Z(t) = Z(0) diag(e^{−r_α t}), and the loss is ½ tr S̃²(I − (I + ZᵀZ)⁻¹).
    """

    def __init__(self, config, task):
        w1, w2 = start(task, 1.0, float(DELAYED[task.shape]))
        large, sigma_yx = (w2, task.sigma_yx) if DELAYED[task.shape] > 0 else (w1.T, task.sigma_yx.T)
        u, s, _ = np.linalg.svd(sigma_yx)
        basis = u.T @ np.linalg.qr(large)[0]
        self._s, self._level = s, level(config, task.sigma_yx)
        self._z = np.linalg.solve(basis[: len(s)].T, basis[len(s) :].T).T

    def excess(self, time, lam):
        """Logarithm of the loss over that at which the task counts as learned."""
        z = self._z * np.exp(-slow_rate(self._s, lam) * time)
        # tr S²(I − (I + ZᵀZ)⁻¹) = ‖Z (I + ZᵀZ)^−½ S‖² without the subtraction
        _, tangents, vt = np.linalg.svd(z, full_matrices=False)
        sines = (tangents / np.hypot(1, tangents))[:, None] * vt
        return np.log(((sines * self._s) ** 2).sum() / 2 / self._level)

    def time(self, lam):
        """When the task is learned; the slowest rate bounds it."""
        most = 40 / slow_rate(self._s, lam)[-1]
        return brentq(lambda time: self.excess(time, lam), 0.0, most, xtol=1e-14 * most, rtol=1e-14)

    def boundary(self, time, ends):
        """|λ| at which it is learned after this time."""
        return rising_root(lambda lam: self.excess(time, lam), ends, 1e-12)


def rising_root(excess, ends, tolerance):
    """The largest λ between two ends at which `excess` rises through 0, to a share; the lower end if there is none."""
    high = ends[1]
    while excess(low := max(high / 2, ends[0])) >= 0:
        if low == ends[0]:
            return low
        high = low
    return np.exp(brentq(lambda log_lam: excess(np.exp(log_lam)), *np.log([low, high]), xtol=tolerance, rtol=1e-12))


def law_of_time(config, task, lam):
    """Time to learn at large |λ|: of the delay, or ln(1/ε)/2|λ| of a kernel |λ|I that stays."""
    if lam * DELAYED[task.shape] > 0:
        return Delay(config, task).time(lam)
    return np.log(1 / config["learned"]) / (2 * abs(lam))


def layers_alike(task, scale, ratio):
    """λ̂ of weights that are balanced for rates of this ratio η1/η2 and whose layers have equal norms.

    In the weights Ŵ1 = W1/r, Ŵ2 = rW2 of one rate, r⁴ = η1/η2 (`linear.layer_rates`), that is ‖Ŵ2‖² = (η1/η2)‖Ŵ1‖²,
    with ‖Ŵ2‖², ‖Ŵ1‖² = ½Σ(√(λ̂² + 4s²) ± λ̂) over the singular values s of W2W1.
    """
    s = scale * np.linalg.svd(task.direction, compute_uv=False)[: task.n_hidden]
    target = np.abs(np.log(ratio))
    if target == 0:
        return 0.0

    def excess(lam):
        # √ − λ = 4s²/(√ + λ) without cancellation
        larger = np.hypot(lam, 2 * s) + lam
        return np.log(larger.sum() / (4 * s**2 / larger).sum()) - target

    most = 1.01 * np.sqrt(np.exp(target) * (s**2).mean())
    return float(np.sign(np.log(ratio)) * brentq(excess, 0.0, most, xtol=1e-15 * most, rtol=1e-14))

"""The course of a network by itself: the whole of it, in its own coordinates, integrated tightly by DOP853."""

from typing import NamedTuple

import numpy as np
from scipy.integrate import DOP853

from lazyrich.linear.observables import kernel_distance

RTOL, ATOL = 1e-9, 1e-13  # the second relative to the largest weight
INSIDE = np.linspace(0, 1, 6)[1:]  # where each step is read
EQUAL, LEFT = 1e-9, 1e-6
FEWEST = 2000  # evaluations that a course takes at least
CALL, FLOPS = 15e-6, 5e9  # what an evaluation of the flow costs, about: seconds, and operations a second


class Reference(NamedTuple):
    """times : of each mode that has room, largest first; whole : whether training ended within the budget

    kernel, growth : distance from start to end, and norm at the end over that at the start; share : least rate of the
        loss beside its later ones
    """

    times: np.ndarray
    kernel: float
    growth: float
    share: float
    whole: bool


def reference(w1, w2, task, fraction, budget):
    """`Reference` within a budget in (nominal) seconds; nothing is tried for a network that is too large for it."""
    (n_hidden, n_in), n_out, split = w1.shape, w2.shape[0], w1.size
    sigma_xx = task.sigma_xx if np.ndim(task.sigma_xx) else task.sigma_xx * np.eye(n_in)
    values, vectors = np.linalg.eigh(sigma_xx)
    root = (vectors * np.sqrt(values)) @ vectors.T
    m = task.sigma_yx @ np.linalg.inv(root)
    u, s, vt = np.linalg.svd(m, full_matrices=False)
    rank = np.count_nonzero(s > EQUAL * s[0])
    room = min(rank, n_hidden)
    ends = [k + 1 for k in range(rank) if k + 1 == rank or s[k] - s[k + 1] > EQUAL * s[0]]
    groups = [(a, b, min(b, room) - a) for a, b in zip([0, *ends[:-1]], ends, strict=True) if a < room]
    bounds = np.array([(1 - fraction) * s[a] * np.sqrt(kept) for a, _, kept in groups])
    floor = (s[room:] ** 2).sum()

    def unpack(y):
        return y[:split].reshape(n_hidden, n_in), y[split:].reshape(n_out, n_hidden)

    def velocity(_, y):
        a, b = unpack(y)
        error = task.sigma_yx - b @ (a @ sigma_xx)
        return np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])

    def read(y):
        """(errors of the groups, loss above its end, its rate)."""
        a, b = unpack(y)
        function = b @ (a @ root)
        block = u[:, :rank].T @ function @ vt[:rank].T
        found = []
        for first, last, kept in groups:
            part = block[first:last, first:last]
            _, directions = np.linalg.eigh((part + part.T) / 2)
            nearest = s[first] * (directions[:, -kept:] @ directions[:, -kept:].T)
            found.append(np.linalg.norm(part - nearest))
        error = m - function
        fall = ((b.T @ error @ root) ** 2).sum() + ((error @ (a @ root).T) ** 2).sum()
        excess = ((error**2).sum() - floor) / 2
        return np.array(found), excess, fall

    y = np.concatenate([w1.ravel(), w2.ravel()])
    solver = DOP853(velocity, 0.0, y, np.inf, rtol=RTOL, atol=ATOL * np.abs(y).max())
    errors, excess, fall = read(y)
    begun = max(excess, 1e-300)
    learned = np.where(errors > bounds, np.inf, 0.0)
    least, share = fall / begun, 1.0
    spent, each = 0.0, CALL + 8 * split * n_out / FLOPS
    if each * FEWEST > budget:
        return Reference(_spread(learned, groups), np.nan, np.nan, share, False)
    while True:
        if spent > budget:
            return Reference(_spread(learned, groups), np.nan, np.nan, share, False)
        calls = solver.nfev
        solver.step()
        spent += (solver.nfev - calls) * each + INSIDE.size * 3 * each
        dense, start = solver.dense_output(), solver.t_old
        for at in start + INSIDE * (solver.t - start):
            before, (errors, excess, fall) = errors, read(dense(at))
            step = (solver.t - start) * (INSIDE[1] - INSIDE[0])
            high, low = (np.log(np.maximum(error, 1e-300)) for error in (before, errors))
            inside = np.divide(high - np.log(bounds), high - low, out=np.ones(bounds.size), where=high > low)
            learned = np.where(errors > bounds, np.inf, learned)
            learned = np.where(
                (before > bounds) & (errors <= bounds), at - step + np.clip(inside, 0, 1) * step, learned
            )
            if excess > LEFT * begun:
                rate = fall / excess
                least = min(least, rate)
                share = min(share, least / rate)
        small = excess <= LEFT * min(begun, (s**2).sum()) or excess <= 1e-12 * (s**2).sum()
        if np.isfinite(learned).all() and small:
            end = unpack(solver.y)
            kernel = float(kernel_distance(w1, w2, *end, sigma_xx))
            growth = float(_size(*end, sigma_xx) / _size(w1, w2, sigma_xx))
            return Reference(_spread(learned, groups), kernel, growth, share, True)


def _size(w1, w2, sigma_xx):
    """Norm of the tangent kernel over the examples: of W1ᵀW1 for each output, and of W2W2ᵀ for each pair of them."""
    inputs, outputs = sigma_xx @ w1.T @ w1, w2 @ w2.T
    mixed = 2 * np.trace(inputs @ sigma_xx) * np.trace(outputs)
    return np.sqrt(w2.shape[0] * np.trace(inputs @ inputs) + mixed + (outputs**2).sum() * (sigma_xx**2).sum())


def _spread(times, groups):
    return np.concatenate([[time] * kept for time, (_, _, kept) in zip(times, groups, strict=True)])

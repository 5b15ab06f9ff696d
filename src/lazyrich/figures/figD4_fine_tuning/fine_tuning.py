"""Pairs of tasks, networks at the change of the relative scale, and how their times go with it: parts of figD4."""

import numpy as np

from ...linear.initialisation import weights_with_function
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import deviation, stable_steps, time_to_fall
from ...pipeline.stages import Rows
from .sides import SIDES

# sign of det Σ1 · det Σ2
SIGNS = {"square": 1.0, "opposite": -1.0}


def shapes(config):
    """{pairs: widths}; the square network twice."""
    return config["shapes"] | {"opposite": config["shapes"]["square"]}


def two_tasks(config, pairs, widths, rng):
    """Σyx of two tasks, (2, n_out, n_in); their determinants have the signs that the pairs are to have."""
    n_in, _, n_out = widths
    first, second = (
        task_from_singular_values(config["singular_values"], n_in, n_out, rng=rng).sigma_yx for _ in range(2)
    )
    sign = np.linalg.det(first) * np.linalg.det(second) if pairs in SIGNS else 1.0
    if sign * SIGNS.get(pairs, 1.0) < 0:
        mirror = np.ones(n_in)
        mirror[0] = -1.0
        second = task_from_correlation(second * mirror).sigma_yx
    return np.array([first, second])


class Changes:
    """The networks at the change: `functions` by start, at the end of pre-training, and how well these are kept."""

    def __init__(self):
        self.functions, self._kept = {}, {}

    def weights(self, start, lam):
        """Weights with the function of a start, once pre-trained, at another relative scale."""
        function, rng = self.functions[start.Index], np.random.default_rng(int(start.rotation_seed))
        weights = weights_with_function(function, lam, start.n_hidden, rng=rng)
        kept = deviation(weights.w2 @ weights.w1, function)
        self._kept[start.pairs, start.pretraining_lam, lam, start.draw] = kept
        return weights

    def learned(self, starts, tasks, *columns):
        """Rows: how far each function is from task 1 at the end of pre-training, beside these columns of its start."""
        rows = Rows()
        for start in starts.itertuples():
            key = {"pairs": start.pairs, "pretraining_lam": start.pretraining_lam, "draw": start.draw}
            off = deviation(self.functions[start.Index], tasks[start.pairs, start.draw][0])
            rows.add(**key, deviation_task_learned=off, **{name: getattr(start, name) for name in columns})
        return rows

    def kept(self):
        """Rows: how far each function is from that before the change."""
        rows = Rows()
        for (pairs, pretraining_lam, lam, draw), kept in self._kept.items():
            rows.add(pairs=pairs, pretraining_lam=pretraining_lam, lam=lam, draw=draw, deviation_function_kept=kept)
        return rows


def spread(curves):
    """Rows: the largest difference between two λ_PT over time, of `curves` {(λ_PT, λ_FT): loss}."""
    rows = Rows()
    for lam in dict.fromkeys(lam for _, lam in curves):
        alike = [curve for (_, other), curve in curves.items() if other == lam]
        rows.add(lam=lam, spread=np.ptp(alike, axis=0).max())
    return rows


def sides(config, found):
    """Rows: how the time goes with |λ| on either side of 0, of each pair; `found` is {pairs: {λ: times}}."""
    rows = Rows()
    for pairs, times in found.items():
        for side, sign in SIDES.items():
            lams = sorted((lam for lam in times if lam * sign >= config["falling_from"]), key=abs)
            ascending = np.array([times[lam] for lam in lams])
            ratios = ascending[1:] / ascending[:-1]
            largest = max(config["singular_values"])
            steps = np.array([stable_steps(times[lam], lam, largest) for lam in lams])
            rows.add(
                pairs=pairs,
                side=side,
                draw=np.arange(ratios.shape[1]),
                falls=(ratios < 1).all(0),
                largest_ratio=ratios.max(0),
                total_ratio=ascending[-1] / ascending[0],
                steps_fall=(np.diff(steps, axis=0) < 0).all(0),
                total_steps_ratio=steps[-1] / steps[0],
            )
    return rows


def even(found):
    """Rows: the times at λ beside those at −λ, whose sign the function of a square network does not see."""
    rows = Rows()
    for pairs in SIGNS:
        for lam, times in found[pairs].items():
            if lam and -lam in found[pairs]:
                rows.add(pairs=pairs, lam=lam, deviation_time_to_threshold=deviation(times, found[pairs][-lam]))
    return rows


def time_to_pass(threshold, times, loss):
    """When each loss (runs, T) falls below the threshold, in units of its first."""
    relative = loss / loss[:, :1]
    if not (relative < threshold).any(1).all():
        raise ValueError("figD4.until is too short: a descent has not passed the threshold")
    return time_to_fall(times, relative, threshold)

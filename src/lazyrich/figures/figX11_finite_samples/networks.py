"""Networks that learn from finite samples: the exact solution from small starts on Σ̂, and its test loss."""

from itertools import product

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import Weights, lambda_balanced_weights
from ...linear.observables import loss
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, step_size, with_matching_sign
from . import spiked


def singular_values(config, spectrum):
    """s̃_α of the norm of all, in proportion to α^(−exponent)."""
    part = config["spectra"][spectrum]
    s = np.arange(1, part["rank"] + 1.0) ** -part["exponent"]
    return config["norm"] * s / np.linalg.norm(s)


def teacher(config, spectrum, rng):
    """Σ of these, in random directions."""
    n = config["width"]
    return task_from_singular_values(singular_values(config, spectrum), n, n, rng=rng).sigma_yx


def start(config, lam, n_hidden, rng):
    """A λ-balanced start; from one stream all of one hidden width have the same function, whatever λ is."""
    return lambda_balanced_weights(lam, config["width"], n_hidden, config["width"], rng=rng, scale=config["scale"])


def times(config):
    """0, and evenly in their logarithm."""
    return np.append(0.0, np.geomspace(10 ** config["log_first"], config["until"], config["n_times"] - 1))


def noise_size(config, n_examples):
    """Standard deviation of an entry of Σ̂ − Σ: σ/√P."""
    return config["noise"] / np.sqrt(n_examples)


class Draws:
    """Teachers, noises and starts of all draws, from the tables of the stage `task`."""

    def __init__(self, config, data):
        self.config, self.n_draws = config, config["n_draws"]
        teachers, starts = data["task/teachers"], data["task/starts"]
        self._teachers = {(row.spectrum, row.draw): row.teacher for row in teachers.itertuples()}
        self._noises = dict(zip(data["task/noises"]["draw"], data["task/noises"]["noise"], strict=True))
        self._starts = {(row.lam, row.n_hidden, row.draw): Weights(row.w1, row.w2) for row in starts.itertuples()}

    def task(self, spectrum, n_examples, draw):
        """(Σ, Σ̂)."""
        sigma = self._teachers[spectrum, draw]
        return sigma, sigma + noise_size(self.config, n_examples) * self._noises[draw]

    def start(self, lam, sigma_hat, draw, n_hidden=None):
        """A start, mirrored in one input where it would else meet the saddle that stops half of all starts at λ = 0."""
        return with_matching_sign(self._starts[lam, n_hidden or self.config["width"], draw], sigma_hat)

    def losses(self, spectrum, n_examples, lam, draw):
        """Test losses at all times, by the exact solution."""
        sigma, sigma_hat = self.task(spectrum, n_examples, draw)
        solution = exact_solution(*self.start(lam, sigma_hat, draw), sigma_hat, times(self.config), lam=lam)
        return loss(solution.network_function, sigma)


def add_curves(config, draws, curves, best, budgets):
    """Curves over time, the best stopping time and the test loss there, and the best within a budget."""
    moments, ends = times(config), (0.0, max(config["lambdas"]))
    for spectrum, n_examples, draw in product(config["spectra"], config["examples"], range(draws.n_draws)):
        based = n_examples == config["n_examples"]
        found = {}
        for lam in config["lambdas"] if based else ends:
            losses = draws.losses(spectrum, n_examples, lam, draw)
            place = losses.argmin()
            best.add(
                **{"spectrum": spectrum, "n_examples": n_examples, "lam": lam, "draw": draw},
                **{"t": moments[place], "test_loss": losses[place], "start_loss": losses[0], "end_loss": losses[-1]},
            )
            found[lam] = losses
        if not based or spectrum != config["spectrum"]:
            continue
        for lam in config["curves"]:
            losses = found[lam] if lam >= 0 else draws.losses(spectrum, n_examples, lam, draw)
            curves.add(
                spectrum=spectrum, lam=lam, draw=draw, place=np.arange(len(moments)), t=moments, test_loss=losses
            )
        largest = 2 * np.linalg.norm(draws.task(spectrum, n_examples, draw)[1], 2)
        _add_budgets(config["budgets"], moments, found, largest, draw, budgets)


def _add_budgets(part, moments, found, largest, draw, budgets):
    """Which λ has been best within a number of steps, and within the time that so many take at λ = 0."""
    lambdas = np.array(list(found))
    reached = np.minimum.accumulate(np.stack(list(found.values())), axis=1)
    for unit, rates in (("steps", np.hypot(lambdas, largest)), ("time", np.full(len(lambdas), largest))):
        for budget in part[unit]:
            last = 2 * part["step"] * budget / rates
            losses = np.array([np.interp(t, moments, row) for t, row in zip(last, reached, strict=True)])
            k = losses.argmin()
            budgets.add(
                **{"unit": unit, "budget": budget, "draw": draw, "best_lam": lambdas[k], "test_loss": losses[k]},
                **{"rich": losses[lambdas.argmin()], "lazy": losses[lambdas.argmax()]},
            )


def lazy_loss(config, n_examples):
    """(test loss, |λ|t) of a lazy network at its best stopping time, if its start is small: all modes shrink alike."""
    ratio = (config["norm"] / (config["width"] * noise_size(config, n_examples))) ** 2
    return config["norm"] ** 2 / 2 / (1 + ratio), np.log1p(ratio)


def add_ends(config, draws, ends, late):
    """Test loss at the end for every hidden width: the largest modes of Σ̂, and the exact solution at a late time."""
    part, n = config["ends"], config["width"]
    for spectrum, draw in product(config["spectra"], range(draws.n_draws)):
        sigma, sigma_hat = draws.task(spectrum, config["n_examples"], draw)
        u, s, vt = np.linalg.svd(sigma_hat)
        kept = [(u[:, :h] * s[:h]) @ vt[:h] for h in range(n + 1)]
        losses = loss(np.stack(kept), sigma)
        ends.add(spectrum=spectrum, n_hidden=np.arange(1, n + 1), draw=draw, test_loss=losses[1:])
        if draw >= part["n_draws"]:
            continue
        for lam, h in product(part["lambdas"], part["widths"]):
            first = draws.start(lam, sigma_hat, draw, h)
            function = exact_solution(*first, sigma_hat, [0.0, part["late_time"]], lam=lam).network_function[-1]
            key = {"spectrum": spectrum, "n_hidden": h, "lam": lam, "draw": draw}
            late.add(**key, test_loss=loss(function, sigma), deviation_network_function=deviation(function, kept[h]))


def add_descents(config, draws, curves, agreement, flows):
    """Descent beside the exact solution on the task of the curves, and the integrated flow of some draws."""
    part, n_examples, spectrum = config["descent"], config["n_examples"], config["spectrum"]
    for lam in part["lambdas"]:
        tasks = [draws.task(spectrum, n_examples, draw) for draw in range(part["n_draws"])]
        sigma, sigma_hat = (np.stack(one) for one in zip(*tasks, strict=True))
        starts = [draws.start(lam, one, draw) for draw, one in enumerate(sigma_hat)]
        w1, w2 = (np.stack(one) for one in zip(*starts, strict=True))
        rate = part["step"] / np.hypot(lam, 2 * max(np.linalg.norm(one, 2) for one in sigma_hat))
        first = max(10 ** config["log_first"] / rate, 1)
        steps = np.geomspace(first, config["until"] / rate, part["n_records"] - 1).round()
        steps = np.unique(np.append(0, steps).astype(int))
        run = gradient_descent(w1, w2, sigma_hat, learning_rate=rate, steps=steps[-1], record_at=steps)
        exact = exact_solution(w1, w2, sigma_hat, steps * rate, lam=lam).network_function
        losses = loss(run.network_function, sigma[:, None])
        for draw in range(part["n_draws"]):
            curves.add(lam=lam, draw=draw, step=steps, t=steps * rate, test_loss=losses[draw])
            compared = {"deviation_network_function": deviation(run.network_function[draw], exact[draw])}
            agreement.add(lam=lam, draw=draw, **compared, step_size=step_size(rate, lam, sigma_hat[draw]))
            if draw < part["n_flow_draws"]:
                flow = gradient_flow(*starts[draw], sigma_hat[draw], steps * rate).network_function
                flows.add(lam=lam, draw=draw, deviation_flow_network_function=deviation(flow, exact[draw]))


def limits(config):
    """Rows of closed forms against P: lazy networks, and rich ones of one mode in the limit of large widths."""
    low, high = np.log10([min(config["examples"]), max(config["examples"])])
    for n_examples in np.unique([*config["examples"], *np.logspace(low, high, 61).round().astype(int)]):
        loss, time = lazy_loss(config, n_examples)
        mode = config["norm"] / (noise_size(config, n_examples) * np.sqrt(config["width"]))
        kept = spiked.overlap(mode, 1.0) ** 2 if spiked.seen(mode, 1.0) else 0.0
        rich = config["norm"] ** 2 / 2 * (1 - kept)
        yield {"n_examples": n_examples, "lazy": loss, "lazy_time": time, "rich": rich}

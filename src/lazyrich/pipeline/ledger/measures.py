"""How numbers from the tables become the one number of a claim.

Each measure takes the results, the claim's figure, and what its `measure` in claims.yaml says besides `take`:
mostly the conditions of `Results.select`.
"""

import numpy as np

from .selection import numbers


def _absolute(values, absolute):
    return np.abs(values) if absolute else values


def largest(results, figure, absolute=False, **chosen):
    """The largest of the chosen numbers (of their sizes, if `absolute`)."""
    return _absolute(results.values(figure, **chosen), absolute).max()


def least(results, figure, absolute=False, **chosen):
    """The least of the chosen numbers."""
    return _absolute(results.values(figure, **chosen), absolute).min()


def mean(results, figure, **chosen):
    """Their mean."""
    return results.values(figure, **chosen).mean()


def where_least(results, figure, quantity, along, **chosen):
    """The number of `along` at the entry at which the curve `quantity` is least."""
    curve, places = (results.values(figure, name, **chosen) for name in (quantity, along))
    if curve.shape != places.shape:
        raise ValueError(f"{quantity} has {curve.size} numbers and {along} {places.size}: not one curve")
    return places[curve.argmin()]


def furthest(results, figure, value, **chosen):
    """Of the chosen numbers the one furthest from `value`."""
    values = results.values(figure, **chosen)
    return values[np.abs(values - value).argmax()]


def smallest_step(results, figure, falling=False, **chosen):
    """The smallest rise (or fall) from one number to the next in the order of λ: larger than 0 if strictly so."""
    steps = np.diff(results.values(figure, **chosen))
    return (-steps if falling else steps).min()


def _ratios(results, figure, of, over):
    """Ratios of two choices of numbers; ValueError unless each pair has one λ, task, step and entry."""
    a, b = results.select(figure, **of), results.select(figure, **over)
    key = [name for name in ("lam", "task_index", "step", "index") if name in a]
    if len(a) != len(b) or not (a[key].to_numpy() == b[key].to_numpy()).all():
        raise ValueError(f"{of} ({len(a)} records) and {over} ({len(b)}) are not pairs of one λ, task, step and entry")
    return numbers(a) / numbers(b)


def largest_ratio(results, figure, of, over):
    """The largest ratio of two choices of numbers, one by one."""
    return _ratios(results, figure, of, over).max()


def ratio_furthest_from_one(results, figure, of, over):
    """Of the ratios of two choices of numbers, one by one, the one furthest from 1."""
    ratios = _ratios(results, figure, of, over)
    return ratios[np.abs(ratios - 1).argmax()]


def share_of(results, figure, quantity, other, **chosen):
    """The one number `quantity` as a share of it and `other` together."""
    one, rest = (results.values(figure, quantity=name, **chosen).sum() for name in (quantity, other))
    return one / (one + rest)


def largest_share(results, figure, **chosen):
    """The largest deviation in units of ηκ of its run."""
    records = results.select(figure, **chosen)
    return (records["value"] / records["run_id"].map(step_sizes(results.records(figure)))).max()


def step_sizes(records):
    """ηκ of every run, κ = √(λ² + 4s̃²) the fastest rate of its flow: {run_id: number}.

    From the run's Σyx, the largest of a sequence; a run whose task is stored elsewhere states its `step_size`.
    """
    sizes = {}
    for row in records[records["quantity"] == "sigma_yx"].itertuples():
        s = np.linalg.norm(np.reshape(row.matrix, (int(row.n_rows), int(row.n_cols))), 2)
        sizes[row.run_id] = max(sizes.get(row.run_id, 0.0), row.learning_rate * np.hypot(row.lam, 2 * s))
    stated = records[records["quantity"] == "step_size"]
    return sizes | dict(zip(stated["run_id"], stated["value"], strict=True))


def of_one_item(results, figure, source):
    """figD3: the least ratio of the errors at the two ends of λ, over the properties that one item has alone."""
    members = results.select(figure, "members_level*", source=source)
    alone = members[members["value"] == 1]
    return 10 ** min(
        results.values(figure, name.replace("members", "log_ratio"), source=source, run_id=run_id).min()
        for name, run_id in zip(alone["quantity"], alone["run_id"], strict=True)
    )


def layer_singular_value_gap(results, figure, source):
    """Theorem 5.2 along each run: the largest difference of the eigenvalues of W1ᵀW1 and W2W2ᵀ from what the singular
    values of W2W1 and λ give, relative to the largest eigenvalue.
    """
    worst = 0.0
    for run in results.runs(figure).query("panel == 'dynamics'").itertuples():
        n_in, n_out = run.n_in, run.n_out
        chosen = {"source": source, "run_id": run.run_id}
        function = results.values(figure, "network_function", **chosen).reshape(-1, n_out, n_in)
        m = min(n_in, run.n_hidden, n_out)
        s = np.linalg.svd(function, compute_uv=False)[:, :m]
        for name, n, sign in (("input_representation", n_in, -1), ("output_representation", n_out, 1)):
            values = np.linalg.eigvalsh(results.values(figure, name, **chosen).reshape(-1, n, n))[:, ::-1]
            expected = (np.sqrt(run.lam**2 + 4 * s**2) + sign * run.lam) / 2
            worst = max(worst, np.abs(values[:, :m] - expected).max() / values.max())
    return worst


MEASURES = {
    function.__name__: function
    for function in (
        *(largest, least, where_least, mean, furthest, smallest_step, largest_ratio, ratio_furthest_from_one, share_of),
        *(largest_share, of_one_item, layer_singular_value_gap),
    )
}

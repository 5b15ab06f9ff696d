"""What the values of config.yaml must be to each other, for the figures on where the assumptions do not hold."""


def _fig_x2(block):
    """Networks whose end is known, and what is drawn and judged among what is computed."""
    delayed, lams, large = block["delayed"], block["lambdas"], block["statement_lambda"]
    if len(set(block["shape"])) > 1:
        yield f"figX2.shape = {block['shape']} must have three equal widths"
    if len(block["singular_values"]) != block["shape"][0]:
        yield f"figX2.singular_values = {block['singular_values']} must be {block['shape'][0]}, the width"
    n_in, n_hidden, n_out = delayed["shape"]
    if not n_in == n_hidden < n_out:
        yield f"figX2.delayed.shape = {delayed['shape']} must have n_in = n_hidden < n_out, an inverted funnel"
    if lams != sorted(lams) or not {0, large, -large} <= set(lams):
        yield f"figX2.lambdas = {lams} must ascend, and hold 0 and ± statement_lambda = {large:g}"
    for name, wanted in (("compared_lambdas", {0, large}), ("whitened_lambdas", {0})):
        if not wanted <= set(block[name]) <= set(lams):
            yield f"figX2.{name} = {block[name]} must hold {sorted(wanted)} and be among figX2.lambdas"
    conditions = block["conditions"]
    if conditions != sorted(conditions) or block["shown_condition"] not in conditions:
        yield f"figX2.conditions = {conditions} must ascend, and hold shown_condition = {block['shown_condition']:g}"
    for name, some in (("drawn_conditions", block["drawn_conditions"]), ("delayed.conditions", delayed["conditions"])):
        if not set(some) <= set(conditions):
            yield f"figX2.{name} = {some} must be among figX2.conditions"


def _fig_x3(block):
    """Networks that can learn all of the digits and exist at every λ, and what is drawn among what is computed."""
    n_in, n_hidden = block["digits"]["n_components"], block["digits"]["n_hidden"]
    least, most = min(9, n_in), min(10, n_in)
    if not least <= n_hidden <= most:
        yield (
            f"figX3.digits.n_hidden = {n_hidden} must be from {least}, to learn all of the task without a bottleneck, "
            f"to {most}, for λ-balanced weights at both signs of λ"
        )
    lams, simulated = block["lambdas"], block["simulated_lambdas"]
    if lams != sorted(lams) or not set(block["drawn_lambdas"]) <= set(simulated) <= set(lams):
        yield f"figX3.lambdas = {lams} must ascend and hold simulated_lambdas, and these hold drawn_lambdas"
    if 0 not in block["drawn_lambdas"] or not any(lam > 0 and -lam in simulated for lam in simulated):
        yield "figX3 needs 0 among its drawn_lambdas, and some λ and −λ among its simulated_lambdas"
    if block["from_t"] >= min(block[name]["until"] for name in ("digits", "diabetes")):
        yield f"figX3.from_t = {block['from_t']:g} must be before the last time"


CHECKS = {
    "figX2": _fig_x2,
    "figX3": _fig_x3,
}

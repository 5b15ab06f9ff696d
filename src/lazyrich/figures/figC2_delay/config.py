"""What the values of figC2's block of config.yaml must be to each other."""


def mistakes(block):
    """The widths that the law of the delay needs, and λ in an order and number that can be drawn and fitted."""
    n_in, n_hidden, n_out = (block[k] for k in ("n_in", "n_hidden", "n_out"))
    if n_in != n_hidden:
        yield f"figC2.n_in = {n_in} must be n_hidden = {n_hidden} for the law of the delay"
    if n_out < 2 * n_hidden:
        yield f"figC2.n_out = {n_out} must be at least 2 n_hidden = {2 * n_hidden} for a start at 45° to the task"
    lams = block["lambdas"]
    if lams != sorted(lams):
        yield f"figC2.lambdas = {lams} must ascend"
    if sum(lam >= block["slope_from"] for lam in lams) < 2:
        yield f"figC2.slope_from = {block['slope_from']:g} must leave at least two of figC2.lambdas to fit a slope"
    if (scatter := block["draw"]["scatter_lambda"]) not in lams:
        yield f"figC2.draw.scatter_lambda = {scatter:g} is not in figC2.lambdas"
    if block["late_loss"][0] <= block["late_loss"][1]:
        yield f"figC2.late_loss = {block['late_loss']} must be the larger loss first"

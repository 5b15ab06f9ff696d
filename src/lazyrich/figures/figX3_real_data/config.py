"""What the values of figX3's block of config.yaml must be to each other."""


def mistakes(block):
    """Networks that can learn all of the digits and exist at every λ, and what is drawn among what is computed."""
    n_in, n_hidden = block["digits"]["n_components"], block["digits"]["n_hidden"]
    least, most = min(9, n_in), min(10, n_in)
    if not least <= n_hidden <= most:
        yield (
            f"figX3.digits.n_hidden = {n_hidden} must be from {least}, to learn all of the task without a bottleneck, "
            f"to {most}, for λ-balanced weights at both signs of λ"
        )
    lams, simulated, drawn = block["lambdas"], block["simulated_lambdas"], block["draw"]["drawn_lambdas"]
    if lams != sorted(lams) or not set(drawn) <= set(simulated) <= set(lams):
        yield f"figX3.lambdas = {lams} must ascend and hold simulated_lambdas, and these hold drawn_lambdas"
    if 0 not in drawn or not any(lam > 0 and -lam in simulated for lam in simulated):
        yield "figX3 needs 0 among its drawn_lambdas, and some λ and −λ among its simulated_lambdas"
    if block["from_t"] >= min(block[name]["until"] for name in ("digits", "diabetes")):
        yield f"figX3.from_t = {block['from_t']:g} must be before the last time"

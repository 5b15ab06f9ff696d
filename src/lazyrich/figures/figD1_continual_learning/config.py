"""What the values of figD1's block of config.yaml must be to each other."""


def mistakes(block):
    """Tasks that can be whitened, λ that are drawn and simulated among those computed, and stages long enough."""
    if block["n_examples"] < block["size"]:
        few, size = block["n_examples"], block["size"]
        yield f"figD1.n_examples = {few} must be at least size = {size} to whiten the inputs"
    if block["shown_lambda"] not in block["lambdas"]:
        yield f"figD1.shown_lambda = {block['shown_lambda']:g} is not in figD1.lambdas"
    conditioned, zero = block["conditioned"], block["zero"]
    lams = conditioned["lambdas"]
    if lams != sorted(lams):
        yield f"figD1.conditioned.lambdas = {lams} must ascend"
    for lam in conditioned["simulated_lambdas"]:
        if lam not in lams:
            yield f"figD1.conditioned.simulated_lambdas holds {lam:g}, which is not in figD1.conditioned.lambdas"
    for name in ("lambdas", "simulated_lambdas"):
        if 0 not in conditioned[name]:
            yield f"figD1.conditioned.{name} must hold 0, which panel G draws"
    if conditioned["singular_values"][0] > conditioned["singular_values"][1]:
        yield f"figD1.conditioned.singular_values = {conditioned['singular_values']} must be the smaller one first"
    steps = block["difference_steps"]
    if steps != sorted(steps, reverse=True):
        yield f"figD1.difference_steps = {steps} must be the largest first"
    until = block["n_steps"] * block["learning_rate"]
    if not 3 * block["learning_rate"] <= block["shown"] < until:
        yield f"figD1.shown = {block['shown']:g} must be at least three steps and less than the {until:g} of a task"
    if zero["shown"] >= conditioned["until"]:
        yield f"figD1.zero.shown = {zero['shown']:g} must be less than conditioned.until = {conditioned['until']:g}"
    if zero["stuck_until"] > zero["shown"]:
        yield f"figD1.zero.stuck_until = {zero['stuck_until']:g} must be at most zero.shown = {zero['shown']:g}"
    if zero["n_shown"] > block["n_draws"]:
        yield f"figD1.zero.n_shown = {zero['n_shown']} must be at most n_draws = {block['n_draws']}"

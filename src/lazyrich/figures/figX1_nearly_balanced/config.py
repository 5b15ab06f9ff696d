"""What the values of figX1's block of config.yaml must be to each other."""

from ...linear.initialisation import infeasible


def mistakes(block):
    """Widths that are whole, families that are what they are called, λ* that exist, and something to fit and draw."""
    for family in ("fixed", "narrow", "wide"):
        part = block[family]
        if part["n_in"] != sorted(part["n_in"]):
            yield f"figX1.{family}.n_in = {part['n_in']} must ascend"
        for scheme in block["schemes"]:
            if scheme not in part["dynamics"]:
                yield f"figX1.{family}.dynamics must hold {scheme}, which is in figX1.schemes"
            elif sum(n <= part["dynamics"][scheme] for n in part["n_in"]) < 2:
                yield f"figX1.{family}.dynamics.{scheme} must leave at least two of figX1.{family}.n_in to fit a slope"
        if family != "fixed":
            one, hidden, out = part["ratio"]
            narrow = hidden <= min(one, out)
            if (family == "narrow") != narrow or (family == "wide" and hidden <= max(one, out)):
                yield f"figX1.{family}.ratio = {part['ratio']} must have a hidden layer {family}er than both others"
            for n in part["n_in"]:
                if n * hidden % one or n * out % one or n * hidden < 2 * one:
                    yield f"figX1.{family}.n_in holds {n}, which makes no whole widths of ratio {part['ratio']}"
    if block["fixed"]["n_hidden"] > min(block["fixed"]["n_in"]):
        yield f"figX1.fixed.n_hidden = {block['fixed']['n_hidden']} must be at most the least of figX1.fixed.n_in"
    part = block["perturbed"]
    for lam in part["lambdas"]:
        if reason := infeasible(lam, *part["shape"]):
            yield f"figX1.perturbed.lambdas holds {lam:g}, but no λ-balanced weights exist: {reason}"
    if not 2 <= part["shape"][1] <= min(part["shape"]):
        yield f"figX1.perturbed.shape = {part['shape']} must have a hidden layer of at least 2, and not the widest"
    if part["sizes"] != sorted(part["sizes"]):
        yield f"figX1.perturbed.sizes = {part['sizes']} must ascend"
    until = block["draw"]["fitted_until"]
    if sum(size <= until for size in part["sizes"]) < 2:
        yield f"figX1.draw.fitted_until = {until:g} must leave at least two of figX1.perturbed.sizes to fit"
    for family, scheme, n_in in block["shown"]:
        known = scheme in block["schemes"] and n_in in block[family]["n_in"]
        if not known or n_in > block[family]["dynamics"].get(scheme, 0):
            yield f"figX1.shown holds {[family, scheme, n_in]}, which is not followed in time"
    if block["draw"]["quantiles"] != sorted(block["draw"]["quantiles"]):
        yield f"figX1.draw.quantiles = {block['draw']['quantiles']} must ascend"
    if block["learned"] > block["level"]:
        yield f"figX1.learned = {block['learned']:g} must be at most figX1.level = {block['level']:g}"

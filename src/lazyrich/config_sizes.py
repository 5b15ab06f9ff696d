"""What the values of figX4 and figX5 must be to each other."""

import math

from .initialisation import infeasible


def _fig_x4(block):
    """Starts that exist, and what is simulated or compared among what is computed."""
    n = len(block["singular_values"])
    shares, sizes, imbalance = (block[name] for name in ("fixed_size", "fixed_lambda", "imbalance"))
    for name, values in (("sizes", block["sizes"]), ("fixed_size.shares", shares["shares"])):
        if values != sorted(values):
            yield f"figX4.{name} = {values} must ascend"
    if 0 not in shares["shares"]:
        yield f"figX4.fixed_size.shares = {shares['shares']} must hold 0, with which the others are compared"
    if shares["simulated_size"] not in shares["sizes"]:
        yield f"figX4.fixed_size.simulated_size = {shares['simulated_size']:g} is not in figX4.fixed_size.sizes"
    for share in shares["simulated_shares"]:
        if share not in shares["shares"]:
            yield f"figX4.fixed_size.simulated_shares holds {share:g}, which is not in figX4.fixed_size.shares"
    lams, widths = sizes["lambdas"], sizes["unbalanced_widths"]
    if lams != sorted(lams) or lams[0] != 0:
        yield f"figX4.fixed_lambda.lambdas = {lams} must ascend from 0"
    if sizes["largest"] <= max(sizes["least"], lams[-1] / block["edge"]):
        yield (
            f"figX4.fixed_lambda.largest = {sizes['largest']:g} must be above least = {sizes['least']:g} and above "
            f"{lams[-1] / block['edge']:g}, the least size at λ = {lams[-1]:g}: balanced weights need |λ| < size"
        )
        return
    ratio = (sizes["largest"] / sizes["least"]) ** (1 / (sizes["n_sizes"] - 1))
    for size in sizes["simulated_sizes"]:
        place = math.log(size / sizes["least"]) / math.log(ratio)
        if not -0.5 < place < sizes["n_sizes"] - 0.5 or abs(place - round(place)) > 1e-6:
            yield f"figX4.fixed_lambda.simulated_sizes holds {size:g}, which is none of the sizes at λ = 0"
    for name, values in (("fixed_lambda.unbalanced_widths", widths), ("imbalance.widths", imbalance["widths"])):
        if values != sorted(values):
            yield f"figX4.{name} = {values} must ascend"
    gaps = imbalance["gaps"]
    if gaps != sorted(gaps, reverse=True) or gaps[0] != 1:
        yield f"figX4.imbalance.gaps = {gaps} must descend from 1, which is λ = 0"
    if imbalance["wide_out"] <= n:
        yield f"figX4.imbalance.wide_out = {imbalance['wide_out']} must be above the {n} inputs, one a singular value"


def _fig_x5(block):
    """Shapes that are what they are called, λ on either side, the lazy widths among those drawn, a feasible course."""
    shapes, widths, lams = block["shapes"], block["n_hidden"], block["lambdas"]
    kinds = {"funnel": lambda n, m: n > m, "square": lambda n, m: n == m, "inverted funnel": lambda n, m: n < m}
    for shape, (n_in, n_out) in shapes.items():
        if not kinds[shape](n_in, n_out):
            yield f"figX5.shapes.{shape} = {[n_in, n_out]} (inputs, outputs) is no {shape}"
        if missing := {n_in, n_out} - set(widths):
            yield f"figX5.n_hidden = {widths} must hold {max(missing)}, at which a large |λ| of the {shape} is lazy"
    if widths != sorted(widths):
        yield f"figX5.n_hidden = {widths} must ascend"
    if lams != sorted(lams) or 0 not in lams or lams[0] != -lams[-1]:
        yield f"figX5.lambdas = {lams} must ascend from −λ to λ and hold 0"
    if block["weakest"] >= block["strongest"]:
        yield f"figX5.weakest = {block['weakest']:g} must be below figX5.strongest = {block['strongest']:g}"
    delay, agreement, course = block["delay"], block["agreement"], block["course"]
    if delay["lambda"] not in lams:
        yield f"figX5.delay.lambda = {delay['lambda']:g} is not in figX5.lambdas"
    if delay["least"] >= delay["largest"]:
        yield f"figX5.delay.least = {delay['least']:g} must be before figX5.delay.largest = {delay['largest']:g}"
    if agreement["until"] < 2 * agreement["learning_rate"]:
        yield f"figX5.agreement.until = {agreement['until']:g} must be at least two steps of its learning_rate"
    if course["until"] < 2 * course["relative_rate"] / abs(course["lambda"]):
        yield f"figX5.course.until = {course['until']:g} must be at least two steps, each of relative_rate/|λ|"
    n_in, n_out = shapes[course["shape"]]
    for n_hidden in course["n_hidden"]:
        if reason := infeasible(course["lambda"], n_in, n_hidden, n_out):
            yield f"figX5.course.n_hidden holds {n_hidden}, but no λ-balanced weights exist: {reason}"


# figure -> the check of its block
CHECKS = {"figX4": _fig_x4, "figX5": _fig_x5}

"""What the values of config.yaml must be to each other, for the figures beyond the paper."""

import math
import operator

from .initialisation import infeasible

# name of a shape -> whether inputs and outputs make it
KINDS = {"funnel": operator.gt, "square": operator.eq, "inverted": operator.lt, "inverted funnel": operator.lt}


def _fig_x1(block):
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
    if sum(size <= block["fitted_until"] for size in part["sizes"]) < 2:
        yield f"figX1.fitted_until = {block['fitted_until']:g} must leave at least two of figX1.perturbed.sizes to fit"
    for family, scheme, n_in in block["shown"]:
        known = scheme in block["schemes"] and n_in in block[family]["n_in"]
        if not known or n_in > block[family]["dynamics"].get(scheme, 0):
            yield f"figX1.shown holds {[family, scheme, n_in]}, which is not followed in time"
    if block["quantiles"] != sorted(block["quantiles"]):
        yield f"figX1.quantiles = {block['quantiles']} must ascend"
    if block["learned"] > block["level"]:
        yield f"figX1.learned = {block['learned']:g} must be at most figX1.level = {block['level']:g}"


def _fig_x2(block):
    """Networks whose end is known, and what is drawn and judged among what is computed."""
    delayed, lams, large = block["delayed"], block["lambdas"], block["statement_lambda"]
    if len(set(block["shape"])) > 1:
        yield f"figX2.shape = {block['shape']} must have three equal widths"
    if min(block["shape"]) < 2:
        yield f"figX2.shape = {block['shape']} must be at least 2 wide: one direction has no structure"
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
    apart = max(math.log(sizes["largest"]) - math.log(sizes["least"]), 1e-300) / (sizes["n_sizes"] - 1)
    for size in sizes["simulated_sizes"]:
        place = (math.log(size) - math.log(sizes["least"])) / apart
        if not -0.5 < place < sizes["n_sizes"] - 0.5 or abs(place - round(place)) > 1e-6:
            yield f"figX4.fixed_lambda.simulated_sizes holds {size:g}, which is none of the sizes at λ = 0"
    for name, values in (("fixed_lambda.unbalanced_widths", widths), ("imbalance.widths", imbalance["widths"])):
        if values != sorted(values):
            yield f"figX4.{name} = {values} must ascend"
        if min(values) < n:
            yield f"figX4.{name} = {values} must be at least {n}: a narrower layer cannot learn as many singular values"
    if block["descent"]["most_steps"] < block["descent"]["n_steps"]:
        least = block["descent"]["n_steps"]
        yield f"figX4.descent.most_steps = {block['descent']['most_steps']:g} must be at least n_steps = {least}"
    gaps = imbalance["gaps"]
    if gaps != sorted(gaps, reverse=True) or gaps[0] != 1:
        yield f"figX4.imbalance.gaps = {gaps} must descend from 1, which is λ = 0"
    if imbalance["wide_out"] <= n:
        yield f"figX4.imbalance.wide_out = {imbalance['wide_out']} must be above the {n} inputs, one a singular value"


def _fig_x5(block):
    """Shapes that are what they are called, λ on either side, the lazy widths among those drawn, a feasible course."""
    shapes, widths, lams = block["shapes"], block["n_hidden"], block["lambdas"]
    for shape, (n_in, n_out) in shapes.items():
        if not KINDS[shape](n_in, n_out):
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


def _fig_x6(block):
    """Inputs that can be whitened, targets that exist, and λ in the order in which they are drawn."""
    if block["n_examples"] < block["width"]:
        yield f"figX6.n_examples = {block['n_examples']} must be at least width = {block['width']} to whiten the inputs"
    if len(block["singular_values"]) > block["width"]:
        yield f"figX6.singular_values = {block['singular_values']} must be at most width = {block['width']} numbers"
    # 4N scale² is about the largest singular value of the start's function, by which η is too large for it
    largest = math.sqrt(max(block["singular_values"]) / (2 * block["step"] * block["width"]))
    if block["scale"] >= largest:
        yield f"figX6.scale = {block['scale']:g} must be less than {largest:.3g}, or with figX6.step descent diverges"
    if block["lambdas"] != sorted(block["lambdas"]):
        yield f"figX6.lambdas = {block['lambdas']} must ascend"


def _fig_x7(block):
    """Depths that are compared, λ in the order in which they are drawn, and a mode that grows to half its target."""
    if not {2, 3} <= set(block["n_layers"]):
        yield f"figX7.n_layers = {block['n_layers']} must hold 2 and 3"
    for name, lams in (("lambdas", block["lambdas"]), ("random.lambdas", block["random"]["lambdas"])):
        if lams != sorted(lams):
            yield f"figX7.{name} = {lams} must ascend"
    if block["lambdas"][0] != 0:
        yield f"figX7.lambdas = {block['lambdas']} must begin with 0"
    if block["initial"] >= min(block["singular_values"]) / 10:
        yield f"figX7.initial = {block['initial']:g} must be less than a tenth of every one of figX7.singular_values"
    if block["random"]["function"] / 10 >= 0.999 * min(block["singular_values"]):
        yield f"figX7.random.function = {block['random']['function']:g} must be small beside figX7.singular_values"
    if block["sweep"]["log_lambda"][0] >= block["sweep"]["log_lambda"][1]:
        yield f"figX7.sweep.log_lambda = {block['sweep']['log_lambda']} must ascend"


def _fig_x8(block):
    """Layers that can be orthogonal, a task that they can learn, and a range of ratios."""
    for shape, (n_in, n_hidden, n_out) in block["shapes"].items():
        if not KINDS[shape](n_in, n_out):
            yield f"figX8.shapes.{shape} = {[n_in, n_hidden, n_out]} (inputs, hidden neurons, outputs) is no such shape"
        if n_hidden > min(n_in, n_out):
            widths = [n_in, n_hidden, n_out]
            yield f"figX8.shapes.{shape} = {widths} needs n_hidden ≤ n_in and n_out: its layers are orthogonal"
        if len(block["singular_values"]) > min(n_in, n_hidden, n_out):
            least = min(n_in, n_hidden, n_out)
            yield f"figX8.singular_values = {block['singular_values']} are more than the {shape} can learn: {least}"
    if len(block["singular_values"]) > block["equal"]["width"]:
        yield f"figX8.equal.width = {block['equal']['width']} must be at least the number of figX8.singular_values"
    if block["size"] > math.sqrt(max(block["singular_values"])):
        yield (
            f"figX8.size = {block['size']:g} must be at most the root of the largest of figX8.singular_values, "
            f"{math.sqrt(max(block['singular_values'])):.3g}: the step is that of the task"
        )
    if block["log_ratio"][0] >= block["log_ratio"][1]:
        yield f"figX8.log_ratio = {block['log_ratio']} must ascend"


# figure -> the check of its block
CHECKS = {
    "figX1": _fig_x1,
    "figX2": _fig_x2,
    "figX3": _fig_x3,
    "figX4": _fig_x4,
    "figX5": _fig_x5,
    "figX6": _fig_x6,
    "figX7": _fig_x7,
    "figX8": _fig_x8,
}

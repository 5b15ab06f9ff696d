"""What the values of figX5's block of config.yaml must be to each other."""

from ...linear.initialisation import infeasible
from ...pipeline.config_values import KINDS


def mistakes(block):
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

"""What the block figX5 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...linear.initialisation import infeasible
from ...pipeline.config_types import NOT_ZERO, Block, Lambdas, Many, Positive, Share, Width, Widths, chosen, one_of
from ...pipeline.config_values import KINDS


class Shapes(Block):
    """Input and output widths."""

    funnel: Annotated[list[Width], Len(2, 2)] = chosen("inputs and outputs of the funnel")
    square: Annotated[list[Width], Len(2, 2)] = chosen("inputs and outputs of the square")
    inverted_funnel: Annotated[list[Width], Len(2, 2)] = chosen(
        "inputs and outputs of the inverted funnel", alias="inverted funnel"
    )


class Delay(Block):
    """Time to learn."""

    lam: Positive = chosen("relative scale, of either sign", alias="lambda")
    learned: Share = chosen("loss above its floor, in units of ½‖Σyx‖²")
    least: Positive = chosen("first time")
    largest: Positive = chosen("last time")
    n_times: Many = chosen("times")


class Agreement(Block):
    """Descent and flow beside the exact solution."""

    lambdas: Lambdas = chosen("relative scales")
    learning_rate: Positive = chosen("learning rate η")
    until: Positive = chosen("last time")
    n_records: Many = chosen("recorded steps")
    n_flow_times: Many = chosen("times of the integrated flow")


class Course(Block):
    """Loss over time."""

    shape: Annotated[str, one_of("funnel", "square", "inverted funnel")] = chosen("which shape")
    lam: Annotated[float, Ge(-1e4), Le(1e4), NOT_ZERO] = chosen("relative scale", alias="lambda")
    n_hidden: Widths = chosen("hidden widths")
    draw: Annotated[int, Ge(0)] = chosen("which draw")
    relative_rate: Positive = chosen("learning rate η times |λ|")
    until: Positive = chosen("last time")
    n_records: Many = chosen("recorded steps")


class Config(Block):
    """Every hidden width."""

    shapes: Shapes
    n_hidden: Widths = chosen("hidden widths, ascending")
    strongest: Positive = chosen("largest singular value of the task")
    weakest: Positive = chosen("smallest singular value of the task")
    scale: Positive = chosen("standard deviation of the drawn weights")
    n_draws: Many = chosen("tasks and starts")
    lambdas: Lambdas = chosen("relative scales of the map, ascending, with either sign and 0")
    until: Positive = chosen("time at which the exact solution has converged")
    delay: Delay
    agreement: Agreement
    course: Course

    @staticmethod
    def mistakes(block):
        """Shapes that are what they are called, λ on either side, the lazy widths among those drawn, a feasible
        course.
        """
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

"""What the block figX9 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt

from ...linear.initialisation import infeasible
from ...pipeline.config_types import NOT_ZERO, UNIQUE, Block, Count, Lambda, Many, Positive, Shape, Width, chosen

Decay = Annotated[float, Gt(0), Le(100)]
Decays = Annotated[list[Decay], Len(1), UNIQUE]
Step = Annotated[float, Gt(0), Lt(1)]
Pair = Annotated[list[Annotated[float, Ge(-6), Le(6)]], Len(2, 2)]
Ratio = Annotated[float, Gt(0), Lt(100)]
Scales = Annotated[list[Annotated[float, Ge(-1e4), Le(1e4), NOT_ZERO]], Len(1), UNIQUE]
Sizes = Annotated[list[Annotated[float, Gt(0), Le(1e4)]], Len(2), UNIQUE]


class Descent(Block):
    """Gradient descent beside the exact solution."""

    step: Step = chosen("size of a gradient step in units of the fastest rate")
    lambdas: Scales = chosen("relative scales of the starts")
    n_records: Many = chosen("points of a curve")
    n_flow_times: Many = chosen("times compared with the integrator")
    n_draws: Count = chosen("draws, of those of the theory")


class Ends(Block):
    """Where training ends."""

    weight_decays: Annotated[list[Decay], Len(2, 2)] = chosen("least and largest γ")
    n_weight_decays: Many = chosen("γ between")
    late: Decays = chosen("γ of which the exact solution is followed to its end")
    late_time: Positive = chosen("that end")
    n_draws: Count = chosen("draws, of those of the theory")


class Forgetting(Block):
    """When noise is forgotten."""

    ratio: Annotated[float, Gt(0), Lt(1)] = chosen("ŝ/γ of a mode of noise")
    weight_decays: Decays = chosen("weight decay γ")
    log_lambda: Pair = chosen("log10 of the least and the largest λ at the start")
    n_lambdas: Many = chosen("λ between")
    descent: Sizes = chosen("λ at the start of descent of one mode")
    step: Step = chosen("size of a gradient step of it in units of the fastest rate")
    network: Sizes = chosen("λ at the start of networks")
    n_network_times: Many = chosen("times between which the fall of their test loss is found")
    n_draws: Many = chosen("networks, of those of the theory")


class Collapse(Block):
    """Strengths of modes against the relative scale that is left."""

    ratios: Annotated[list[Ratio], Len(1), UNIQUE] = chosen("targets ŝ/γ of the modes")
    weight_decays: Decays = chosen("weight decay γ")
    lambdas: Scales = chosen("relative scales of the starts")
    log_held: Pair = chosen("log10 of the least and the largest |λ|/2γ")
    n_held: Many = chosen("points of a curve")
    kappa_ratios: Annotated[list[Ratio], Len(2, 2)] = chosen("least and largest ŝ/γ of κ")
    n_kappas: Many = chosen("ŝ/γ between")


class Widths(Block):
    """Inputs, hidden neurons and outputs."""

    funnel: Shape = chosen("a bottleneck")
    wide: Shape = chosen("more hidden neurons than inputs")
    square: Shape = chosen("equal widths")


class Shapes(Block):
    """The end for several shapes."""

    widths: Widths
    lam: Annotated[Lambda, NOT_ZERO] = chosen("relative scale of the start")
    scale: Positive = chosen("standard deviation of the entries of Σyx")
    start: Positive = chosen("standard deviation of the draw whose product is kept")
    weight_decays: Decays = chosen("weight decay γ")
    until: Positive = chosen("last time of descent")
    step: Step = chosen("size of a gradient step in units of the fastest rate")
    late_time: Positive = chosen("last time of the exact solution")
    n_draws: Many = chosen("tasks and starts")


class Relu(Block):
    """ReLU networks with one output."""

    n_in: Width = chosen("inputs")
    n_hidden: Annotated[Width, Ge(2)] = chosen("neurons, half of them with a readout above 0")
    n_teacher: Width = chosen("neurons of the teacher")
    n_examples: Count = chosen("Gaussian inputs to learn from")
    n_test: Count = chosen("Gaussian inputs to test on")
    noise: Positive = chosen("standard deviation of the noise on the targets")
    size: Positive = chosen("|w||a| of every neuron at the start")
    lambdas: Annotated[Scales, Len(2)] = chosen("relative scales of every neuron")
    weight_decay: Decay = chosen("weight decay γ")
    last: Positive = chosen("|λ|/2γ at the last time")
    step: Step = chosen("size of a gradient step in units of n_hidden |λ|/2")
    coarser: Annotated[float, Gt(1)] = chosen("how many times larger the steps of a second run from the largest |λ|")
    floor: Positive = chosen("|λ| below which steps grow no more")
    n_records: Many = chosen("points of a curve")
    n_draws: Many = chosen("teachers, data and starts")


class Config(Block):
    """Weight decay."""

    width: Width = chosen("inputs, hidden neurons and outputs of the noisy task")
    singular_values: Annotated[list[Positive], Len(1)] = chosen("of the teacher")
    noise: Positive = chosen("standard deviation of the entries of the noise")
    scale: Positive = chosen("standard deviation of the draw whose product is kept")
    lam: Annotated[float, Gt(0), Le(1e4)] = chosen("relative scale of a lazy start")
    weight_decay: Decay = chosen("weight decay γ")
    until: Positive = chosen("last time of a curve")
    log_first: Annotated[float, Ge(-12), Le(6)] = chosen("log10 of the first time of a curve")
    n_times: Many = chosen("points of a curve")
    n_draws: Many = chosen("teachers, noises and starts")
    fallen: Annotated[float, Gt(1)] = chosen("multiple of its end below which the test loss has fallen")
    descent: Descent
    ends: Ends
    forgetting: Forgetting
    collapse: Collapse
    shapes: Shapes
    relu: Relu

    @staticmethod
    def mistakes(block):
        """Draws that there are, ranges that ascend, shapes that can be balanced, and neurons in two halves."""
        if len(block["singular_values"]) >= block["width"]:
            yield (
                f"figX9.singular_values = {block['singular_values']} must be fewer than figX9.width = "
                f"{block['width']}: the next mode is noise"
            )
        if 10 ** block["log_first"] >= block["until"]:
            yield f"figX9.log_first = {block['log_first']:g} must be below log10 of figX9.until = {block['until']:g}"
        if block["lam"] not in block["descent"]["lambdas"]:
            yield f"figX9.descent.lambdas = {block['descent']['lambdas']} must hold figX9.lam = {block['lam']:g}"
        for part in ("descent", "ends", "forgetting"):
            if block[part]["n_draws"] > block["n_draws"]:
                yield (
                    f"figX9.{part}.n_draws = {block[part]['n_draws']} must be at most figX9.n_draws = "
                    f"{block['n_draws']}"
                )
        ranges = (
            ("ends", "weight_decays"), ("forgetting", "log_lambda"), ("collapse", "log_held"),
            ("collapse", "kappa_ratios"),
        )  # fmt: skip
        for part, name in ranges:
            low, high = block[part][name]
            if low >= high:
                yield f"figX9.{part}.{name} = {[low, high]} must ascend"
        for name, (n_in, n_hidden, n_out) in block["shapes"]["widths"].items():
            if reason := infeasible(block["shapes"]["lam"], n_in, n_hidden, n_out):
                yield f"figX9.shapes.widths.{name} = {[n_in, n_hidden, n_out]} has no balanced start: {reason}"
        if block["relu"]["n_hidden"] % 2:
            yield f"figX9.relu.n_hidden = {block['relu']['n_hidden']} must be even: half the readouts are below 0"

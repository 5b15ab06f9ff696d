"""What the values of figD4's block of config.yaml must be to each other."""

from ...linear.initialisation import infeasible


def mistakes(block):
    """Every network exists at every λ and can learn both tasks, and there is enough to draw, to compare and to fit."""
    pretrained = [block["pretraining_lambda"]]
    for name, lams in (("pretraining_lambda", pretrained), ("lambdas", block["lambdas"])):
        for lam in lams:
            for shape, widths in block["shapes"].items():
                if reason := infeasible(lam, *widths):
                    yield f"figD4.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
    for shape, widths in block["shapes"].items():
        if len(block["singular_values"]) != min(widths):
            yield (
                f"figD4.singular_values holds {len(block['singular_values'])}, but the smallest width of the {shape}, "
                f"{widths}, is {min(widths)}: there must be as many"
            )
    if len(set(block["shapes"]["square"])) > 1:
        yield f"figD4.shapes.square = {block['shapes']['square']} must have three equal widths"
    for lam in block["simulated_lambdas"]:
        if lam not in block["lambdas"]:
            yield f"figD4.simulated_lambdas holds {lam:g}, which is not in figD4.lambdas"
    if block["grid"]["lambdas"] != sorted(block["grid"]["lambdas"]):
        yield f"figD4.grid.lambdas = {block['grid']['lambdas']} must ascend"
    if block["lambdas"] != sorted(block["lambdas"]):
        yield f"figD4.lambdas = {block['lambdas']} must ascend"
    falling_from, slope_from = block["falling_from"], block["draw"]["slope_from"]
    for name, least in (("falling_from", falling_from), ("draw.slope_from", slope_from)):
        for kind in ("lambdas", "simulated_lambdas"):
            for side in (-1, 1):
                if sum(lam * side >= max(least, falling_from) for lam in block[kind]) < 2:
                    yield f"figD4.{name} = {least:g} must leave at least two of figD4.{kind} on either side of 0"

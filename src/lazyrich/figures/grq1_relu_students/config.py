"""What the block grq1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len, MultipleOf
from pydantic import Strict

from ...pipeline.config_types import UNIQUE, Block, Count, Many, Positive, Width, chosen, one_of, paper


class Plane(Block):
    """Students in the plane."""

    teacher_degrees: Annotated[list[float], Len(1)] = paper("directions of the teacher's neurons")
    teacher_signs: Annotated[list[Annotated[int, one_of(-1, 1)]], Len(1)] = paper("signs of their readouts")
    n_examples: Many = paper("inputs on the circle")
    n_hidden: Annotated[int, Ge(2), Le(1000), MultipleOf(2)] = paper("hidden neurons, in pairs")
    scales: Annotated[list[Annotated[tuple[Positive, float], Strict(False)]], Len(4, 4), UNIQUE] = paper(
        "scales τ and δ of the panels, the nearest to the teacher first"
    )
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")
    n_records: Many = chosen("points of a path")
    n_draws: Count = chosen("inputs and starts")


class Sweep(Block):
    """Students over a grid of scales."""

    n_in: Width = chosen("inputs")
    n_hidden: Annotated[int, Ge(2), Le(1000), MultipleOf(2)] = chosen("hidden neurons, in pairs")
    n_examples: Many = chosen("examples")
    n_test: Many = chosen("examples to test on")
    log_tau: Annotated[list[Annotated[float, Ge(-3), Le(3)]], Len(2, 2)] = paper(
        "logarithm to base ten of the least and largest τ"
    )
    n_tau: Many = chosen("values of τ")
    delta: Annotated[list[Annotated[float, Ge(-100), Le(100)]], Len(2, 2)] = paper("least and largest δ")
    n_delta: Annotated[int, Ge(3)] = chosen("values of δ")
    rate: Positive = chosen("learning rate times τ²")
    checkpoints: Annotated[list[Count], Len(1), UNIQUE] = paper("steps at which the networks are measured")
    stride: Count = chosen("steps taken in one at large τ")
    stride_from: Positive = chosen("τ from which")
    n_small: Count = chosen("values of τ that count as small, and as large")
    n_draws: Count = chosen("teachers, data and starts")
    block: Count = chosen("networks in one matrix product, at most")


class Published(Block):
    """Corners of the grid at another size."""

    n_in: Width = paper("inputs")
    n_hidden: Annotated[int, Ge(2), Le(1000), MultipleOf(2)] = paper("hidden neurons, in pairs")
    n_examples: Many = paper("examples")
    n_test: Many = chosen("examples to test on")
    cells: Annotated[list[Annotated[tuple[Positive, float], Strict(False)]], Len(1), UNIQUE] = chosen("scales τ and δ")
    rate: Positive = chosen("learning rate times τ²")
    checkpoints: Annotated[list[Count], Len(1), UNIQUE] = chosen("steps at which the networks are measured")
    stride: Count = chosen("steps taken in one at large τ")
    stride_from: Positive = chosen("τ from which")
    n_draws: Count = chosen("teachers, data and starts")
    block: Count = chosen("networks in one matrix product, at most")


class Config(Block):
    """ReLU students of a ReLU teacher."""

    n_teacher: Width = paper("neurons of the teacher")
    plane: Plane
    sweep: Sweep
    published: Published

    @staticmethod
    def mistakes(block):
        """A sign for each direction of the teacher, grids with the regions compared, checkpoints that are reached."""
        plane, sweep = block["plane"], block["sweep"]
        if len(plane["teacher_degrees"]) != len(plane["teacher_signs"]):
            yield (
                f"grq1.plane.teacher_signs = {plane['teacher_signs']} must be one for each of "
                "grq1.plane.teacher_degrees"
            )
        low, high = sweep["delta"]
        if low != -high or low >= 0 or sweep["n_delta"] % 2 == 0:
            yield (
                f"grq1.sweep.delta = {sweep['delta']} must be −δ and δ, and n_delta = {sweep['n_delta']} odd, to hold 0"
            )
        if sweep["log_tau"][0] >= sweep["log_tau"][1]:
            yield f"grq1.sweep.log_tau = {sweep['log_tau']} must ascend"
        if 2 * sweep["n_small"] > sweep["n_tau"]:
            yield f"grq1.sweep.n_small = {sweep['n_small']} must be at most half of grq1.sweep.n_tau = {sweep['n_tau']}"
        for name in ("sweep", "published"):
            checkpoints, stride = block[name]["checkpoints"], block[name]["stride"]
            if checkpoints != sorted(checkpoints) or any(step % stride for step in checkpoints):
                yield f"grq1.{name}.checkpoints = {checkpoints} must ascend, and be multiples of its stride = {stride}"


# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return block["sweep"]["n_tau"] * block["sweep"]["n_delta"] * block["sweep"]["n_draws"]

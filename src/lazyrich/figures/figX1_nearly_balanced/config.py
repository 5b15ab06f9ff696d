"""What the block figX1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len
from pydantic import Strict

from ...linear.initialisation import infeasible
from ...pipeline.config_types import UNIQUE, Block, Lambdas, Many, Positive, Shape, Share, Width, chosen, one_of


class Fixed(Block):
    """A fixed hidden width."""

    n_hidden: Annotated[int, Ge(2), Le(1000)] = chosen("hidden width")
    out_ratio: Width = chosen("outputs for each input")
    n_in: Annotated[list[Annotated[int, Ge(2), Le(4096)]], Len(2), UNIQUE] = chosen("input widths")
    dynamics: dict[str, Annotated[int, Ge(2), Le(4096)]] = chosen("largest input width that is followed in time")


class Growing(Block):
    """Networks that grow at one ratio of widths."""

    ratio: Shape = chosen("N_i : N_h : N_o")
    n_in: Annotated[list[Annotated[int, Ge(2), Le(4096)]], Len(2), UNIQUE] = chosen("input widths")
    dynamics: dict[str, Annotated[int, Ge(2), Le(4096)]] = chosen("largest input width that is followed in time")


class Perturbed(Block):
    """Balanced weights moved off balance."""

    shape: Shape = chosen("widths")
    lambdas: Lambdas = chosen("relative scales")
    scale: Positive = chosen("standard deviation of the draw whose product is the function")
    sizes: Annotated[list[Annotated[float, Gt(0), Le(1)]], Len(2), UNIQUE] = chosen("relative distances from balance")


class Draw(Block):
    """What concerns the drawing alone."""

    tolerance: Positive = chosen("error that counts as trustworthy")
    quantiles: Annotated[list[Annotated[float, Ge(0), Le(1)]], Len(3, 3)] = chosen(
        "quantiles of the draws: low, median and high"
    )
    fitted_until: Positive = chosen("largest relative distance that the order is fitted to")


class Config(Block):
    """Nearly balanced weights."""

    schemes: Annotated[list[Annotated[str, one_of("lecun", "glorot", "he", "gaussian")]], Len(1), UNIQUE] = chosen(
        "schemes of initialisation"
    )
    gaussian_std: Annotated[float, Ge(1e-3), Le(10)] = chosen(
        "standard deviation of every weight of the scheme gaussian"
    )
    n_draws: Many = chosen("starts and tasks at each point")
    spectrum: Annotated[list[Positive], Len(2, 2)] = chosen("largest and least singular value of the task")
    fixed: Fixed
    narrow: Growing
    wide: Growing
    perturbed: Perturbed
    level: Share = chosen("part of the first loss at which the network has learned")
    learned: Share = chosen("part of the first loss that tells the last time")
    until: Annotated[float, Ge(0.1)] = chosen("last time, in units of when that is reached")
    longest: Annotated[float, Ge(1)] = chosen("longest time looked at")
    n_search: Many = chosen("times looked at")
    earliest: Share = chosen("first time after zero, in units of the last")
    n_times: Many = chosen("times")
    rtol: Positive = chosen("relative tolerance of the integrator")
    balanced_rtol: Positive = chosen("the same from balanced weights")
    shown: Annotated[
        list[Annotated[tuple[Annotated[str, one_of("fixed", "narrow", "wide")], str, Width], Strict(False)]], Len(1)
    ] = chosen("family, scheme and input width of the curves drawn")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Widths that are whole, families that are what they are called, λ* that exist, and something to fit and
        draw.
        """
        for family in ("fixed", "narrow", "wide"):
            part = block[family]
            if part["n_in"] != sorted(part["n_in"]):
                yield f"figX1.{family}.n_in = {part['n_in']} must ascend"
            for scheme in block["schemes"]:
                if scheme not in part["dynamics"]:
                    yield f"figX1.{family}.dynamics must hold {scheme}, which is in figX1.schemes"
                elif sum(n <= part["dynamics"][scheme] for n in part["n_in"]) < 2:
                    yield (
                        f"figX1.{family}.dynamics.{scheme} must leave at least two of figX1.{family}.n_in to fit a "
                        "slope"
                    )
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

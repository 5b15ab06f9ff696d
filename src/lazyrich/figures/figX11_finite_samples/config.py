"""What the block figX11 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt

from ...linear.initialisation import infeasible
from ...pipeline.config_types import (
    UNIQUE,
    Block,
    Count,
    Lambdas,
    Many,
    Positive,
    Shape,
    Share,
    Width,
    Widths,
    chosen,
    holding,
)

Decade = Annotated[float, Ge(-6), Le(6)]
Examples = Annotated[list[Count], Len(2), UNIQUE]
Rising = Annotated[list[Annotated[float, Ge(0), Le(1e4)]], Len(2), UNIQUE, holding(0)]


class Spectrum(Block):
    """Singular values of a teacher, s̃_α in proportion to α^(−exponent)."""

    rank: Width = chosen("how many")
    exponent: Annotated[float, Ge(0), Le(10)] = chosen("how steeply they fall")


class Spectra(Block):
    """Teachers of one norm."""

    spike: Spectrum
    few: Spectrum
    power: Spectrum
    flat: Spectrum


class Budgets(Block):
    """The best λ when training is short."""

    step: Share = chosen("size of a gradient step, as a share of the largest stable one, 2/√(λ² + 4ŝ²)")
    steps: Annotated[list[Count], Len(2), UNIQUE] = chosen("steps that there are")
    time: Annotated[list[Positive], Len(2), UNIQUE] = chosen("times that there are, in steps at λ = 0")


class Ends(Block):
    """The end of training through a bottleneck."""

    widths: Widths = chosen("hidden widths of which the exact solution is followed to a late time")
    lambdas: Lambdas = chosen("relative scales of their starts")
    late_time: Positive = chosen("that time")
    n_draws: Count = chosen("draws of them")


class Unequal(Block):
    """Networks for which the sign of λ matters."""

    widths: Shape = chosen("inputs, hidden neurons and outputs")
    spectra: Annotated[list[str], Len(1), UNIQUE] = chosen("spectra of the teacher, as far as their rank fits")
    n_examples: Count = chosen("number P of examples")
    lambdas: Lambdas = chosen("relative scales of the starts")
    until: Positive = chosen("last time")


class Large(Block):
    """Networks that start aligned with the noisy task, and their limit."""

    strengths: Annotated[list[Positive], Len(1)] = chosen("of the teacher, in units of the noise, σ√(n_in/P)")
    aspect: Annotated[float, Gt(0), Le(1)] = chosen("outputs an input")
    widths: Widths = chosen("outputs, and hidden neurons")
    lambdas: Rising = chosen("relative scales of the starts, in the same units")
    initial: Positive = chosen("strength of each mode at the start")
    until: Positive = chosen("last time")
    n_times: Many = chosen("points of a curve")
    n_records: Many = chosen("points of a simulation")
    n_draws: Many = chosen("noises")


class Descent(Block):
    """Gradient descent beside the exact solution."""

    lambdas: Lambdas = chosen("relative scales of the starts")
    step: Annotated[float, Gt(0), Lt(1)] = chosen("size of a gradient step in units of the fastest rate")
    n_records: Many = chosen("points of a curve")
    n_draws: Count = chosen("draws, of those of the theory")
    n_flow_draws: Count = chosen("draws of which the flow is integrated too")


class Config(Block):
    """Finite samples."""

    width: Width = chosen("inputs, hidden neurons and outputs")
    norm: Positive = chosen("Frobenius norm of the teacher")
    noise: Positive = chosen("standard deviation σ of the noise on the targets")
    spectra: Spectra
    spectrum: str = chosen("the spectrum of the panels that have one")
    examples: Examples = chosen("numbers P of examples")
    n_examples: Count = chosen("P of the panels that have one")
    scale: Positive = chosen("standard deviation of the draw whose product is kept")
    lambdas: Rising = chosen("relative scales of the starts")
    curves: Lambdas = chosen("those drawn over time")
    log_first: Decade = chosen("log10 of the first time")
    until: Positive = chosen("last time")
    n_times: Many = chosen("points of a curve")
    n_draws: Many = chosen("teachers, noises and starts")
    budgets: Budgets
    unequal: Unequal
    ends: Ends
    large: Large
    descent: Descent

    @staticmethod
    def mistakes(block):
        """Spectra that fit, examples that can be whitened, λ that can be balanced, and draws that there are."""
        n, spectra = block["width"], block["spectra"]
        for name, spectrum in spectra.items():
            if spectrum["rank"] > n:
                yield f"figX11.spectra.{name}.rank = {spectrum['rank']} must be at most figX11.width = {n}"
        if block["spectrum"] not in spectra:
            yield f"figX11.spectrum = {block['spectrum']} must be one of {', '.join(spectra)}"
        if min(block["examples"]) < n:
            yield f"figX11.examples = {block['examples']} must be at least figX11.width = {n} to be whitened"
        if block["n_examples"] not in block["examples"]:
            yield f"figX11.examples = {block['examples']} must hold figX11.n_examples = {block['n_examples']}"
        if 10 ** block["log_first"] >= block["until"]:
            yield f"figX11.log_first = {block['log_first']:g} must be below log10 of figX11.until = {block['until']:g}"
        for lam in block["curves"]:
            if abs(lam) not in block["lambdas"]:
                yield f"figX11.lambdas = {block['lambdas']} must hold figX11.curves' {lam:g}, but for its sign"
        if missing := [lam for lam in block["descent"]["lambdas"] if lam not in block["curves"]]:
            yield f"figX11.curves = {block['curves']} must hold figX11.descent.lambdas' {missing[0]:g}"
        for width in block["ends"]["widths"]:
            for lam in block["ends"]["lambdas"]:
                if reason := infeasible(lam, n, width, n):
                    yield f"figX11.ends.widths' {width} has no start balanced at {lam:g}: {reason}"
        n_in, n_hidden, n_out = block["unequal"]["widths"]
        for lam in block["unequal"]["lambdas"]:
            if reason := infeasible(lam, n_in, n_hidden, n_out):
                yield f"figX11.unequal.widths = {[n_in, n_hidden, n_out]} has no start balanced at {lam:g}: {reason}"
        if unknown := set(block["unequal"]["spectra"]) - set(spectra):
            yield f"figX11.unequal.spectra names {sorted(unknown)}; they must be of {', '.join(spectra)}"
        if block["unequal"]["n_examples"] < n_in:
            yield f"figX11.unequal.n_examples = {block['unequal']['n_examples']} must be at least its inputs, {n_in}"
        for part in ("ends", "descent"):
            if block[part]["n_draws"] > block["n_draws"]:
                yield (
                    f"figX11.{part}.n_draws = {block[part]['n_draws']} must be at most figX11.n_draws = "
                    f"{block['n_draws']}"
                )
        if min(block["large"]["widths"]) < len(block["large"]["strengths"]):
            yield (
                f"figX11.large.widths = {block['large']['widths']} must be at least the number of "
                f"figX11.large.strengths, {len(block['large']['strengths'])}"
            )

"""What the block figA1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Many, Positive, Shape, Width, Widths, chosen, one_of, paper


class Config(Block):
    """How far random initialisations become balanced."""

    schemes: Annotated[list[Annotated[str, one_of("lecun", "glorot", "he", "scaled")]], Len(1), UNIQUE] = paper(
        "variances of the weights"
    )
    gains: Annotated[list[Positive], Len(2, 2)] = chosen("α1 and α2 of the scaled scheme")
    n_draws: Count = chosen("weights drawn for each point")
    ratio: Shape = chosen("ratio of input, hidden and output width")
    shown_n_in: Widths = chosen("input widths of the heat maps")
    n_shown: Many = chosen("rows and columns of a heat map")
    n_in: Width = chosen("input width where the ratio varies")
    ratios: Annotated[list[Positive], Len(1), UNIQUE] = chosen("output and hidden widths in input widths")
    width_n_in: Annotated[list[Width], Len(2), UNIQUE] = chosen("input widths at the fixed ratio")
    hidden_n_hidden: Annotated[int, Ge(2), Le(1000)] = chosen("hidden width that stays fixed")
    hidden_n_in: Widths = chosen("input widths at the fixed hidden width")

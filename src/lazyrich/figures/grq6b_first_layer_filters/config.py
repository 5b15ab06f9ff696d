"""What the block grq6b of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len, Lt

from ...pipeline.config_types import Alphas, Block, Count, Many, Positive, Width, chosen, paper
from ...pipeline.config_values import classifier_mistakes


class Gratings(Block):
    """A convolutional layer on oriented gratings."""

    n_classes: Annotated[Width, Ge(2)] = chosen("orientations")
    side: Annotated[int, Ge(3), Le(64)] = chosen("pixels on a side of an image")
    frequency: Annotated[list[Annotated[float, Ge(0), Le(0.5)]], Len(2, 2)] = chosen(
        "least and largest frequency, cycles per pixel"
    )
    jitter: Annotated[float, Ge(0)] = chosen("standard deviation of the orientation, radians")
    noise: Annotated[float, Ge(0)] = chosen("standard deviation of a pixel's noise")
    filter_size: Annotated[int, Ge(3), Le(64)] = chosen("pixels on a side of a filter")
    stride: Count = chosen("pixels from one place of a filter to the next")
    n_filters: Width = chosen("filters")
    n_train: Many = chosen("images to learn from")
    n_test: Many = chosen("images to test on")
    learning_rate: Positive = chosen("learning rate η")
    momentum: Annotated[float, Ge(0), Lt(1)] = chosen("momentum")
    batch: Count = chosen("images in a step")
    n_steps: Count = chosen("steps")


class Digits(Block):
    """A hidden layer on digits."""

    n_filters: Width = chosen("hidden neurons")
    n_train: Many = chosen("digits to learn from")
    n_test: Many = chosen("digits to test on")
    learning_rate: Positive = chosen("learning rate η")
    momentum: Annotated[float, Ge(0), Lt(1)] = chosen("momentum")
    batch: Count = chosen("digits in a step")
    n_steps: Count = chosen("steps")


class Draw(Block):
    """What concerns the drawing alone."""

    n_grid: Many = chosen("points of a density")


class Config(Block):
    """How smooth first-layer filters are."""

    alphas: Alphas = paper("relative scales α, in descending order")
    n_draws: Count = chosen("data, starts and orders")
    gratings: Gratings
    digits: Digits
    n_shown: Count = chosen("filters kept")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Filters that fit the images, waves that pixels can show, and as many filters as are drawn."""
        for panel in ("gratings", "digits"):
            yield from classifier_mistakes(f"grq6b.{panel}", block[panel], block["alphas"])
            if block["n_shown"] > block[panel]["n_filters"]:
                yield (
                    f"grq6b.n_shown = {block['n_shown']} must be at most {panel}.n_filters = "
                    f"{block[panel]['n_filters']}"
                )
        gratings = block["gratings"]
        if gratings["filter_size"] > gratings["side"]:
            yield f"grq6b.gratings.filter_size = {gratings['filter_size']} must be at most side = {gratings['side']}"
        if gratings["frequency"] != sorted(gratings["frequency"]):
            yield f"grq6b.gratings.frequency = {gratings['frequency']} must be the smaller one first"

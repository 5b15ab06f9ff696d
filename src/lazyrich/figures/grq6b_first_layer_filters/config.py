"""What the values of grq6b's block of config.yaml must be to each other."""

from ...pipeline.config_values import classifier_mistakes


def mistakes(block):
    """Filters that fit the images, waves that pixels can show, and as many filters as are drawn."""
    for panel in ("gratings", "digits"):
        yield from classifier_mistakes(f"grq6b.{panel}", block[panel], block["alphas"])
        if block["n_shown"] > block[panel]["n_filters"]:
            yield f"grq6b.n_shown = {block['n_shown']} must be at most {panel}.n_filters = {block[panel]['n_filters']}"
    gratings = block["gratings"]
    if gratings["filter_size"] > gratings["side"]:
        yield f"grq6b.gratings.filter_size = {gratings['filter_size']} must be at most side = {gratings['side']}"
    if gratings["frequency"] != sorted(gratings["frequency"]):
        yield f"grq6b.gratings.frequency = {gratings['frequency']} must be the smaller one first"

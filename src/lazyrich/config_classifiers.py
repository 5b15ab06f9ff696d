"""What the values of config.yaml must be to each other where classifiers of several relative scales are compared."""

from .applied.digits import N_EXAMPLES


def _shared(name, block, alphas):
    """α in the order in which they are compared, digits that there are, and batches that the examples fill."""
    if alphas != sorted(alphas, reverse=True):
        yield f"{name.split('.')[0]}.alphas = {alphas} must descend"
    if "side" not in block and block["n_train"] + block["n_test"] > N_EXAMPLES:
        yield f"{name}.n_train + n_test = {block['n_train'] + block['n_test']} must be at most {N_EXAMPLES} digits"
    if block["batch"] > block["n_train"]:
        yield f"{name}.batch = {block['batch']} must be at most n_train = {block['n_train']}"


def _grq6a(block):
    """What is compared is computed."""
    yield from _shared("grq6a", block, block["alphas"])
    if 1 not in block["alphas"]:
        yield f"grq6a.alphas = {block['alphas']} must hold 1, with which the others are compared"
    if block["n_probe"] > block["n_test"]:
        yield f"grq6a.n_probe = {block['n_probe']} must be at most n_test = {block['n_test']}"
    if block["early"] > block["n_steps"]:
        yield f"grq6a.early = {block['early']} must be at most n_steps = {block['n_steps']}"


def _grq6b(block):
    """Filters that fit the images, waves that pixels can show, and as many filters as are drawn."""
    for panel in ("gratings", "digits"):
        yield from _shared(f"grq6b.{panel}", block[panel], block["alphas"])
        if block["n_shown"] > block[panel]["n_filters"]:
            yield f"grq6b.n_shown = {block['n_shown']} must be at most {panel}.n_filters = {block[panel]['n_filters']}"
    gratings = block["gratings"]
    if gratings["filter_size"] > gratings["side"]:
        yield f"grq6b.gratings.filter_size = {gratings['filter_size']} must be at most side = {gratings['side']}"
    if gratings["frequency"] != sorted(gratings["frequency"]):
        yield f"grq6b.gratings.frequency = {gratings['frequency']} must be the smaller one first"


# figure -> the check of its block
CHECKS = {"grq6a": _grq6a, "grq6b": _grq6b}

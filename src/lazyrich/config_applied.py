"""What the values of the applied experiments' blocks in config.yaml must be to each other."""

from .applied.hierarchy import n_strings


def _grq6c(block):
    """Rules that exist, strings enough to train and to test on, and values in the order in which they are compared."""
    tuples = block["n_symbols"] ** block["branching"]
    for name in ("n_classes", "n_symbols"):
        if block[name] * block["synonyms"] > tuples:
            yield (
                f"grq6c.synonyms = {block['synonyms']} must be at most {tuples // block[name]} for {name} = "
                f"{block[name]}: there are {tuples} tuples, and no two symbols may share one"
            )
    n = n_strings(*(block[name] for name in ("n_classes", "synonyms", "branching", "levels")))
    if n > 2**60:
        yield f"grq6c.levels = {block['levels']} makes {n} strings, more than can be numbered"
    elif block["n_test"] + max(block["n_examples"]) > n:
        yield f"grq6c.n_test = {block['n_test']} must leave n_examples = {max(block['n_examples'])} of the {n} strings"
    for name in ("alphas", "n_examples"):
        if block[name] != sorted(block[name]):
            yield f"grq6c.{name} = {block[name]} must ascend"
    if len(block["published_needed"]) != len(block["alphas"]):
        yield f"grq6c.published_needed = {block['published_needed']} must be one for each of grq6c.alphas"
    if block["compared"] not in block["n_examples"]:
        yield f"grq6c.compared = {block['compared']} is not in grq6c.n_examples"


def _grq6d(block):
    """Scales in the order in which they are compared, curves of computed scales and steps, pairs on either side."""
    for name in ("taus", "alphas", "shown_alphas"):
        if block[name] != sorted(block[name]):
            yield f"grq6d.{name} = {block[name]} must ascend"
    if block["shown_tau"] not in block["taus"]:
        yield f"grq6d.shown_tau = {block['shown_tau']:g} is not in grq6d.taus"
    if block["shown_steps"] > block["n_steps"]:
        yield f"grq6d.shown_steps = {block['shown_steps']} must be at most n_steps = {block['n_steps']}"
    for name in ("n_steps", "shown_steps"):
        if block[name] % block["check_every"][1]:
            yield f"grq6d.{name} = {block[name]} must be a multiple of check_every's {block['check_every'][1]}"
    n = block["modulus"] ** 2
    if not 0 < round(block["train_fraction"] * n) < n:
        yield f"grq6d.train_fraction = {block['train_fraction']:g} leaves one part of the {n} pairs empty"


# figure -> the check of its block
CHECKS = {"grq6c": _grq6c, "grq6d": _grq6d}

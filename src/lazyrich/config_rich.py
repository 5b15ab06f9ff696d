"""What the values of config.yaml must be to each other, for the figures of "Get rich quick"."""

import math

from .applied.digits import N_EXAMPLES
from .applied.hierarchy import n_strings


def _shared(name, block, alphas):
    """α in the order in which they are compared, digits that there are, and batches that the examples fill."""
    if alphas != sorted(alphas, reverse=True):
        yield f"{name.split('.')[0]}.alphas = {alphas} must descend"
    if "side" not in block and block["n_train"] + block["n_test"] > N_EXAMPLES:
        yield f"{name}.n_train + n_test = {block['n_train'] + block['n_test']} must be at most {N_EXAMPLES} digits"
    if block["batch"] > block["n_train"]:
        yield f"{name}.batch = {block['batch']} must be at most n_train = {block['n_train']}"


def _grq1(block):
    """A sign for each direction of the teacher, grids with the regions compared, checkpoints that are reached."""
    plane, sweep = block["plane"], block["sweep"]
    if len(plane["teacher_degrees"]) != len(plane["teacher_signs"]):
        yield f"grq1.plane.teacher_signs = {plane['teacher_signs']} must be one for each of grq1.plane.teacher_degrees"
    low, high = sweep["delta"]
    if low != -high or low >= 0 or sweep["n_delta"] % 2 == 0:
        yield f"grq1.sweep.delta = {sweep['delta']} must be −δ and δ, and n_delta = {sweep['n_delta']} odd, to hold 0"
    if sweep["log_tau"][0] >= sweep["log_tau"][1]:
        yield f"grq1.sweep.log_tau = {sweep['log_tau']} must ascend"
    if 2 * sweep["n_small"] > sweep["n_tau"]:
        yield f"grq1.sweep.n_small = {sweep['n_small']} must be at most half of grq1.sweep.n_tau = {sweep['n_tau']}"
    for name in ("sweep", "published"):
        checkpoints, stride = block[name]["checkpoints"], block[name]["stride"]
        if checkpoints != sorted(checkpoints) or any(step % stride for step in checkpoints):
            yield f"grq1.{name}.checkpoints = {checkpoints} must ascend, and be multiples of its stride = {stride}"


def _grq2(block):
    """The surface reaches into what is drawn."""
    for delta in block["deltas"]:
        if abs(delta) >= block["limit"] ** 2:
            yield f"grq2.deltas holds {delta:g}, but nothing of its surface is within grq2.limit = {block['limit']:g}"


def _grq5(block):
    """Surfaces from the start on, the richest row first."""
    snapshots, deltas = block["snapshots"], block["deltas"]
    if snapshots != sorted(snapshots) or snapshots[0] != 0 or snapshots[-1] < 2:
        yield f"grq5.snapshots = {snapshots} must ascend from 0 to at least 2"
    if deltas != sorted(deltas, reverse=True):
        yield f"grq5.deltas = {deltas} must descend, from upstream to downstream"


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
        digits = math.floor(math.log10(n))  # n itself may be too long to be printed
        yield f"grq6c.levels = {block['levels']} makes some 1e{digits} strings, more than can be numbered"
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
    if block["fine_until"] > block["n_steps"]:
        yield f"grq6d.fine_until = {block['fine_until']} must be at most n_steps = {block['n_steps']}"
    shrinking = block["learning_rate"] * block["weight_decay"] / min(block["taus"]) ** 2
    if shrinking >= 1:
        yield (
            f"grq6d.weight_decay = {block['weight_decay']:g} must be less than {block['weight_decay'] / shrinking:g}, "
            "τ² over the learning rate at the least of grq6d.taus: else weights change their sign each step"
        )
    n = block["modulus"] ** 2
    if not 0 < round(block["train_fraction"] * n) < n:
        yield f"grq6d.train_fraction = {block['train_fraction']:g} leaves one part of the {n} pairs empty"


def _grq7(block):
    """What is drawn is among what is computed."""
    if block["map_delta"] not in block["random_deltas"] or block["map_delta"] > 0:
        yield f"grq7.map_delta = {block['map_delta']:g} must be one of grq7.random_deltas, and not positive"
    if block["from_t"] >= block["until"]:
        yield f"grq7.from_t = {block['from_t']:g} must be before grq7.until = {block['until']:g}"


# figure -> the check of its block
CHECKS = {
    "grq1": _grq1,
    "grq2": _grq2,
    "grq5": _grq5,
    "grq6a": _grq6a,
    "grq6b": _grq6b,
    "grq6c": _grq6c,
    "grq6d": _grq6d,
    "grq7": _grq7,
}

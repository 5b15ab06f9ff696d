"""What the values of grq6d's block of config.yaml must be to each other, and how many runs they make."""

# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def mistakes(block):
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


def n_runs(block):
    """Runs of the sweep; a training of some seconds counts as 150."""
    return 150 * len(block["taus"]) * len(block["alphas"]) * block["n_draws"]

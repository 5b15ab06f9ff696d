"""What the block grq6d of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt

from ...pipeline.config_types import UNIQUE, Alphas, Block, Count, Many, Positive, Share, Width, chosen, paper


class Config(Block):
    """Grokking in modular arithmetic."""

    modulus: Annotated[Width, Ge(2)] = chosen("what sums are taken modulo")
    n_embedding: Width = chosen("entries of a symbol's embedding")
    n_hidden: Width = chosen("ReLU neurons")
    embedding_std: Positive = chosen("standard deviation of the embedding's entries, times α")
    train_fraction: Share = chosen("share of the pairs that is trained on")
    taus: Annotated[list[Annotated[float, Ge(1e-3), Le(1000)]], Len(2), UNIQUE] = paper("output scales τ of the maps")
    alphas: Alphas = paper("relative scales α of the maps")
    shown_tau: Positive = chosen("output scale of the curves")
    shown_alphas: Alphas = paper("relative scales of the curves")
    shown_steps: Many = chosen("last step of the curves")
    learning_rate: Positive = chosen("learning rate, to be divided by τ²")
    betas: Annotated[list[Annotated[float, Ge(0), Lt(1)]], Len(2, 2)] = chosen("decay of AdamW's two averages")
    weight_decay: Annotated[float, Ge(0)] = chosen("weight decay")
    warm_up_steps: Count = chosen("steps of the warm-up")
    warm_up_from: Annotated[float, Ge(0), Le(1)] = chosen("share of the learning rate in the first step")
    threshold: Annotated[float, Gt(0), Le(1)] = paper("accuracy that counts as known")
    n_steps: Many = chosen("steps at most")
    check_every: Annotated[list[Count], Len(2, 2)] = chosen("steps between measurements of accuracy, at first and then")
    fine_until: Count = chosen("step until which it is measured as at first")
    n_draws: Count = chosen("splits and starts")

    @staticmethod
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
                f"grq6d.weight_decay = {block['weight_decay']:g} must be less than "
                f"{block['weight_decay'] / shrinking:g}, "
                "τ² over the learning rate at the least of grq6d.taus: else weights change their sign each step"
            )
        n = block["modulus"] ** 2
        if not 0 < round(block["train_fraction"] * n) < n:
            yield f"grq6d.train_fraction = {block['train_fraction']:g} leaves one part of the {n} pairs empty"


# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def n_runs(block):
    """Runs of the sweep; a training of some seconds counts as 150."""
    return 150 * len(block["taus"]) * len(block["alphas"]) * block["n_draws"]

"""What blocks of several figures must fulfil."""

import operator

from ..data.digits import N_EXAMPLES

# name of a shape -> whether inputs and outputs make it
KINDS = {"funnel": operator.gt, "square": operator.eq, "inverted": operator.lt, "inverted funnel": operator.lt}


def classifier_mistakes(name, block, alphas):
    """α in the order in which they are compared, digits that there are, and batches that the examples fill."""
    if alphas != sorted(alphas, reverse=True):
        yield f"{name.split('.')[0]}.alphas = {alphas} must descend"
    if "side" not in block and block["n_train"] + block["n_test"] > N_EXAMPLES:
        yield f"{name}.n_train + n_test = {block['n_train'] + block['n_test']} must be at most {N_EXAMPLES} digits"
    if block["batch"] > block["n_train"]:
        yield f"{name}.batch = {block['batch']} must be at most n_train = {block['n_train']}"

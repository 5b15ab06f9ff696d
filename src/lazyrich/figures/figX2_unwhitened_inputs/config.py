"""What the values of figX2's block of config.yaml must be to each other."""


def mistakes(block):
    """Networks whose end is known, and what is drawn and judged among what is computed."""
    delayed, lams, large = block["delayed"], block["lambdas"], block["statement_lambda"]
    if len(set(block["shape"])) > 1:
        yield f"figX2.shape = {block['shape']} must have three equal widths"
    if min(block["shape"]) < 2:
        yield f"figX2.shape = {block['shape']} must be at least 2 wide: one direction has no structure"
    if len(block["singular_values"]) != block["shape"][0]:
        yield f"figX2.singular_values = {block['singular_values']} must be {block['shape'][0]}, the width"
    n_in, n_hidden, n_out = delayed["shape"]
    if not n_in == n_hidden < n_out:
        yield f"figX2.delayed.shape = {delayed['shape']} must have n_in = n_hidden < n_out, an inverted funnel"
    if lams != sorted(lams) or not {0, large, -large} <= set(lams):
        yield f"figX2.lambdas = {lams} must ascend, and hold 0 and ± statement_lambda = {large:g}"
    for name, wanted in (("compared_lambdas", {0, large}), ("whitened_lambdas", {0})):
        if not wanted <= set(block[name]) <= set(lams):
            yield f"figX2.{name} = {block[name]} must hold {sorted(wanted)} and be among figX2.lambdas"
    conditions, compared = block["conditions"], block["compared_condition"]
    if conditions != sorted(conditions) or compared not in conditions:
        yield f"figX2.conditions = {conditions} must ascend, and hold compared_condition = {compared:g}"
    for part, name in (("draw", "drawn_conditions"), ("delayed", "conditions")):
        if not set(block[part][name]) <= set(conditions):
            yield f"figX2.{part}.{name} = {block[part][name]} must be among figX2.conditions"

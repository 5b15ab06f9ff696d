"""What the values of grq2's block of config.yaml must be to each other."""


def mistakes(block):
    """The surface reaches into what is drawn."""
    for delta in block["deltas"]:
        if abs(delta) >= block["limit"] ** 2:
            yield f"grq2.deltas holds {delta:g}, but nothing of its surface is within grq2.limit = {block['limit']:g}"

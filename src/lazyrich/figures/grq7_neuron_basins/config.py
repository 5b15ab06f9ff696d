"""What the values of grq7's block of config.yaml must be to each other."""


def mistakes(block):
    """What is drawn is among what is computed."""
    delta = block["draw"]["map_delta"]
    if delta not in block["random_deltas"] or delta > 0:
        yield f"grq7.draw.map_delta = {delta:g} must be one of grq7.random_deltas, and not positive"
    if block["from_t"] >= block["until"]:
        yield f"grq7.from_t = {block['from_t']:g} must be before grq7.until = {block['until']:g}"

"""What the values of grq5's block of config.yaml must be to each other."""


def mistakes(block):
    """Surfaces from the start on, the richest row first."""
    snapshots, deltas = block["snapshots"], block["deltas"]
    if snapshots != sorted(snapshots) or snapshots[0] != 0 or snapshots[-1] < 2:
        yield f"grq5.snapshots = {snapshots} must ascend from 0 to at least 2"
    if deltas != sorted(deltas, reverse=True):
        yield f"grq5.deltas = {deltas} must descend, from upstream to downstream"

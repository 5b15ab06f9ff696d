"""What the block grq5 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Many, Positive, Share, Width, chosen


class Config(Block):
    """A ReLU network on XOR-like clusters."""

    n_per_cluster: Count = chosen("points about each centre")
    spread: Positive = chosen("standard deviation of a cluster")
    n_hidden: Width = chosen("neurons")
    tau: Annotated[float, Ge(1e-6), Le(1000)] = chosen("scale τ")
    deltas: Annotated[list[Annotated[float, Ge(-100), Le(100)]], Len(3, 3), UNIQUE] = chosen(
        "relative scales δ, a row of surfaces each"
    )
    learning_rate: Positive = chosen("learning rate η")
    snapshots: Annotated[list[Annotated[int, Ge(0)]], Len(2, 5), UNIQUE] = chosen(
        "steps at which the surfaces are drawn"
    )
    n_records: Many = chosen("recorded steps")
    fallen: Share = chosen("share by which the loss has fallen when fitting has begun")
    n_circle: Many = chosen("directions on which switching is measured")
    n_angles: Annotated[int, Ge(3)] = chosen("angles of a surface besides its edges")
    n_draws: Count = chosen("data and starts")

    @staticmethod
    def mistakes(block):
        """Surfaces from the start on, the richest row first."""
        snapshots, deltas = block["snapshots"], block["deltas"]
        if snapshots != sorted(snapshots) or snapshots[0] != 0 or snapshots[-1] < 2:
            yield f"grq5.snapshots = {snapshots} must ascend from 0 to at least 2"
        if deltas != sorted(deltas, reverse=True):
            yield f"grq5.deltas = {deltas} must descend, from upstream to downstream"

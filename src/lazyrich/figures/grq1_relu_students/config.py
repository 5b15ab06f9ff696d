"""What the values of grq1's block of config.yaml must be to each other, and how many runs they make."""

# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def mistakes(block):
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


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return block["sweep"]["n_tau"] * block["sweep"]["n_delta"] * block["sweep"]["n_draws"]

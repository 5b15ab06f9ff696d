"""A recursion run from record to record: the loop of every descent that NumPy computes step by step."""

import numpy as np


def recorded(step, state, record_at):
    """[arrays of the state at each recorded number of steps], ascending; `step(*state)` is the state one step on.

    What diverges goes on as infinity or NaN without a warning: the caller says what to do about it.
    """
    kept, done = [], 0
    with np.errstate(over="ignore", invalid="ignore"):
        for record in record_at:
            for _ in range(done, record):
                state = step(*state)
            done = record
            kept.append(state)
    return list(zip(*kept, strict=True))

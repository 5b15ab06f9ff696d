"""numba's compiler as every inner loop uses it."""

from numba import njit


def compiled(function):
    """`function` compiled: kept on disk for the next process where there is a place to write, else for this one."""
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # neither beside the source nor in the user's cache folder
        return njit(error_model="numpy")(function)

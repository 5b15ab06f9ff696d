"""Checks of public arguments: each error says what was expected, what came, and the remedy."""

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

from .arrays import ROUNDINGS, epsilon, host

P = ParamSpec("P")
R = TypeVar("R")


def renamed(**news: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse keywords of an older version by name: each of `news` says what stands in its place.

    Arguments by position that have become keywords are refused by name too.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        name = function.__qualname__.removesuffix(".__init__")
        kinds = {place: each.kind for place, each in inspect.signature(function).parameters.items()}
        places = [place for place, kind in kinds.items() if kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        options = [place for place, kind in kinds.items() if kind is inspect.Parameter.KEYWORD_ONLY]

        @functools.wraps(function)
        def called(*arguments: P.args, **keywords: P.kwargs) -> R:
            for old in keywords.keys() & news.keys():
                raise TypeError(f"{name} takes no {old} any more; {news[old]}")
            if len(arguments) > len(places):
                taken = ", ".join(place for place in places if place != "self") or "nothing"
                way = [f"give {', '.join(options)} by keyword"] if options else news.values()
                more = len(arguments) - len(places)
                raise TypeError(f"{name} takes {taken} by position, got {more} more: {'; '.join(way)}")
            return function(*arguments, **keywords)

        return called

    return wrap


def real(name, value):
    """`value` as a float64 array of its own: what the caller does to theirs later changes nothing here.

    Arrays of any kind (`arrays.host`) and of any real type: floats of 2 to 16 bytes, whole numbers, and booleans, which
    are 0 and 1 as in one-hot data. ValueError : complex numbers, text, objects
    """
    array = host(name, value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers; got {_briefly(value, array)}")
    with np.errstate(over="ignore"):  # a long double beyond float64: infinite, which is refused
        return np.array(array, dtype=float)


def _briefly(value, array):
    """A value as a message shows it: a large one by its type."""
    if isinstance(value, int) and not np.isfinite(array):
        return "a whole number beyond float64"
    return repr(value) if array.size <= 4 else f"an array of {array.dtype.name}, shape {array.shape}"


def matrix(name, value, shape=(None, None), batch=False):
    """`value` as a finite float64 array whose last two axes have `shape` (None: any length).

    Parameters
    ----------
    name : str, the argument's name for the message
    value : array_like
    shape : tuple of two, each an int, None, or a str that names a free length in the message
    batch : bool, whether leading axes (runs, times) are allowed
    """
    array = real(name, value)
    expected = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
    fits = array.ndim >= 2 if batch else array.ndim == 2
    fits = fits and all(not isinstance(n, int) or n == m for n, m in zip(shape, array.shape[-2:], strict=True))
    if not fits or 0 in array.shape:
        hint = ""
        if array.ndim == 2 and array.T.shape == shape:
            hint = "; its transpose would fit: sigma_yx is (n_out, n_in), and the columns of x and y are examples"
        raise ValueError(f"{name} must be a matrix of shape {expected}; got shape {array.shape}{hint}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; every entry must be finite")
    return array


def number(name, value, positive=False):
    """`value` as a finite float, larger than 0 where `positive`."""
    wanted = "a finite number" + (" larger than 0" if positive else "")
    array = host(name, value)
    if array.ndim or array.dtype.kind not in "fiu" or not np.isfinite(array) or (positive and array <= 0):
        raise ValueError(f"{name} must be {wanted}; got {_briefly(value, array)}")
    return float(array)


def not_negative(name, value):
    """`value` as a finite float of at least 0."""
    value = number(name, value)
    if value < 0:
        raise ValueError(f"{name} must not be negative; got {value!r}")
    return value


def count(name, value, least=1):
    """`value` as an int that is at least `least`."""
    array = host(name, value)
    whole = array.ndim == 0 and array.dtype.kind in "fiu" and np.isfinite(array) and array == np.floor(array)
    if not whole or array < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {_briefly(value, array)}")
    return int(array)


def weight_decay(value):
    """γ ≥ 0, one number for both layers."""
    if host("weight_decay", value).ndim:
        raise ValueError(
            "weight_decay must be one number, the same for both layers: with another γ a layer "
            f"W2ᵀW2 − W1W1ᵀ no longer decays on its own, and nothing here holds; got {value!r}"
        )
    value = not_negative("weight_decay", value)
    size("weight_decay", value, LEAST**2, FAR, remedy="Its rate is lost; in another unit of time it is another number")
    return value


def place(name, value, length):
    """Refuse what is no place, or slice of places, of `length` of them."""
    if isinstance(value, slice):
        return
    array = host(name, value)
    if array.dtype.kind not in "iu" or array.min(initial=0) < -length or array.max(initial=0) >= length:
        raise ValueError(
            f"{name} must be a whole number from {-length} to {length - 1}, or a slice; got {_briefly(value, array)}"
        )


def times(value):
    """Times as a float64 vector: finite, not negative, in ascending order."""
    array = np.atleast_1d(real("times", value))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"times must be a vector of at least one time; got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("times holds NaN or infinity; use a large finite time for the limit")
    if array[0] < 0 or (np.diff(array) < 0).any():
        raise ValueError(
            "times must be in ascending order from 0 or later; sort them, and start the clock at the weights"
        )
    size("the last of times", array[-1], most=FAR, remedy="Nothing moves any more long before")
    return array


def weights(w1, w2, batch=False, names=("w1", "w2")):
    """(w1, w2) as float64 arrays whose hidden widths agree."""
    w1 = matrix(names[0], w1, ("n_hidden", "n_in"), batch)
    w2 = matrix(names[1], w2, ("n_out", w1.shape[-2]), batch)
    if w1.shape[:-2] != w2.shape[:-2]:
        both = " and ".join(names)
        raise ValueError(f"{both} must have the same leading axes; got shapes {w1.shape} and {w2.shape}")
    return w1, w2


# largest and smallest size of weights whose fourth powers, which norms of QQᵀ are made of, float64 can hold; and of a
# task, which is as large as their squares. Beyond FAR float64 itself ends soon
MOST, LEAST, FAR = 1e70, 1e-140, 1e300
UNITS = "Measure the data in other units: its squares are beyond float64"
ADVICE = "c times the weights and c² times sigma_yx is the same problem in other units, its time 1/c² of that"


def size(what, found, least=0.0, most=MOST, remedy=ADVICE, zero=True):
    """Refuse a size `found`, of a largest entry, that is not from `least` to `most`, nor 0: float64 loses it.

    `what` says of what it is, `remedy` what to do, `zero` whether 0 is allowed.
    """
    if (found == 0 and zero) or least <= found <= most:
        return
    allowed = f"{'0, or ' if zero else ''}from {least:.3g} to {most:.3g}" if least else f"at most {most:g}"
    raise ValueError(f"{what} must be {allowed}; got {found:.3g}. {remedy}")


def entry(*arrays):
    """Size of the largest entry of all arrays; nothing is copied."""
    return float(max(max(np.max(a, initial=0.0), -np.min(a, initial=0.0)) for a in arrays))


def sizes(w1, w2, task=None):
    """Refuse weights and tasks whose squares float64 cannot hold. A task that is small beside them is as good as 0."""
    size("the largest entry of w1 and w2", entry(w1, w2), LEAST)
    if task is not None:
        correlations("sigma_yx", entry(task.sigma_yx), "sigma_xx", float(np.max(task.sigma_xx)))


def correlations(cross, yx, inputs, xx, advice=ADVICE):
    """Refuse correlations, of the names `cross` and `inputs`, whose largest entries yx and xx are out of reach."""
    size(f"the largest entry of {cross} over that of {inputs}", yx / xx, most=MOST**2, remedy=advice)
    size(f"the largest entry of {cross}", yx, most=MOST**2, remedy=UNITS)
    size(f"the largest entry of {inputs}", xx, LEAST**2, MOST**2, remedy=UNITS, zero=False)


def rng(value):
    """A numpy Generator; anything else (a seed, None) is refused, so that no draw is unseeded."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(
            f"rng must be a numpy.random.Generator, for example numpy.random.default_rng(1); got {value!r}"
        )
    return value


# most of the largest eigenvalue that rounding may change, however coarse the type and however many the inputs
COARSEST = 0.01


def rounding_of_sums(rounding, n):
    """Spectral norm, relative to the matrix's, to which n × n sums of products are known in a type of this `rounding`.

    Roundings of entries that are independent come to 2√n of one. None for double precision: the caller's own tolerance.
    """
    return min(ROUNDINGS * rounding * np.sqrt(n), COARSEST) if rounding > epsilon() else None


def input_correlation(sigma_xx, n_in):
    """Σxx as a number c (None: 1, meaning whitened) or a symmetric (..., n_in, n_in) array.

    Symmetric and positive semidefinite are meant to 1e-12; of less than double precision to `rounding_of_sums`.
    """
    if sigma_xx is None:
        return 1.0
    if type(sigma_xx).__name__ == "Task":  # whose module imports this one
        raise ValueError("sigma_xx must be a number or a matrix; got a Task: give its .sigma_xx")
    if host("sigma_xx", sigma_xx).ndim == 0:
        return number("sigma_xx", sigma_xx, positive=True)
    coarse = rounding_of_sums(epsilon(sigma_xx), n_in)
    sigma_xx = matrix("sigma_xx", sigma_xx, (n_in, n_in), batch=True)
    mirrored = np.swapaxes(sigma_xx, -1, -2)
    difference = sigma_xx - mirrored
    values = np.linalg.eigvalsh(sigma_xx if coarse is None else (sigma_xx + mirrored) / 2)
    if coarse is None:
        skew = np.abs(difference).max() > 1e-12 * np.abs(sigma_xx).max()
    else:
        skew = difference.any() and (np.linalg.norm(difference, 2, (-2, -1)) > coarse * np.abs(values).max(-1)).any()
    if skew:
        raise ValueError("sigma_xx must be symmetric; pass X Xᵀ / P")
    if (values[..., -1] <= 0).any() or (values[..., 0] < -(coarse or 1e-12) * values[..., -1]).any():
        raise ValueError("sigma_xx must be positive semidefinite and not zero; pass X Xᵀ / P")
    return sigma_xx if coarse is None else (sigma_xx + mirrored) / 2

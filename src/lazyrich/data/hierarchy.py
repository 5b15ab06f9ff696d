"""The Random Hierarchy Model (Cagnetta et al. 2024): strings made from classes by random rules, level after level.

A class, and at the levels below each of v symbols, may become any of m tuples of s symbols. The tuples of one level
are distinct across all that they are made from, so that a string tells its class. After L levels there are s^L symbols.
"""

import numpy as np


def n_choices(branching, levels):
    """Symbols that are replaced by a tuple on the way to one string, 1 + s + … + s^(L−1)."""
    return sum(branching**level for level in range(levels))


def n_strings(n_classes, synonyms, branching, levels):
    """P_max = n_c m^((s^L − 1)/(s − 1)): each choice of rules gives another string."""
    return n_classes * synonyms ** n_choices(branching, levels)


def rules(rng, n_classes, n_symbols, synonyms, branching, levels):
    """Tuples of every level: (n_c, m, s) of the classes, and (v, m, s) of each of the L − 1 levels below.

    Drawn without replacement from the v^s tuples; ValueError if there are too few.
    """
    available, found = n_symbols**branching, []
    for level in range(levels):
        n = n_symbols if level else n_classes
        if n * synonyms > available:
            raise ValueError(f"{n} symbols with {synonyms} tuples each need more than the {available} that there are")
        drawn = rng.permutation(available)[: n * synonyms]
        digits = np.stack(np.unravel_index(drawn, (n_symbols,) * branching), -1)
        found.append(digits.reshape(n, synonyms, branching))
    return found


def derivations(rules, numbers):
    """(symbols of every level below the class [(n, s), (n, s²), …], classes (n,)) of strings by number.

    The digits of a number from 0 to P_max − 1 are the class and every choice of a tuple.
    """
    synonyms, branching = rules[0].shape[1:]
    n = n_choices(branching, len(rules))
    classes, *choices = np.unravel_index(numbers, (len(rules[0]), *(synonyms,) * n))
    choices, symbols, levels, taken = np.stack(choices, -1), classes[:, None], [], 0
    for tuples in rules:
        chosen = choices[:, taken : taken + symbols.shape[1]]
        taken += symbols.shape[1]
        symbols = tuples[symbols, chosen].reshape(len(classes), -1)
        levels.append(symbols)
    return levels, classes


def strings(rules, numbers):
    """(strings (n, s^L), classes (n,)) by number."""
    levels, classes = derivations(rules, numbers)
    return levels[-1], classes


def one_hot(strings, n_symbols, dtype=np.float64):
    """(n, s^L · v): symbol by symbol, one of v entries is 1."""
    return np.eye(n_symbols, dtype=dtype)[strings].reshape(len(strings), -1)

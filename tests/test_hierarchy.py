"""The Random Hierarchy Model beside every string of a small one, made by hand."""

import itertools

import numpy as np
import pytest

from lazyrich.data import hierarchy

SMALL = {"n_classes": 3, "n_symbols": 4, "synonyms": 2, "branching": 2, "levels": 3}


def rules(seed=0, **changed):
    return hierarchy.rules(np.random.default_rng(seed), *(SMALL | changed).values())


def strings_from(symbol, rules):
    """Every string that a symbol may become, rule by rule."""
    if not rules:
        return [(symbol,)]
    made = []
    for tuples in rules[0][symbol]:
        parts = [strings_from(part, rules[1:]) for part in tuples]
        made += [sum(chosen, ()) for chosen in itertools.product(*parts)]
    return made


@pytest.mark.parametrize("changed", [{}, {"levels": 1}, {"branching": 3, "levels": 2}, {"synonyms": 3}])
def test_all_strings(changed):
    drawn = rules(**changed)
    n_classes, synonyms, branching, levels = (
        (SMALL | changed)[k] for k in ("n_classes", "synonyms", "branching", "levels")
    )
    total = hierarchy.n_strings(n_classes, synonyms, branching, levels)
    found, classes = hierarchy.strings(drawn, np.arange(total))
    assert found.shape == (total, branching**levels)
    by_hand = {string: c for c in range(n_classes) for string in strings_from(c, drawn)}
    assert len(by_hand) == total, "no string is of two classes, or made in two ways"
    assert {tuple(x): c for x, c in zip(found.tolist(), classes.tolist(), strict=True)} == by_hand
    assert (np.bincount(classes) == total // n_classes).all()


@pytest.mark.parametrize("seed", range(3))
def test_no_tuple_is_shared_within_a_level(seed):
    for level, tuples in enumerate(rules(seed)):
        assert tuples.shape == (3 if level == 0 else 4, 2, 2)
        assert len({tuple(x) for x in tuples.reshape(-1, 2).tolist()}) == tuples.shape[0] * 2


def test_levels_of_a_derivation_follow_the_rules():
    drawn = rules()
    levels, classes = hierarchy.derivations(drawn, np.arange(50))
    above = classes[:, None]
    for tuples, below in zip(drawn, levels, strict=True):
        pairs = below.reshape(*above.shape, 2)
        assert (tuples[above] == pairs[..., None, :]).all(-1).any(-1).all()
        above = below


def test_counts():
    assert hierarchy.n_strings(8, 4, 2, 3) == 131072
    assert hierarchy.n_strings(6, 3, 2, 3) == 13122


def test_too_few_tuples_are_refused():
    with pytest.raises(ValueError, match="4 symbols with 5 tuples each need more than the 16"):
        rules(synonyms=5)


def test_one_hot():
    np.testing.assert_array_equal(
        hierarchy.one_hot(np.array([[0, 2], [1, 1]]), 3), [[1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0]]
    )
    assert hierarchy.one_hot(np.array([[0, 2]]), 3, np.float32).dtype == np.float32

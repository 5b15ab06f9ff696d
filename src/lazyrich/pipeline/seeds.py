"""Random generators by name: every draw of an experiment has its own stream.

A stream is `numpy.random.SeedSequence(seed, spawn_key=…)` keyed by the experiment and by what is drawn
(names and counters), never by order, so that adding an experiment, a λ or a seed moves no other draw.
"""

import hashlib

import numpy as np


def _key(part):
    if isinstance(part, str):
        return int.from_bytes(hashlib.sha256(part.encode()).digest()[:4], "big")
    return int(part)


class Seeds:
    """Streams below one root: `Seeds(seed, "fig2").rng("task", 3)`."""

    def __init__(self, seed, *names):
        self._seed, self._names = int(seed), names

    def rng(self, *names):
        """The generator of the stream with these names (str) and counters (int)."""
        key = tuple(_key(part) for part in (*self._names, *names))
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))

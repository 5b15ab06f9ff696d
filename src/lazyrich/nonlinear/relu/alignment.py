"""Where the neurons of a student end: how near to the teacher's, and how far turned."""

import numpy as np


def teacher_cosine(w, a, teacher_w, teacher_a):
    """Cosine of each w_k to the nearest teacher neuron of the same sign, weighted with |a_k||w_k|, (...)."""
    lengths = np.linalg.norm(w, axis=-1)
    cosines = np.einsum("...kd,jd->...kj", w / lengths[..., None], teacher_w)
    same = np.sign(a)[..., None] == np.sign(teacher_a)
    nearest = np.where(same, cosines, -1.0).max(-1)
    weights = np.abs(a) * lengths
    return (weights * nearest).sum(-1) / weights.sum(-1)


def turning_angle(w, other, lines=False):
    """Mean angle between the weights of each neuron in two networks, in degrees, (...).

    With `lines`, between the lines through them: 90° at most, and 0 for a neuron that turns right round.
    """
    cosine = (w * other).sum(-1) / (np.linalg.norm(w, axis=-1) * np.linalg.norm(other, axis=-1))
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return (np.minimum(angle, 180 - angle) if lines else angle).mean(-1)

"""The compiled inner loops of gradient descent: runs side by side, and one run alone.

Apart from `descent` because numba compiles them: its cache follows this file's time stamp, so that other
edits do not cost a compilation. Side by side, runs lie along the last axis ("lanes"), which the compiler
vectorises; alone, that axis would be one long, so the loops over the layer widths stand innermost. Sums
keep their order in both, so that a run's result does not depend on its neighbours.
"""

import numpy as np

from .compiled import compiled


@compiled
def descend_lanes(w1, w2, sigma_yx, sigma_xx, rate, kept, records, out1, out2):
    """Run records[-1] steps on the lanes of w1, w2 in place, copying the weights at each recorded step.

    w1 (n_hidden, n_in, L), w2 (n_out, n_hidden, L), sigma_yx (n_out, n_in, L), rate η, kept 1 − ηγ (L,), records (K,),
    sigma_xx (n_in, n_in, L), or (1, 1, L) for an isotropic one,
    out1 (K, n_hidden, n_in, L), out2 (K, n_out, n_hidden, L)
    """
    n_hidden, n_in, lanes = w1.shape
    n_out = w2.shape[0]
    isotropic = sigma_xx.shape[0] == 1
    function = np.empty((n_out, n_in, lanes))
    error = np.empty((n_out, n_in, lanes))
    new2 = np.empty((n_out, n_hidden, lanes))
    step = 0
    for k in range(records.size):
        while step < records[k]:
            for o in range(n_out):
                for i in range(n_in):
                    f = function[o, i]
                    f[:] = 0.0
                    for h in range(n_hidden):
                        for lane in range(lanes):
                            f[lane] += w2[o, h, lane] * w1[h, i, lane]
            # error times learning rate: what both layers' gradients share
            for o in range(n_out):
                for i in range(n_in):
                    e = error[o, i]
                    e[:] = sigma_yx[o, i]
                    if isotropic:
                        for lane in range(lanes):
                            e[lane] -= function[o, i, lane] * sigma_xx[0, 0, lane]
                    else:
                        for m in range(n_in):
                            for lane in range(lanes):
                                e[lane] -= function[o, m, lane] * sigma_xx[m, i, lane]
                    for lane in range(lanes):
                        e[lane] *= rate[lane]
            for o in range(n_out):
                for h in range(n_hidden):
                    v = new2[o, h]
                    for lane in range(lanes):
                        v[lane] = kept[lane] * w2[o, h, lane]
                    for i in range(n_in):
                        for lane in range(lanes):
                            v[lane] += error[o, i, lane] * w1[h, i, lane]
            for h in range(n_hidden):
                for i in range(n_in):
                    v = w1[h, i]
                    for lane in range(lanes):
                        v[lane] *= kept[lane]
                    for o in range(n_out):
                        for lane in range(lanes):
                            v[lane] += w2[o, h, lane] * error[o, i, lane]
            w2[:] = new2
            step += 1
        out1[k] = w1
        out2[k] = w2


@compiled
def descend_one(w1, w2, sigma_yx, sigma_xx, rate, kept, records, out1, out2):
    """The same for one run: every array without its last axis, `rate` and `kept` numbers."""
    n_hidden, n_in = w1.shape
    n_out = w2.shape[0]
    isotropic = sigma_xx.shape[0] == 1
    function = np.empty(n_in)
    error = np.empty((n_out, n_in))
    new2 = np.empty((n_out, n_hidden))
    step = 0
    for k in range(records.size):
        while step < records[k]:
            for o in range(n_out):
                for i in range(n_in):
                    function[i] = 0.0
                for h in range(n_hidden):
                    for i in range(n_in):
                        function[i] += w2[o, h] * w1[h, i]
                for i in range(n_in):
                    e = sigma_yx[o, i]
                    if isotropic:
                        e -= function[i] * sigma_xx[0, 0]
                    else:
                        for m in range(n_in):
                            e -= function[m] * sigma_xx[m, i]
                    error[o, i] = rate * e
                for h in range(n_hidden):
                    v = kept * w2[o, h]
                    for i in range(n_in):
                        v += error[o, i] * w1[h, i]
                    new2[o, h] = v
            for h in range(n_hidden):
                for i in range(n_in):
                    w1[h, i] *= kept
                for o in range(n_out):
                    for i in range(n_in):
                        w1[h, i] += w2[o, h] * error[o, i]
            w2[:] = new2
            step += 1
        out1[k] = w1
        out2[k] = w2

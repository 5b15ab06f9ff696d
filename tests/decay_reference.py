"""Networks with weight decay in 40 digits: a Taylor integration of the weights themselves, which knows no theory.

PYTHONPATH=src python tests/decay_reference.py    writes tests/data/decay_qqt.json anew, in some four minutes
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np

import lazyrich as lr

FILE = Path(__file__).parent / "data/decay_qqt.json"
DIGITS, ORDER, ERROR = 40, 30, 26
SHAPES = (2, 2, 2), (3, 1, 2), (2, 3, 3), (1, 2, 2), (3, 2, 3), (2, 2, 3)
LAMS = 0, 1e-12, -1e-12, 1e-6, -1e-3, 1e-3, 0.05, -0.3, 0.3, 1, -2, 5, -20, 50
# γ, and how long to look
UNTIL = {1e-3: 12, 1e-2: 12, 0.1: 12, 0.4: 12, 1: 12, 2: 8, 10: 2.5}


def exact(array):
    return np.array([[mp.mpf(float(x)) for x in row] for row in array])


def qqt(w1, w2, sigma_yx, weight_decay, times):
    """QQᵀ of Ẇ1 = W2ᵀ(Σyx − W2W1) − γW1, Ẇ2 = (Σyx − W2W1)W1ᵀ − γW2 at ascending times, (T, M, M) float64."""
    with mp.workdps(DIGITS):
        w1, w2, sigma_yx, gamma = exact(w1), exact(w2), exact(sigma_yx), mp.mpf(float(weight_decay))
        t, result = mp.mpf(0), []
        for until in (mp.mpf(float(time)) for time in times):
            while t < until:
                a, b, errors = [w1], [w2], []  # Taylor coefficients of W1, W2 and Σyx − W2W1
                for k in range(ORDER):
                    error = -sum(b[i] @ a[k - i] for i in range(k + 1))
                    errors.append(error + sigma_yx if k == 0 else error)
                    a.append((sum(b[i].T @ errors[k - i] for i in range(k + 1)) - gamma * a[k]) / (k + 1))
                    b.append((sum(errors[i] @ a[k - i].T for i in range(k + 1)) - gamma * b[k]) / (k + 1))
                last, size = (max(abs(x) for w in pair for x in w.ravel()) for pair in ((a[-1], b[-1]), (w1, w2)))
                step = (mp.mpf(10) ** -ERROR * size / max(last, mp.mpf(10) ** -200)) ** (mp.mpf(1) / ORDER)
                step = min(step, until - t)
                w1, w2 = (sum(w[k] * step**k for k in range(ORDER + 1)) for w in (a, b))
                t += step
            q = np.concatenate([w1.T, w2])
            result.append((q @ q.T).astype(float))
        return np.array(result)


def cases():
    rng = np.random.default_rng(7)
    for k, (lam, weight_decay) in enumerate((lam, gamma) for lam in LAMS for gamma in UNTIL):
        shape, weights = SHAPES[k % len(SHAPES)], None
        while weights is None:
            try:
                weights = lr.lambda_balanced_weights(lam, *shape, rng=rng, scale=0.3)
            except ValueError:  # none of this λ in this shape
                shape = SHAPES[rng.integers(len(SHAPES))]
        w1, w2 = weights
        sigma_yx = np.round(rng.standard_normal((shape[2], shape[0])), 2)
        until = min(UNTIL[weight_decay], 40 / max(1, abs(lam) / 2, weight_decay))
        times = [0.0, until / 20, until / 4, until]
        values = qqt(w1, w2, sigma_yx, weight_decay, times).tolist()
        given = {"w1": w1.tolist(), "w2": w2.tolist(), "sigma_yx": sigma_yx.tolist()}
        yield {"lam": lam, "weight_decay": weight_decay, **given, "times": times, "qqt": values}


if __name__ == "__main__":
    FILE.write_text("[" + ",\n".join(json.dumps(case) for case in cases()) + "]\n")

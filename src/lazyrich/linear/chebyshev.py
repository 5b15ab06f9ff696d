"""An explicit integrator for flows that fall fast in some directions and slowly in others, without any Jacobian.

The Runge–Kutta–Chebyshev method of order 2 (Sommeijer, Shampine & Verwer 1998, RKC): s evaluations of the flow make a
step that is stable up to 0.65 s² over the largest rate, which suits a gradient flow, whose rates are real. The
interface is that of SciPy's solvers.
"""

import numpy as np

DAMPING = 2 / 13
# factors between steps, and what is kept below the tolerance
LEAST, MOST, SAFETY = 0.1, 5.0, 0.8
# most evaluations of one step: rounding grows as their square
STAGES = 400


class Chebyshev:
    """Integrates `flow`(t, y) from (t0, y0) to t_bound, at most `stages` evaluations a step.

    `rate`(y) is an upper bound of the flow's fastest rate; rtol, atol as SciPy's.
    """

    def __init__(self, flow, rate, t0, y0, t_bound, rtol, atol, stages):
        self.flow, self.rate, self.t_bound = flow, rate, t_bound
        self.most = min(stages, STAGES)
        self.rtol, self.atol = rtol, atol
        self.t, self.y, self.status = t0, y0, "running"
        self._f, self._fastest = flow(t0, y0), rate(y0)
        scale = atol + rtol * np.abs(y0)
        # as long as the first step moves the weights by the root of what is allowed
        first = np.sqrt(np.mean((self._f / scale) ** 2))
        self._h = min(0.1 / self._fastest, 1 / max(first * np.sqrt(rtol), np.finfo(float).tiny))
        self._last = None

    def step(self):
        """To the end of the next step whose error is allowed."""
        while True:
            h = min(self._h, self.t_bound - self.t, 0.65 * (self.most**2 - 1) / self._fastest)
            if h <= 8 * np.finfo(float).eps * self.t:
                self.status = "failed" if h < self.t_bound - self.t else "finished"
                return
            new = self._stages(h)
            f = self.flow(self.t + h, new)
            scale = self.atol + self.rtol * np.maximum(np.abs(self.y), np.abs(new))
            error = (0.8 * (self.y - new) + 0.4 * h * (self._f + f)) / scale
            size = max(np.sqrt(np.mean(error**2)), 1e-10) if np.isfinite(new).all() else np.inf
            if size <= 1:
                break
            self._h, self._last = h * max(LEAST, SAFETY / size ** (1 / 3)), None
        factor = SAFETY / size ** (1 / 3)
        if self._last is not None:
            factor *= (h / self._last[0]) * (self._last[1] / size) ** (1 / 3)
        self._last = h, size
        self._h = h * min(MOST, max(LEAST, factor))
        self._before = self.t, self.y, self._f, h
        self.t, self.y, self._f, self._fastest = self.t + h, new, f, self.rate(new)

    def _stages(self, h):
        """y after a step of length h."""
        s = min(max(2, 1 + int(np.sqrt(1 + 1.54 * h * self._fastest))), self.most)
        w0 = 1 + DAMPING / s**2
        t, d, dd = _polynomials(s, w0)
        w1 = d[s] / dd[s]
        b = np.empty(s + 1)
        b[2:] = dd[2:] / d[2:] ** 2
        b[0], b[1] = b[2], 1 / w0
        a = 1 - b * t
        y, f = self.y, self._f
        before, now = y, y + (b[1] * w1 * h) * f
        for j in range(2, s + 1):
            mu, nu, step = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1] * h
            slope = self.flow(self.t, now)
            slope -= a[j - 1] * f
            slope *= step
            slope += (1 - mu - nu) * y
            slope += mu * now
            slope += nu * before
            before, now = now, slope
        return now

    def dense_output(self):
        """Function of times (T,) within the last step: the cubic through both ends, (m, T)."""
        t, y, f, h = self._before

        def at(times):
            x = ((times - t) / h)[None]
            rise = x**2 * (3 - 2 * x)
            ends = y[:, None] * (1 - rise) + self.y[:, None] * rise
            return ends + h * (f[:, None] * (x * (1 - x) ** 2) - self._f[:, None] * (x**2 * (1 - x)))

        return at


def _polynomials(s, x):
    """Chebyshev polynomials of degree 0 to s at x with their first two derivatives."""
    t, d, dd = np.zeros(s + 1), np.zeros(s + 1), np.zeros(s + 1)
    t[0], t[1], d[1] = 1.0, x, 1.0
    for j in range(2, s + 1):
        t[j] = 2 * x * t[j - 1] - t[j - 2]
        d[j] = 2 * x * d[j - 1] - d[j - 2] + 2 * t[j - 1]
        dd[j] = 2 * x * dd[j - 1] - dd[j - 2] + 4 * d[j - 1]
    return t, d, dd

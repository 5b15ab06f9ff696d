"""The same solutions in 60-digit arithmetic: slow, plain, the oracle of the fast ones.

F is built from its blocks and eigendecomposed by mpmath; nothing of `riccati` or `modes` is used. A 3-3-3
net takes some 10 ms a time. figE1 measures the floor of the fast evaluation against it.
"""

import mpmath as mp
import numpy as np

DIGITS = 60
MOST_DIGITS = 4000  # a minute or so; more is refused


def _block_matrix(sigma, lam):
    n_out, n_in = sigma.rows, sigma.cols
    f = mp.zeros(n_in + n_out)
    for i in range(n_in):
        f[i, i] = -lam / 2
        for o in range(n_out):
            f[n_in + o, i] = f[i, n_in + o] = sigma[o, i]
    for o in range(n_out):
        f[n_in + o, n_in + o] = lam / 2
    return f


def qqt(w1, w2, sigma_yx, lam, times, tau=1.0, sigma_xx=1.0):
    """QQᵀ(t) of the Riccati equation with F from its blocks, eigendecomposed by mpmath, (T, M, M).

    With B the first n_hidden rows of K = PᵀQ(0) (eigenvalues descending) it is evaluated in the paper's
    form, K B⁻¹ and e^{−Λt} on the growing side, which bounds every number. Where B has no inverse, in
    the plain form with as many digits more as the exponentials grow; ValueError if that is too many.
    """
    n_hidden = np.shape(w1)[0]
    with mp.workdps(DIGITS + 60):
        result = _qqt(w1, w2, sigma_yx, lam, times, tau, sigma_xx, n_hidden)
    if result is None:
        rate = np.linalg.norm(sigma_yx, 2) / sigma_xx + abs(lam)
        digits = DIGITS + 60 + int(rate * max(times) * sigma_xx / tau)
        if digits > MOST_DIGITS:
            raise ValueError(
                f"B is singular and the plain form would need {digits} digits (limit {MOST_DIGITS}): "
                "ask for earlier times"
            )
        with mp.workdps(digits):
            result = _qqt(w1, w2, sigma_yx, lam, times, tau, sigma_xx, n_hidden, plain=True)
    return result


def _qqt(w1, w2, sigma_yx, lam, times, tau, sigma_xx, n_hidden, plain=False):
    c, lam, tau = mp.mpf(float(sigma_xx)), mp.mpf(float(lam)), mp.mpf(float(tau))
    values, p = mp.eigsy(_block_matrix(mp.matrix(np.asarray(sigma_yx).tolist()) / c, lam))
    order = sorted(range(len(values)), key=lambda i: -values[i])
    values = [values[i] for i in order]
    p = mp.matrix([[p[row, i] for i in order] for row in range(p.rows)])
    k = p.T * mp.matrix(np.vstack([np.transpose(w1), w2]).tolist())
    if plain:
        factor, grow = mp.eye(n_hidden), [mp.mpf(0)] * n_hidden
    else:
        if n_hidden > k.rows:
            return None
        b = k[:n_hidden, :]
        if mp.det(b) == 0 or mp.svd(b, compute_uv=False)[n_hidden - 1] < mp.mpf(10) ** -45:
            return None
        factor, grow = b**-1, [max(v, mp.mpf(0)) for v in values[:n_hidden]]
    tiny = mp.mpf(10) ** (-mp.mp.dps + 15)
    k, start = k * factor, factor.T * factor
    if not plain:
        k[:n_hidden, :] = mp.eye(n_hidden)  # exactly: rounding there would grow as e^{(Λ_i − Λ_j)t}
    result = []
    for time in times:
        t = mp.mpf(float(time)) * c / tau
        fall = [mp.exp(-g * t) for g in grow]
        e = mp.matrix(k.rows, n_hidden)
        for i in range(k.rows):
            for j in range(n_hidden):
                e[i, j] = k[i, j] * mp.exp((values[i] - grow[j]) * t)
        bracket = mp.matrix(n_hidden, n_hidden)
        for i in range(n_hidden):
            for j in range(n_hidden):
                total = start[i, j] * fall[i] * fall[j]
                for m in range(k.rows):
                    v = values[m]
                    # φ e^{−(g_i + g_j)t} / 2
                    if abs(v) < tiny:
                        phi = t * fall[i] * fall[j]
                    else:
                        phi = (mp.exp((2 * v - grow[i] - grow[j]) * t) - fall[i] * fall[j]) / (2 * v)
                    total += k[m, i] * phi * k[m, j]
                bracket[i, j] = total
        # columns of very different size would look singular to the inverse
        unit = mp.diag([1 / mp.sqrt(bracket[i, i]) for i in range(n_hidden)])
        a = p * e * unit
        result.append(np.array((a * (unit * bracket * unit) ** -1 * a.T).tolist(), dtype=float))
    return np.array(result)


def mode(time, target, initial, lam, tau=1.0):
    """Aligned mode a(t) from the asinh integral of τȧ = √(λ²+4a²)(s−a)."""
    with mp.workdps(DIGITS + 40):
        t, s, a0, c = (mp.mpf(float(v)) for v in (time / tau, target, initial, abs(lam) / 2))
        sign = -1 if s < 0 else 1
        s, a0 = sign * s, sign * a0
        if a0 == s:
            a = s
        elif c == 0 and s == 0:
            a = a0 / (1 + 2 * abs(a0) * t)
        elif c == 0:  # ȧ = 2|a|(s − a)
            grown = mp.expm1((-2 if a0 < 0 else 2) * s * t)
            a = s * a0 * (1 + grown) / (a0 * grown + s)
        else:
            u = mp.sinh(2 * mp.sqrt(s * s + c * c) * t + mp.asinh((s * a0 + c * c) / (c * abs(s - a0))))
            a = c * (s * u - c) / (s + c * u) if a0 < s else c * (s * u + c) / (c * u - s)
        return float(sign * a)

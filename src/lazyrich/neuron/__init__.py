"""One hidden linear neuron f(x) = a w·x, and wide and deep linear networks, after "Get rich quick".

Source: Kunin, Raventós, Dominé, Chen, Klindt, Saxe & Ganguli, NeurIPS 2024. Notation:

==================  ==================  =========================================================
paper               code                meaning
==================  ==================  =========================================================
w, a                w, a                input weights (..., d) and readout (...); f(x) = a w·x
β = a w             beta                function, (..., d)
η_w, η_a            rates               learning rates of w and a, a pair; default (1, 1)
XᵀX, Xᵀy            xtx, xty            data, one row of X an example; xtx None (whitened), c for cI, or (d, d)
β*                  target              least-squares function (XᵀX)⁺Xᵀy
δ                   delta               relative scale η_w a² − η_a|w|², conserved: upstream δ > 0, downstream δ < 0
κ                   kappa               √(δ² + 4 η_a η_w |β|²)
φ, μ, ν             phi, mu, nu         w·β*/(|w||β*|), a|w|, w·β*/a
==================  ==================  =========================================================

The loss is L = |Xβ − y|²/2, with no 1/P, and the flow is ȧ = −η_a ∂L/∂a, ẇ = −η_w ∂L/∂w. With A = √η_w a,
W = √η_a w, B = √(η_a η_w) β it is the flow at unit rates, and the network W2 = A, W1 = Wᵀ of the rest of the
package with Σxx = XᵀX, Σyx = √(η_a η_w) (Xᵀy)ᵀ; its λ = W2ᵀW2 − W1W1ᵀ is δ. That step is made in `units` only.
"""

"""Exact solutions: the Riccati equation of QQᵀ, aligned modes, limits."""

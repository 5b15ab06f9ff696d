"""Numerical solutions: full-batch gradient descent, and the gradient flow by an independent integrator."""

"""Two-layer linear networks: tasks, weights, the exact solution, descent, flow, and what is measured of them."""

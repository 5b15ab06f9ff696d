"""Figures from tables: one module a figure with `draw(data) -> Figure`. Nothing here computes."""

"""Data sets that come with the package, and those that are drawn at random."""

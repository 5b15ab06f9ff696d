"""A measure of several columns together."""


def largest_of(results, figure, of, **shared):
    """The largest of several choices of numbers, each a mapping; `shared` holds what they have in common."""
    return max(results.values(figure, **shared, **chosen).max() for chosen in of)

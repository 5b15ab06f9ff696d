"""What only the claims of figX3 need from its tables."""


def largest_of(results, figure, columns, **chosen):
    """The largest of the chosen numbers of several columns."""
    return max(results.values(figure, column=column, **chosen).max() for column in columns)

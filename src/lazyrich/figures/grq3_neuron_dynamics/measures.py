"""What only the caption of grq3 needs from its tables."""


def largest_difference(results, figure, table, of, beside):
    """The largest difference of two columns, row by row."""
    frame = results.frame(figure, table)
    return (frame[of] - frame[beside]).abs().max()

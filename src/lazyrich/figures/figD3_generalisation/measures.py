"""What figD3's claims and caption measure beside the general measures."""


def least_rise(results, figure, **chosen):
    """The least step from the largest of all draws at one λ to the least of them at the next."""
    draws = results.select(figure, **chosen).groupby("lam")["value"]
    return (draws.min().to_numpy()[1:] - draws.max().to_numpy()[:-1]).min()


def in_turn(results, figure, **chosen):
    """The chosen numbers, in the order of the table."""
    return results.values(figure, **chosen)

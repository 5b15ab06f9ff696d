"""How claims of figX7, and its caption, measure what is not one choice of numbers."""

from ...pipeline.frames import only


def most_unlearned(results, figure, **where):
    """The largest number of draws that have not learned the task, over networks and λ."""
    end = only(results.frame(figure, "simulation/end"), **where)
    return (~end["learned"]).groupby([end["scales"], end["depth"], end["lam"]]).sum().max()


def unlearned(results, figure, depth):
    """How many networks of a depth have not learned the task, at each λ at which there are any."""
    return _unlearned(results, figure, depth).to_numpy()


def where_unlearned(results, figure, depth):
    """The λ at which there are any."""
    return _unlearned(results, figure, depth).index.to_numpy()


def each(results, figure, **chosen):
    """All of the chosen numbers."""
    return results.values(figure, **chosen)


def _unlearned(results, figure, depth):
    end = only(results.frame(figure, "simulation/end"), scales="equal", depth=depth, learned=False)
    return end.groupby("lam").size()

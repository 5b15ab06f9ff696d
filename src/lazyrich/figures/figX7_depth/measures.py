"""How claims of figX7 measure what is not one choice of numbers."""

from ...pipeline.frames import only


def most_unlearned(results, figure, **where):
    """The largest number of draws that have not learned the task, over networks and λ."""
    end = only(results.frame(figure, "simulation/end"), **where)
    return (~end["learned"]).groupby([end["scales"], end["depth"], end["lam"]]).sum().max()

"""Saving a figure: the same bytes although the layout's solver differs in its last digits."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lazyrich.pipeline.drawing import style


def panels(nudge=0.0):
    """Panels, some in a subfigure, laid out and then moved by `nudge`, as another run of the solver would."""
    style.use()
    figure = plt.figure(figsize=(4, 3))
    left, right = figure.subfigures(1, 2)
    for axes in (*left.subplots(2, 1), right.subplots()):
        axes.plot([0, 1], [0, 1])
        axes.set_xlabel("time")

    class Nudged(type(figure.get_layout_engine())):
        def execute(self, fig):
            result = super().execute(fig)
            for part in fig.subfigs:
                part.bbox_relative.set_points(part.bbox_relative.get_points() + nudge)
            for axes in fig.get_axes():
                place = axes.get_position(original=True)
                axes._set_position(place.from_extents(*(place.extents + nudge)))
            return result

    figure.set_layout_engine(Nudged())
    return figure


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_the_solvers_last_digits_are_not_in_the_file(suffix, tmp_path):
    # rounding may fall between two neighbours, but not often
    for k, nudge in enumerate((0.0, 1e-15, -1e-15)):
        figure = panels(nudge)
        style.save(figure, tmp_path / f"{k}.{suffix}")
        plt.close(figure)
    first, *others = ((tmp_path / f"{k}.{suffix}").read_bytes() for k in range(3))
    assert all(other == first for other in others)


def test_saving_again_moves_nothing(tmp_path):
    figure = panels()
    style.save(figure, tmp_path / "a.png")
    before = [axes.get_position().extents for axes in figure.get_axes()]
    style.save(figure, tmp_path / "b.svg")
    assert np.array_equal(before, [axes.get_position().extents for axes in figure.get_axes()])
    assert before == pytest.approx(np.round(before, style.PLACES), abs=0)


def test_a_format_does_not_depend_on_what_was_written_before(tmp_path):
    suffixes = ["svg", "pdf", "png"]
    for folder, order in (("a", suffixes), ("b", suffixes[::-1])):
        figure = panels()
        for suffix in order:
            style.save(figure, tmp_path / folder / f"figure.{suffix}")
        plt.close(figure)
    for suffix in suffixes:
        one, other = ((tmp_path / folder / f"figure.{suffix}").read_bytes() for folder in "ab")
        assert one == other, suffix


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_a_format_is_drawn_once(suffix, tmp_path, monkeypatch):
    figure, drawn = panels(), []
    artist = figure.get_axes()[0].lines[0]
    draw = type(artist).draw
    monkeypatch.setattr(type(artist), "draw", lambda self, renderer: drawn.append(self) or draw(self, renderer))
    style.save(figure, tmp_path / f"figure.{suffix}")
    assert drawn.count(artist) == 1

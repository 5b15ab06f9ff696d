"""Tables as a stranger reads them: by name through the package, and by pandas alone."""

import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from figures import ROOT, compute, config, drawn, tables_in

matplotlib.use("Agg")
import lazyrich as lr


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two figures in miniature, as the workflow leaves their tables."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("fig1", "fig5"):
        compute(name, folder / name, config("tiny")[name])
    return folder


class TestLoad:
    def test_a_table_by_its_name(self, results):
        frame = lr.load("fig5", "theory/end", results=results)
        assert frame.attrs["row"] == "a start of panel B, at the end of training by the exact solution"
        assert frame.attrs["keys"] == ["shape", "lam", "draw"]
        assert frame.attrs["columns"]["lam"] == "relative scale λ of the start"
        assert not frame.duplicated(frame.attrs["keys"]).any()
        start = lr.load("fig1", "task/starts", results=results).iloc[0]
        assert start["w1"].shape == (start["n_hidden"], start["n_in"])

    def test_units_are_in_the_words(self, results):
        assert lr.load("fig5", "theory/dynamics", results).attrs["columns"]["t"].endswith("(units of τ)")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("fig55", "theory/end"), "there is no figure 'fig55'"),
            (("fig5", "theory/ends"), "fig5 has no table 'theory/ends'; did you mean 'theory/end'"),
            (("fig5", "x"), "It has task/starts, task/dynamics, theory/end"),
        ],
    )
    def test_what_is_not_there_is_named(self, results, arguments, said):
        with pytest.raises(ValueError, match=said):
            lr.load(*arguments, results=results)

    def test_a_table_that_was_not_made_is_named(self, tmp_path):
        with pytest.raises(ValueError, match=r"no table .*fig5/theory/end\.parquet; build it with: snakemake"):
            lr.load("fig5", "theory/end", results=tmp_path)

    def test_what_there_is_to_load(self):
        listed = lr.tables("fig5")
        assert set(listed["table"]) >= {"task/starts", "theory/end", "simulation/end"}
        keys = listed[(listed["table"] == "theory/end") & listed["key"]]
        assert keys["column"].tolist() == ["shape", "lam", "draw"]
        assert len(lr.tables()) > 20 * len(listed["table"].unique())
        with pytest.raises(ValueError, match="there is no figure 'fig55'"):
            lr.tables("fig55")


def test_the_readmes_example_runs(results, monkeypatch):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", readme, re.S) if "lr.load(" in code]
    (results.parent / "workplace").mkdir()
    (results.parent / "workplace/results").symlink_to(results)
    monkeypatch.chdir(results.parent / "workplace")
    exec(code, {})


ALONE = """
import sys
import numpy as np
import pandas as pd

results = sys.argv[1]

# fig1 B: the outputs at the smallest relative scale over time, a line for each entry
outputs = pd.read_parquet(f"{results}/fig1/simulation/outputs.parquet")
outputs = outputs[outputs.lam == outputs.lam.min()]
lines = [(outputs.t.to_numpy(), np.stack(outputs.outputs)[:, k]) for k in range(len(outputs.outputs.iloc[0]))]

# fig5 B: mean kernel distance of funnels against the relative scale
end = pd.read_parquet(f"{results}/fig5/theory/end.parquet")
mean = end[end["shape"] == "funnel"].groupby("lam").kernel_distance.mean()
lines.append((mean.index.to_numpy(), mean.to_numpy()))

# fig5 C: its course over time at the largest
dynamics = pd.read_parquet(f"{results}/fig5/theory/dynamics.parquet")
dynamics = dynamics[(dynamics["shape"] == "funnel") & (dynamics.lam == dynamics.lam.max())]
lines.append((dynamics.t.to_numpy(), dynamics.kernel_distance.to_numpy()))

assert not any(name.startswith("lazyrich") for name in sys.modules)
np.savez(sys.argv[2], **{f"{name}{k}": values for k, line in enumerate(lines) for name, values in zip("xy", line)})
"""


def test_three_panels_from_pandas_alone(results, tmp_path):
    """Whoever has only the files and pandas gets the curves that the project draws."""
    subprocess.run([sys.executable, "-c", ALONE, str(results), str(tmp_path / "lines.npz")], check=True)
    found = np.load(tmp_path / "lines.npz")
    expected = []
    for name in ("fig1", "fig5"):
        figure = drawn(name, tables_in(name, results / name), config("tiny")[name])
        expected += [line.get_xydata() for axes in figure.get_axes() for line in axes.get_lines()]
    n = len(found.files) // 2
    assert n > 4
    for k in range(n):
        line = np.column_stack([found[f"x{k}"], found[f"y{k}"]])
        assert any(line.shape == other.shape and np.allclose(line, other, rtol=1e-12) for other in expected), k

"""The data contract: the dictionary, tables written whole or not at all, and read with a check."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lazyrich.pipeline import dictionary, frames, parquet, stages
from lazyrich.pipeline.dictionary import DictionaryError
from lazyrich.pipeline.frames import NoSuchRow
from lazyrich.pipeline.parquet import TableError
from lazyrich.pipeline.stages import Rows

ORIGIN = parquet.provenance("fig0", "theory", {"a": 1}, 7)
SAID = {
    "theory/end": {
        "row": "a network at the end",
        "keys": {"kind": "which one", "lam": None, "draw": None},
        "values": {
            "n_in": None,
            "loss": {"what": "the loss", "scale": 1},
            "learned": {"what": "whether it has learned", "type": "truth"},
            "rates": {"what": "a rate for each input", "shape": ["n_in"], "scale": 1},
            "gram": {"what": "a matrix", "shape": ["n_in", 2], "scale": 1},
        },
    }
}
END = dictionary.read("fig0", SAID)["theory/end"]


def rows(**changes):
    collected = Rows()
    for k, n_in in enumerate((2, 3)):
        collected.add(
            **{"kind": "wide", "lam": 2.0, "draw": k, "n_in": n_in, "loss": 0.5 + k, "learned": k == 1},
            **{"rates": np.arange(n_in)[None], "gram": np.arange(2 * n_in).reshape(1, n_in, 2)},
        )
    return collected.columns() | changes


def written(folder, **changes):
    path = folder / "theory/end.parquet"
    parquet.write(path, END, rows(**changes), ORIGIN)
    return path


class TestRoundTrip:
    def test_as_a_data_frame_with_cells_of_their_shape(self, tmp_path):
        frame = parquet.read_frame(written(tmp_path), END)
        assert list(frame) == ["kind", "lam", "draw", "n_in", "loss", "learned", "rates", "gram"]
        assert frame["loss"].tolist() == [0.5, 1.5]
        assert frame["learned"].tolist() == [False, True]
        assert [cell.shape for cell in frame["gram"]] == [(2, 2), (3, 2)]
        assert frame["gram"][1].tolist() == [[0, 1], [2, 3], [4, 5]]
        assert frame["rates"][0].tolist() == [0, 1]

    def test_pandas_alone_reads_it(self, tmp_path):
        frame = pd.read_parquet(written(tmp_path))
        assert frame["draw"].tolist() == [0, 1]
        assert np.reshape(frame["gram"][1], (3, 2)).tolist() == [[0, 1], [2, 3], [4, 5]]

    def test_the_dictionary_stands_in_the_metadata(self, tmp_path):
        schema = pq.read_schema(written(tmp_path))
        metadata = {k.decode(): v.decode() for k, v in schema.metadata.items()}
        assert metadata["row"] == "a network at the end"
        assert metadata["figure"] == "fig0"
        assert metadata["schema_version"] == str(parquet.VERSION)
        assert "numpy" in metadata["versions"]
        assert schema.field("lam").metadata == {
            b"description": "relative scale λ of the start".encode(),
            b"key": b"yes",
        }
        assert schema.field("gram").metadata[b"shape"].decode() == "n_in × 2"
        other = parquet.provenance("fig0", "theory", {"a": 2}, 7)
        assert other["config_sha256"] != ORIGIN["config_sha256"]

    def test_same_content_same_bytes(self, tmp_path):
        assert written(tmp_path / "a").read_bytes() == written(tmp_path / "b").read_bytes()

    @given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=5))
    def test_rows_are_added_one_by_one_or_together(self, parts):
        """Matrices of several shapes keep their rows, and single values are repeated."""
        collected, expected = Rows(), []
        for k, (size, count) in enumerate(parts):
            matrices = np.random.default_rng(k).standard_normal((count, size, 2))
            collected.add(lam=float(k), draw=np.arange(count), gram=matrices)
            expected += [matrix.ravel().tolist() for matrix in matrices]
        columns = collected.columns()
        assert columns["gram"].to_pylist() == expected
        assert columns["lam"].tolist() == [float(k) for k, (_, count) in enumerate(parts) for _ in range(count)]


class TestWhatIsRefusedOnWriting:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            (
                {"loss": [np.nan, 1.0]},
                "fig0, theory/end: loss holds NaN or infinity at kind = 'wide', lam = 2.0, draw = 0",
            ),
            ({"lam": [2.0, np.inf]}, "lam holds NaN or infinity at .* draw = 1"),
            ({"draw": [0, 0]}, "two rows have the same keys, kind = 'wide', lam = 2.0, draw = 0"),
            ({"more": [1, 2]}, "column more is not in tables.yaml"),
            ({"loss": [1.0]}, r"columns of \[1, 2\] rows"),
            ({"loss": ["a", "b"]}, "theory/end, loss: expected a column of number"),
            ({"draw": [0.0, 1.0]}, "draw: expected a column of integer"),
            ({"kind": [1, 2]}, "kind: expected a column of text"),
            ({"learned": [0, 1]}, "learned: expected a column of truth"),
            ({"n_in": [2, 2]}, "rates should hold n_in = 2 numbers, holds 3 at .* draw = 1"),
        ],
    )
    def test_with_its_place(self, tmp_path, changes, said):
        with pytest.raises(TableError, match=said):
            written(tmp_path, **changes)
        assert not (tmp_path / "theory").exists()

    def test_nan_in_a_matrix(self, tmp_path):
        gram = pa.array([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, np.nan, 4.0, 5.0, 6.0]])
        with pytest.raises(TableError, match=r"gram holds NaN or infinity at .* draw = 1"):
            written(tmp_path, gram=gram)

    def test_a_column_that_is_missing(self, tmp_path):
        columns = rows()
        del columns["loss"]
        with pytest.raises(TableError, match=r"no column loss, which tables\.yaml declares"):
            parquet.write(tmp_path / "end.parquet", END, columns, ORIGIN)

    def test_additions_that_do_not_fit_together(self):
        with pytest.raises(ValueError, match=r"as many rows each; got draw \(3,\), loss \(2,\)"):
            Rows().add(draw=np.arange(3), loss=np.zeros(2))
        collected = Rows()
        collected.add(lam=1.0, loss=2.0)
        with pytest.raises(ValueError, match="columns lam, los are added to rows of lam, loss"):
            collected.add(lam=1.0, los=2.0)

    def test_tables_that_are_not_declared(self, tmp_path, monkeypatch):
        monkeypatch.setattr(dictionary, "tables", lambda figure: {"theory/end": END})
        with pytest.raises(TableError, match=r"fig0: theory gives the tables ends; tables\.yaml declares end"):
            stages.write(tmp_path, "fig0", "theory", {"ends": Rows()}, ORIGIN)

    def test_a_failing_write_leaves_the_old_table(self, tmp_path, monkeypatch):
        path = written(tmp_path)
        before = path.read_bytes()

        def broken(table, where, **_):
            where.write_bytes(b"half")
            raise OSError("disk full")

        monkeypatch.setattr(pq, "write_table", broken)
        with pytest.raises(OSError, match="disk full"):
            written(tmp_path, loss=[1.0, 2.0])
        assert path.read_bytes() == before
        assert [p.name for p in path.parent.iterdir()] == ["end.parquet"]

    def test_a_table_is_replaced_in_one_step(self, tmp_path):
        """A new file takes the name: whoever has the old one open, or is killed, never sees half of the new."""
        path = written(tmp_path)
        with path.open("rb") as old:
            before = old.read()
            written(tmp_path, loss=[1.0, 2.0])
            old.seek(0)
            assert old.read() == before
        assert parquet.read(path, END)["loss"].to_pylist() == [1.0, 2.0]


def _rewrite(path, change):
    table = pq.read_table(path)
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)


def _of_another_table(path):
    other = dictionary.read("fig0", {"theory/start": SAID["theory/end"]})["theory/start"]
    parquet.write(path, other, rows(), ORIGIN)


def _of_another_version(path):
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"schema_version": b"2"}), path)


CORRUPTED = {
    "truncated": (lambda p: p.write_bytes(p.read_bytes()[:-20]), "is not a readable Parquet file"),
    "empty": (lambda p: p.write_bytes(b""), "is not a readable Parquet file"),
    "foreign": (lambda p: pq.write_table(pa.table({"x": [1]}), p), "has schema version none, this code reads 3"),
    "missing": (lambda p: p.unlink(), "no table .*end.parquet; build it with: snakemake"),
    "of another table": (_of_another_table, "should hold the table fig0 theory/end, but .* say 'fig0 theory/start'"),
    "of another version": (_of_another_version, "has schema version 2, this code reads 3"),
    "without a column": (lambda p: _rewrite(p, lambda t: t.drop(["draw"])), r"lacks column 'draw' \(int64\)"),
    "of another type": (
        lambda p: _rewrite(p, lambda t: t.set_column(1, "lam", t["lam"].cast(pa.float32()))),
        "column 'lam' should be double, is float",
    ),
    "with another column": (
        lambda p: _rewrite(p, lambda t: t.append_column("extra", t["lam"])),
        r"unknown columns \['extra'\]",
    ),
}


@pytest.mark.parametrize("how", CORRUPTED)
def test_a_corrupt_table_is_refused_by_name(tmp_path, how):
    path = written(tmp_path)
    corrupt, said = CORRUPTED[how]
    corrupt(path)
    with pytest.raises(TableError, match=said) as error:
        parquet.read(path, END)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["loss", "draw", "learned", "kind", "gram"])
def test_a_number_changed_behind_the_contract_is_noticed(tmp_path, name):
    path = written(tmp_path)
    table = pq.read_table(path)
    column = table[name].to_pylist()
    if name == "gram":
        column[1][2] *= 1 + 1e-15
    else:
        column[0] = {"kind": "narrow", "learned": True}.get(name) or column[0] + 1
    changed = table.set_column(table.column_names.index(name), table.schema.field(name), pa.array(column))
    pq.write_table(changed, path)
    with pytest.raises(TableError, match="holds other numbers than were written"):
        parquet.read(path, END)


class TestDictionary:
    def test_columns_of_the_vocabulary_need_no_words(self):
        assert END.columns["draw"].type == "integer"
        assert END.keys == ["kind", "lam", "draw"]
        assert END.columns["kind"].type == "text"

    @pytest.mark.parametrize(
        ("column", "said", "match"),
        [
            ("x", None, "must be described"),
            ("x", "words", "a value needs what and scale"),
            ("x", 3, "must be a mapping"),
            ("x", {"what": "x"}, "needs scale"),
            ("x", {"scale": 1}, "needs what"),
            ("x", {"what": "x", "scale": 0}, "needs scale, a number above 0"),
            ("x", {"what": "x", "scale": True}, "needs scale"),
            ("x", {"what": "x", "scale": 1, "flor": 1}, r"unknown keys \['flor'\]"),
            ("x", {"what": "x", "scale": 1, "type": "real"}, "type = 'real' must be one of number"),
            ("x", {"what": "x", "scale": 1, "shape": ["m"]}, "shape holds 'm', which must be an integer"),
            ("x", {"what": "x", "scale": 1, "shape": ["lam"]}, "shape holds 'lam', which must be an integer"),
            ("x", {"what": "x", "scale": 1, "shape": 3}, "shape is a list"),
            ("x", {"what": "x", "scale": 1, "floor": 1e-9}, "floor and rounding, and why"),
            ("x", {"what": "x", "scale": 1, "floor": "1e-9", "why": "y"}, "with the point"),
            (
                "x",
                {"what": "x", "scale": 1, "floor": 1e-9, "rounding": [0, 1], "why": "y"},
                "one of floor and rounding",
            ),
            ("x", {"what": "x", "scale": 1, "rounding": [1, 0], "why": "y"}, r"\[least, most\]"),
            ("x", {"what": "x", "scale": 1, "rounding": True, "why": "y"}, r"\[least, most\]"),
            ("x", {"what": "x", "scale": 1, "but": [{"floor": 1e-9, "why": "y"}]}, "each has where"),
            ("x", {"what": "x", "scale": 1, "but": [{"where": {"lam": 0}, "why": "y"}]}, "one of floor and rounding"),
            ("deviation_x", {"what": "x", "scale": 1}, "a deviation needs agreement"),
        ],
    )
    def test_a_column_that_is_not_whole_is_refused(self, column, said, match):
        table = {"row": "a row", "keys": {"lam": None}, "values": {column: said}}
        with pytest.raises(DictionaryError, match=rf"tables\.yaml of fig0, theory/t, {column}.*{match}"):
            dictionary.read("fig0", {"theory/t": table})

    @pytest.mark.parametrize(
        ("said", "match"),
        [
            (None, "must hold a mapping from tables"),
            ([], "must hold a mapping from tables"),
            ({"end": {"row": "x"}}, "a table is named STAGE/NAME"),
            ({"theory/end": {"keys": {"lam": None}}}, "needs row"),
            ({"theory/end": {"row": "x", "columns": {}}}, "needs row"),
            ({"theory/end": {"row": "x"}}, "has no columns"),
            ({"theory/end": {"row": "x", "keys": {"lam": None}, "values": {"lam": None}}}, "lam is there twice"),
        ],
    )
    def test_a_table_that_is_not_whole_is_refused(self, said, match):
        with pytest.raises(DictionaryError, match=match):
            dictionary.read("fig0", said)

    def test_there_is_no_such_figure(self):
        with pytest.raises(ValueError, match=r"there is no figure 'fig99'; there are fig1, fig2"):
            dictionary.tables("fig99")


FRAME = pd.DataFrame({"kind": ["a", "ab", "b"], "lam": [-1.0, 0.0, 1.0], "learned": [True, False, True]})
FRAME.attrs["table"] = "fig0, theory/end"


class TestConditions:
    @pytest.mark.parametrize(
        ("conditions", "kept"),
        [
            ({}, [0, 1, 2]),
            ({"lam": 0}, [1]),
            ({"lam": [-1, 1]}, [0, 2]),
            ({"lam": {"from": 0}}, [1, 2]),
            ({"lam": {"from": -1, "to": 0}}, [0, 1]),
            ({"kind": "a"}, [0]),
            ({"kind": "a*"}, [0, 1]),
            ({"kind": ["b", "a"]}, [0, 2]),
            ({"learned": True, "lam": {"to": 0}}, [0]),
        ],
    )
    def test_rows_that_meet_them(self, conditions, kept):
        assert frames.only(FRAME, **conditions).index.tolist() == kept

    @pytest.mark.parametrize(
        ("conditions", "said"),
        [
            ({"lam": 3}, "fig0, theory/end has no row with lam = 3"),
            ({"lamda": 3}, "fig0, theory/end has no column 'lamda' to choose by; it has kind, lam"),
            ({"lam": "3"}, "lam holds numbers; cannot choose by '3'"),
            ({"kind": 3}, "kind holds text; cannot choose by 3"),
            ({"lam": {"frm": 3}}, "a range has from and to"),
        ],
    )
    def test_conditions_that_make_no_sense(self, conditions, said):
        with pytest.raises(NoSuchRow, match=said):
            frames.only(FRAME, **conditions)

    def test_the_one_value(self):
        assert frames.one(FRAME, "lam", kind="ab") == 0
        with pytest.raises(NoSuchRow, match=r"has 2 rows with .*; expected one"):
            frames.one(FRAME, "lam", kind="a*")

    def test_parts_come_in_their_order(self):
        parts = frames.each(pd.DataFrame({"x": [2, 1, 2], "y": [0, 1, 2]}), "x")
        assert [part["y"].tolist() for part in parts] == [[0, 2], [1]]

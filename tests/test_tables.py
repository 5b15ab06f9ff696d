"""The data contract: written whole or not at all, read with a check that names file and column."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lazyrich as lr
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data, Records

ORIGIN = tables.provenance("fig2", "theory", {"a": 1}, 7)
RUN = {
    "panel": "p",
    "draw": 0,
    "lam": 2.0,
    "n_in": 2,
    "n_hidden": 2,
    "n_out": 2,
    "init": "x",
    "learning_rate": 0.1,
    "n_steps": 3,
}


def written(folder, **columns):
    records = Records()
    records.add(0, "theory", "loss", [3.0, 2.0, 1.0], step=[0, 5, 10], t=[0.0, 0.5, 1.0])
    records.add(0, "theory", "modes", np.arange(6).reshape(3, 2), step=[0, 5, 10], t=[0.0, 0.5, 1.0])
    records.add_matrices(0, "theory", "qqt", np.arange(12).reshape(3, 2, 2), step=[0, 5, 10], t=[0.0, 0.5, 1.0])
    path = folder / "theory.parquet"
    tables.write(path, "records", records.table(), ORIGIN)
    tables.write(folder / "runs.parquet", "runs", tables.runs_table([RUN]), ORIGIN)
    return path


def test_round_trip(tmp_path):
    written(tmp_path)
    data = Data.read(tmp_path, ["theory"])
    step, t, loss = data.numbers("loss", 0, "theory")
    assert list(step) == [0, 5, 10]
    assert list(t) == [0.0, 0.5, 1.0]
    assert loss[:, 0].tolist() == [3.0, 2.0, 1.0]
    assert data.numbers("modes", 0, "theory")[2].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert data.matrices("qqt", 0, "theory")[2].tolist() == np.arange(12).reshape(3, 2, 2).tolist()
    assert data.runs[0].lam == 2.0
    assert data.panel("p") == data.runs


def test_records_are_found_whatever_the_order_of_rows(tmp_path):
    path = written(tmp_path)
    table = pq.read_table(path)
    order = np.random.default_rng(0).permutation(table.num_rows)
    data = Data(tables.runs_table([RUN]), table.take(order))
    assert data.numbers("modes", 0, "theory")[2].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_as_a_data_frame(tmp_path):
    frame = lr.read_frame(written(tmp_path))
    assert frame[frame.quantity == "loss"].value.tolist() == [3.0, 2.0, 1.0]
    assert frame[frame.quantity == "qqt"].value.isna().all()
    assert lr.read_frame(tmp_path / "runs.parquet").lam.tolist() == [2.0]


def test_same_content_same_bytes_and_provenance(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    metadata = {k.decode(): v.decode() for k, v in pq.read_schema(first).metadata.items()}
    assert metadata["experiment"] == "fig2"
    assert metadata["schema_version"] == str(tables.SCHEMA_VERSION)
    assert "numpy" in metadata["versions"]
    assert pq.read_schema(first).field("t").metadata[b"description"]
    other = tables.provenance("fig2", "theory", {"a": 2}, 7)
    assert other["config_sha256"] != ORIGIN["config_sha256"]


def test_a_failing_write_leaves_the_old_table(tmp_path, monkeypatch):
    path = written(tmp_path)
    before = path.read_bytes()

    def broken(table, where, **_):
        where.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pq, "write_table", broken)
    with pytest.raises(OSError, match="disk full"):
        tables.write(path, "records", Records().table(), ORIGIN)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["runs.parquet", "theory.parquet"]


def test_a_table_is_replaced_in_one_step(tmp_path):
    """A new file takes the name: whoever has the old one open, or is killed, never sees half of the new."""
    path = written(tmp_path)
    with path.open("rb") as old:
        before = old.read()
        tables.write(path, "records", Records().table(), ORIGIN)
        old.seek(0)
        assert old.read() == before
    assert tables.read(path, "records").num_rows == 0


def corrupt_truncated(path):
    path.write_bytes(path.read_bytes()[:-20])


def corrupt_empty(path):
    path.write_bytes(b"")


def corrupt_foreign(path):
    pq.write_table(pa.table({"x": [1]}), path)


def corrupt_missing(path):
    path.unlink()


def corrupt_kind(path):
    tables.write(path, "runs", tables.runs_table([RUN]), ORIGIN)


def _rewrite(path, change):
    table = pq.read_table(path)
    metadata = table.schema.metadata
    pq.write_table(change(table).replace_schema_metadata(metadata), path)


def corrupt_column(path):
    _rewrite(path, lambda table: table.drop(["step"]))


def corrupt_type(path):
    _rewrite(path, lambda table: table.set_column(4, "t", table["t"].cast(pa.float32())))


def corrupt_extra(path):
    _rewrite(path, lambda table: table.append_column("extra", table["t"]))


def corrupt_version(path):
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"schema_version": b"0"}), path)


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (corrupt_truncated, "is not a readable Parquet file"),
        (corrupt_empty, "is not a readable Parquet file"),
        (corrupt_foreign, "should hold a 'records' table, but its metadata say 'nothing'"),
        (corrupt_missing, "no table .*theory.parquet; build it with: snakemake"),
        (corrupt_kind, "should hold a 'records' table, but its metadata say 'runs'"),
        (corrupt_column, r"lacks column 'step' \(int64\)"),
        (corrupt_type, "column 't' should be double, is float"),
        (corrupt_extra, r"unknown columns \['extra'\]"),
        (corrupt_version, f"schema version 0, this code reads {tables.SCHEMA_VERSION}"),
    ],
)
def test_bad_tables_are_refused_by_name(tmp_path, corrupt, message):
    path = written(tmp_path)
    corrupt(path)
    with pytest.raises(tables.TableError, match=message) as error:
        tables.read(path, "records")
    assert str(path) in str(error.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_never_reaches_a_table(bad):
    with pytest.raises(ValueError, match="run 3: simulation loss holds NaN or infinity"):
        Records().add(3, "simulation", "loss", bad)


def test_a_record_that_is_not_there_is_named(tmp_path):
    written(tmp_path)
    data = Data.read(tmp_path, ["theory"])
    with pytest.raises(tables.TableError, match="no simulation record of 'loss' for run 0"):
        data.numbers("loss", 0, "simulation")


def test_a_number_changed_behind_the_contract_is_noticed(tmp_path):
    path = written(tmp_path)
    table = pq.read_table(path)
    for name in ("value", "t", "index"):
        column = table[name].to_pylist()
        column[0] = column[0] + 1
        changed = table.set_column(
            table.column_names.index(name), table.schema.field(name), pa.array(column, table[name].type)
        )
        pq.write_table(changed, path)
        with pytest.raises(tables.TableError, match="holds other numbers than were written"):
            tables.read(path, "records")
    matrix = table["matrix"].to_pylist()
    matrix[-1][0] *= 1 + 1e-15
    matrix[-1][1] *= 1 + 1e-15
    changed = table.set_column(
        table.column_names.index("matrix"), table.schema.field("matrix"), pa.array(matrix, table["matrix"].type)
    )
    pq.write_table(changed, path)
    with pytest.raises(tables.TableError, match="holds other numbers"):
        tables.read(path, "records")

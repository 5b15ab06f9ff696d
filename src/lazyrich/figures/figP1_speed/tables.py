"""The tables of the benchmarks: what they hold, and read from their folder."""

from pathlib import Path

from ...pipeline import dictionary, parquet


def tables():
    """{name: Table} of the dictionary."""
    return dictionary.read_file("figP1", Path(__file__).with_name("tables.yaml"))


def read(folder):
    """Times, errors, peaks of memory and fits as DataFrames."""
    return [parquet.read_frame(_file(folder, name), table) for name, table in tables().items()]


def machine(folder):
    """What the times were measured on, in one line."""
    return parquet.metadata(_file(folder, "benchmarks/times")).get("machine", "")


def _file(folder, name):
    return Path(folder) / f"{name.split('/')[1]}.parquet"

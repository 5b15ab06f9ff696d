"""Files that appear whole or not at all."""

import os
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path):
    """The name of a partial file to write, which becomes `path` at the end; where writing fails, `path` stays.

    An OSError says which file could not be written, why, and that nothing half-written is left.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.tmp")  # one name, so that what a killed job left is overwritten
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise OSError(
            f"{path} could not be written ({error.strerror or error}), and nothing half-written stands in its place; "
            "make room or give write access, then run snakemake again"
        ) from error
    finally:
        with suppress(OSError):  # already moved, or never made: a read-only disk refuses even that
            partial.unlink()

"""Tables as Parquet files, written by whichever library is there."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Written = TypeVar("Written")

_NAME_CHARS_MAX = 100


def write_table(directory: str, name: str, table: Any) -> tuple[str, int]:
    """Writes `table` as `name`.parquet, or another number of it; returns its path and its rows.

    The file appears when it is whole.
    """
    return write_file(directory, name, ".parquet", lambda path: _write(path, table))


def write_file(
    directory: str, name: str, suffix: str, write: Callable[[str], Written]
) -> tuple[str, Written]:
    """Has `write` make the file `name` + `suffix`, or another number of it; never over another."""
    path = _free_path(directory, name, suffix)
    beside = f"{path}.tmp{os.getpid()}"
    try:
        written = write(beside)
        os.replace(beside, path)
    except BaseException:
        for left in (beside, path):
            if os.path.exists(left):
                os.unlink(left)
        raise
    return path, written


def write_by_content(directory: str, table: Any) -> str:
    """Writes `table` as SHA-256.parquet; what is there already is not written again."""
    import hashlib
    import tempfile

    os.makedirs(directory, exist_ok=True)
    number, beside = tempfile.mkstemp(".tmp", ".", directory)
    os.close(number)
    try:
        _write(beside, table)
        with open(beside, "rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
        path = os.path.join(directory, f"{digest.hexdigest()}.parquet")
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    return path


def _free_path(directory: str, name: str, suffix: str) -> str:
    if not name or name.startswith(".") or "/" in name or len(name) > _NAME_CHARS_MAX:
        raise ValueError(
            f"found the name {name!r}, expected 1 to {_NAME_CHARS_MAX} characters without '/', the"
            " first no '.'"
        )
    number = 1
    while True:
        stem = name if number == 1 else f"{name}-{number}"
        path = os.path.join(directory, f"{stem}{suffix}")
        try:
            # Taken at once: two threads may add tables of one name.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            return path
        except FileExistsError:
            number += 1


def _write(path: str, table: Any) -> int:
    kind = type(table).__module__.split(".")[0]
    if kind == "polars":
        made = {"LazyFrame": "collect", "Series": "to_frame"}.get(type(table).__name__)
        frame = getattr(table, made)() if made else table
        frame.write_parquet(path)
        return int(frame.height)
    if kind == "pyarrow":
        return _write_arrow(path, table)
    if kind == "pandas":
        frame = table.to_frame() if type(table).__name__ == "Series" else table
        frame.to_parquet(path)
        return len(frame)
    if isinstance(table, dict):
        return _write_columns(path, table)
    raise TypeError(
        f"found {type(table).__name__}, expected a pandas or polars frame, a pyarrow table, or a"
        " dict of columns"
    )


def _write_arrow(path: str, table: Any) -> int:
    import pyarrow.parquet as parquet

    parquet.write_table(table, path)
    return int(table.num_rows)


def _write_columns(path: str, columns: dict[str, Any]) -> int:
    """With what is loaded already, else with what is installed."""
    for library in sorted(("pyarrow", "polars"), key=lambda name: name not in sys.modules):
        try:
            module = __import__(library)
        except ImportError:
            continue
        if library == "polars":
            return _write(path, module.DataFrame(columns))
        return _write_arrow(path, module.table(columns))
    raise ImportError("expected pyarrow or polars to be installed: pip install pyarrow")

"""Backtests, run by the program that the package carries on tables that are in memory."""

from __future__ import annotations

import os

from daybook import _life, _program, _tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    PathName = Union[str, "os.PathLike[str]"]
    Table = Union[PathName, object]


def path_only(
    calls: Table, candles: Table, *, ledger: PathName | None = None, **flags: object
) -> str:
    """Measures what prices did after each call, without trading; returns the run's id.

    `calls` and `candles` are frames (pandas, polars, pyarrow), dicts of columns, or paths.  Tables
    in memory are kept as Parquet in the ledger's artifacts/inputs, by their content.  The other
    arguments are the flags of `daybook backtest path-only`: `interval="1d"`, `max_hold="60d"`,
    `require_full_window=True`, `tag=["desk=index", "set=1"]`.  What was measured is in the ledger:
    `daybook.query()`.

    Raises daybook.Error in the program's own words if the data or a flag is wrong.
    """
    return _backtest("path-only", {"calls": calls, "candles": candles}, ledger, flags)


def policy(
    calls: Table, candles: Table, *, ledger: PathName | None = None, **flags: object
) -> str:
    """Trades each call by a policy; returns the run's id.  As `path_only`, for `policy`."""
    return _backtest("policy", {"calls": calls, "candles": candles}, ledger, flags)


def _backtest(
    command: str, tables: dict[str, Any], ledger: PathName | None, flags: dict[str, object]
) -> str:
    import json

    if any(_is_in_memory(table) for table in tables.values()):
        ledger = _life.open_ledger(ledger, True).directory
    arguments = ["backtest", command]
    for name, table in tables.items():
        arguments += [f"--{name}", _path_of(ledger, table)]
    for name, value in flags.items():
        arguments += _flag(name, value)
    arguments += [*_program.ledger_flags(ledger), "--format", "json"]
    answer = json.loads(_program.run(arguments))
    row = answer[0] if isinstance(answer, list) else answer
    return str(row["run_id"])


def _is_in_memory(table: Any) -> bool:
    return not isinstance(table, (str, os.PathLike))


def _path_of(ledger: Any, table: Any) -> str:
    """The table as a file: the run's configuration names it, so it must be there later too."""
    if not _is_in_memory(table):
        return str(os.fspath(table))
    return _tables.write_by_content(os.path.join(ledger, "artifacts", "inputs"), table)


def _flag(name: str, value: object) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    values = value if isinstance(value, (list, tuple)) else [value]
    return [part for each in values for part in (flag, str(each))]

"""Questions to a ledger, answered by the program that the package carries.

The answer includes every event that has been acknowledged before the question, and what this
process has buffered.
"""

from __future__ import annotations

import os
import tempfile

from daybook import _life, _program
from daybook._errors import InvalidArgument, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, Union

    PathName = Union[str, "os.PathLike[str]"]
    Form = Literal["pandas", "polars", "arrow", "rows"]

_FORMS = ("pandas", "polars", "arrow", "rows")
_LIBRARIES = {"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}


def query(
    sql: str, to: Form | None = None, *, ledger: PathName | None = None, fresh: bool = True
) -> Any:
    """Answers SQL, read-only: `daybook.query("SELECT * FROM latest_runs", to="pandas")`.

    `to` is "pandas", "polars", "arrow" or "rows" (a list of dicts); without it the first of pandas,
    polars and pyarrow that is installed, else rows; in these times are text, and numbers that are
    not finite "NaN", "Infinity" or "-Infinity".  `fresh=False` opens the published snapshot
    with the installed `duckdb` package, without what the log has beyond it.

    Raises daybook.Error if the statement is wrong or there is no ledger, ValueError if it is empty.
    """
    if not isinstance(sql, str):
        raise TypeError(f"sql: found {type(sql).__name__}, expected a statement as a str")
    if not sql.strip():
        raise ValueError(f"sql: found {sql!r}, expected a statement: 'SELECT * FROM latest_runs'")
    form = _form(to)
    if not fresh:
        return _from_snapshot(sql, form, ledger)
    # On standard input: SQL may begin with a comment, and be longer than a command line may.
    return _ask(["query", "-"], form, ledger, sql)


def runs(
    where: str | None = None,
    *,
    limit: int | None = None,
    to: Form | None = None,
    ledger: PathName | None = None,
) -> Any:
    """The runs, newest first.  `where` is a filter: "status = 'failed' and started > now - 7d"."""
    return _ask(["runs", *_flags(where, limit)], _form(to), ledger)


def trials(
    run: Any,
    where: str | None = None,
    *,
    metric: str | None = None,
    ascending: bool = False,
    limit: int | None = None,
    to: Form | None = None,
    ledger: PathName | None = None,
) -> Any:
    """The trials of a run, a column for each parameter and metric; with `metric` the best first.

    `run` is a Run, an id, its unique beginning, a name, or "@latest".
    """
    flags = _flags(where, limit)
    if metric is not None:
        flags += ["--metric", metric]
    if ascending:
        flags.append("--ascending")
    if ledger is None:
        ledger = getattr(run, "ledger", None)
    return _ask(["trials", str(getattr(run, "id", run)), *flags], _form(to), ledger)


def _flags(where: str | None, limit: int | None) -> list[str]:
    if limit is not None and limit < 1:
        raise ValueError(f"limit: found {limit}, expected at least 1, or None for all")
    flags = [] if where is None else ["--where", where]
    return [*flags, "--limit", str(0 if limit is None else limit)]


def _form(to: str | None) -> str:
    if to in _FORMS:
        return str(to)
    if to is not None:
        raise ValueError(f"to: found {to!r}, expected one of {', '.join(map(repr, _FORMS))}")
    import importlib.util

    for form, library in _LIBRARIES.items():
        # Pandas reads Parquet through another library.
        needs = (library, "pyarrow") if form == "pandas" else (library,)
        if all(importlib.util.find_spec(name) for name in needs):
            return form
    return "rows"


def _ask(
    arguments: list[str], form: str, ledger: PathName | None, text: str | None = None
) -> Any:
    _life.flush(ledger)
    flags = _program.ledger_flags(ledger)
    if form == "rows":
        return _rows_of(_program.run([*arguments, "--format", "ndjson", *flags], text))
    read = _reader(form)
    with tempfile.TemporaryDirectory(prefix="daybook-") as folder:
        path = os.path.join(folder, "answer.parquet")
        _program.run([*arguments, "--format", "parquet", "--output", path, *flags], text)
        return read(path)


def _rows_of(text: str) -> list[dict[str, Any]]:
    import json

    # Not splitlines(): text may hold other ends of lines.
    lines = [line for line in text.split("\n") if line]
    if lines:
        # Of objects within each other the outermost comes last.  What is within is data.
        objects: list[list[tuple[str, Any]]] = []
        json.loads(lines[0], object_pairs_hook=objects.append)
        _check_names([name for name, _ in objects[-1]])
    return [json.loads(line) for line in lines]


def _check_names(columns: list[str]) -> None:
    """A row has one value of a name."""
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise InvalidArgument(
            f"query: found two columns {twice!r}, expected names that differ: give one with AS"
        )


def _import(form: str) -> Any:
    library = _LIBRARIES[form]
    try:
        return __import__(library)
    except ImportError as error:
        raise ImportError(
            f'query to="{form}": {library} is not installed; pip install {library}, or ask for'
            ' to="rows"'
        ) from error


def _reader(form: str) -> Callable[[str], Any]:
    """Reads a Parquet file whole, so that it may be deleted then."""
    module = _import(form)
    if form == "polars":
        return lambda path: module.read_parquet(path, memory_map=False)
    if form == "pandas":
        return lambda path: module.read_parquet(path)

    def read_arrow(path: str) -> Any:
        import pyarrow.parquet as parquet

        return parquet.read_table(path, memory_map=False)

    return read_arrow


def _from_snapshot(sql: str, form: str, ledger: PathName | None) -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise ImportError(
            "query fresh=False: duckdb is not installed; pip install duckdb, or ask with"
            " fresh=True, which needs nothing"
        ) from error
    path = os.path.join(_life.directory_of(ledger), "index", "runs.duckdb")
    if not os.path.exists(path):
        raise NotFound(f"query fresh=False: there is no snapshot {path}; run 'daybook index'")
    try:
        with duckdb.connect(path, read_only=True) as connection:
            answer = connection.sql(sql)
            if answer is None:
                raise InvalidArgument("query: found a statement without rows, expected one with")
            if form == "pandas":
                return answer.df()
            if form in ("arrow", "polars"):
                table = answer.to_arrow_table()
                return _import(form).from_arrow(table) if form == "polars" else table
            _check_names(answer.columns)
            return [dict(zip(answer.columns, row)) for row in answer.fetchall()]
    except duckdb.Error as error:
        raise InvalidArgument(f"query {path}: {error}") from error

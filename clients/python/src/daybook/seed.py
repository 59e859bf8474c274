"""The functions of the event log that Daybook took the place of, under their names.

    from daybook.seed import emit_run_created, emit_run_started

    emit_run_created("run-123", "path-only", config, fingerprint)

Arguments are the event's fields in order, `run_id` first.  Each writes one event and returns its
id; `ledger` names a directory, else it is the default one.  New programs start a run instead: it
knows its order, its owner and its end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

from daybook import _core, _life, _program, _query, _tables
from daybook._emit import Durability, PathName
from daybook._errors import InvalidArgument, NotFound
from daybook.events import artifact_created as emit_artifact_created
from daybook.events import baseline_completed as emit_baseline_completed
from daybook.events import phase_completed as emit_phase_completed
from daybook.events import phase_started as emit_phase_started
from daybook.events import run_completed as emit_run_completed
from daybook.events import run_created as emit_run_created
from daybook.events import run_started as emit_run_started
from daybook.events import trial_recorded as emit_trial_recorded

__all__ = [
    "append_event",
    "emit_artifact_created",
    "emit_baseline_completed",
    "emit_phase_completed",
    "emit_phase_started",
    "emit_run_completed",
    "emit_run_created",
    "emit_run_started",
    "emit_trial_recorded",
    "getSourceForRun",
    "get_source_for_run",
    "queryRunStatus",
    "queryRuns",
    "query_run_status",
    "query_runs",
    "rebuild_index",
    "store_run_artifacts",
    "validate_event",
]


def append_event(
    event: Mapping[str, Any],
    *,
    ledger: PathName | None = None,
    durability: Durability = None,
    strict: bool = False,
) -> str | None:
    """Appends an event of any type, checked against its schema, and returns its id.

    `event_id` and `timestamp_ms` are made where the event has none.  What goes wrong is counted and
    told, and None returned; `strict=True` raises daybook.Error.
    """
    return _life.open_ledger(ledger, strict).emit(event, durability)


def validate_event(event: Mapping[str, Any], *, ledger: PathName | None = None) -> None:
    """Checks an event as appending it would, and appends nothing.

    Raises daybook.InvalidArgument naming the field, what was found and what was expected.  Types
    that are registered in `ledger`, the default one if none is named, are known.
    """
    try:
        registered = os.path.join(_life.directory_of(ledger), "events", "_schema.json")
    except NotFound:  # There is no default ledger yet, and so no type is registered.
        registered = ""
    with tempfile.TemporaryDirectory(prefix="daybook-") as folder:
        os.mkdir(os.path.join(folder, "events"))
        if os.path.exists(registered):
            shutil.copy(registered, os.path.join(folder, "events"))
        # What appending itself checks, in a ledger that goes away.
        scratch = _core.Ledger(folder, True, True)
        try:
            scratch.emit(event, "buffered")
        finally:
            scratch.close()


def store_run_artifacts(
    run_id: str, artifacts: Mapping[str, Any], *, ledger: PathName | None = None
) -> dict[str, str]:
    """Stores files, tables and values with a run; returns name to path, for run.completed.

    A path is copied, a frame or pyarrow table becomes Parquet, any other value JSON.  Each is
    recorded as `artifact.created` with its name as the type.  What has the name of a file that is
    there gets a number: `out-2.csv`.  Raises daybook.Error, OSError, TypeError or ValueError if one
    cannot be stored, such as a value with a NaN in it; those before it are stored then.
    """
    run = _core.attach(_life.open_ledger(ledger, True), run_id, False)
    directory = run.artifact_directory()
    stored = {}
    for name, value in artifacts.items():
        rows = None
        if isinstance(value, (str, os.PathLike)):
            path = _copied(directory, os.fspath(value))
        elif _is_table(value):
            path, rows = _tables.write_table(directory, name, value)
        else:
            path = _written(directory, name, value)
        run.add_artifact(path, name, rows, None, None)
        stored[name] = path
    return stored


def rebuild_index(
    db: PathName | None = None,
    since_date: str | None = None,
    full_rebuild: bool = False,
    verbose: bool = False,
    *,
    ledger: PathName | None = None,
) -> str:
    """Brings the tables up to date with the log; returns what `daybook index` says.

    `db` names a file for the snapshot in place of the ledger's own; that of a ledger itself,
    LEDGER/index/runs.duckdb, names that ledger.  `since_date` is the first day whose events are
    read once more.  Raises daybook.Error if it fails.
    """
    folder, name = os.path.split("" if db is None else os.fspath(db))
    if (os.path.basename(folder), name) == ("index", "runs.duckdb"):
        named = os.path.dirname(folder) or os.curdir
        if ledger is not None and os.path.realpath(ledger) != os.path.realpath(named):
            raise InvalidArgument(
                f"rebuild_index: found the snapshot {db} and the ledger {ledger}, expected one"
            )
        db, ledger = None, named
    arguments = ["index", *_program.ledger_flags(ledger)]
    if db is not None:
        arguments += ["--db", os.fspath(db)]
    if since_date is not None:
        arguments += ["--since-date", since_date]
    if full_rebuild:
        arguments.append("--full-rebuild")
    if verbose:
        arguments.append("--verbose")
    _life.flush(ledger)
    return _program.run(arguments)


_WHEN = "coalesce(created_at_ms, started_at_ms, last_event_ms)"


def query_runs(
    since_date: str | None = None,
    *,
    run_type: str | None = None,
    status: str | None = None,
    source: str | None = None,
    limit: int | None = None,
    to: _query.Form | None = None,
    ledger: PathName | None = None,
) -> Any:
    """The runs of the log and of the attached old files, each once, newest first.

    Columns: run_id, run_type, created_at_ms, config, data_fingerprint, status, and source, which is
    "event_log" or "legacy".  `since_date` is a UTC day, such as "2026-01-23"; `source` keeps the
    runs of one of both.  `to` is that of daybook.query().
    """
    conditions = []
    if since_date is not None:
        conditions.append(f"{_WHEN} >= epoch_ms(DATE {_day(since_date)})")
    for name, value in (("run_type", run_type), ("status", status), ("source", source)):
        if value is not None:
            conditions.append(f"{name} = {_literal('query_runs', name, value)}")
    if limit is not None and (not isinstance(limit, int) or limit < 0):
        raise ValueError(f"query_runs: limit: found {limit!r}, expected a whole number from 0 on")
    return _query.query(
        "SELECT run_id, run_type, created_at_ms, config, data_fingerprint, status, source"
        f" FROM latest_runs{_where(conditions)} ORDER BY {_WHEN} DESC, run_id"
        + ("" if limit is None else f" LIMIT {int(limit)}"),
        to,
        ledger=ledger,
    )


def query_run_status(
    run_id: str | None = None, *, to: _query.Form | None = None, ledger: PathName | None = None
) -> Any:
    """How one run stands, or all: from the log, or from the old file that answers for it.

    Columns: run_id, started_at_ms, completed_at_ms, summary_json, status, source.
    """
    conditions = (
        [] if run_id is None else [f"run_id = {_literal('query_run_status', 'run_id', run_id)}"]
    )
    return _query.query(
        "SELECT run_id, started_at_ms, completed_at_ms, summary_json, status, source"
        f" FROM latest_runs{_where(conditions)} ORDER BY {_WHEN} DESC, run_id",
        to,
        ledger=ledger,
    )


def get_source_for_run(run_id: str, *, ledger: PathName | None = None) -> str | None:
    """Who answers for a run: "event_log" or "legacy"; None where neither has it."""
    wanted = _literal("get_source_for_run", "run_id", run_id)
    rows = _query.query(
        f"SELECT source FROM run_sources WHERE run_id = {wanted}", "rows", ledger=ledger
    )
    return rows[0]["source"] if rows else None


# As the adapter before called them.
queryRuns = query_runs
queryRunStatus = query_run_status
getSourceForRun = get_source_for_run


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _day(text: Any) -> str:
    import re

    if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return f"'{text}'"
    raise InvalidArgument(
        f"query_runs: since_date: found {text!r}, expected a day such as '2026-01-23'"
    )


def _literal(call: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{call}: {name}: found {value!r}, expected text")
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def _is_table(value: Any) -> bool:
    return type(value).__name__ in ("DataFrame", "LazyFrame", "Table")


def _copied(directory: str, source: str) -> str:
    folder, base = os.path.split(os.path.realpath(source))
    if folder == os.path.realpath(directory):
        return os.path.join(directory, base)
    name, suffix = os.path.splitext(base)
    return _tables.write_file(
        directory, name, suffix, lambda path: shutil.copyfile(source, path)
    )[0]


def _written(directory: str, name: str, value: Any) -> str:
    import json

    from daybook._values import plain

    text = json.dumps(value, default=plain, allow_nan=False, indent=2)

    def write(path: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    return _tables.write_file(directory, name, ".json", write)[0]

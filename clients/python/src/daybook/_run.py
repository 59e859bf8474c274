"""Runs and their phases, as a program records them."""

from __future__ import annotations

import os
import sys

from daybook import _core, _life
from daybook._reasons import cancel_reason, is_good_exit, message_and_kind, trace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, Literal, Union

    Values = Union[Mapping[Any, Any], object]
    PathName = Union[str, "os.PathLike[str]"]
    Durability = Literal["buffered", "process", "power"]

# What is kept of a phase's message, and of a run's that was refused.
_MESSAGE_CHARS_MAX = 64 * 1024
_KIND_CHARS_MAX = 200
# What an exception is marked with.
_FAILED_PHASE = "_daybook_failed_phase"
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


class Phase:
    """A phase that is going on, which `with` ends; made by `Run.phase()`.

    Phases of several threads or asyncio tasks may overlap: each is its own.
    """

    __slots__ = ("_core", "_ended", "_owner", "_run", "name", "summary")

    def __init__(self, run: Run, name: str, core: _core.Phase) -> None:
        self._run = run
        self._core = core
        self._ended = False
        # A forked child leaves the phases of its parent alone.
        self._owner = os.getpid()
        self.name = name
        # What came of the phase, in a few figures; recorded when it ends.
        self.summary: dict[str, Any] = {}

    def complete(self, output_summary: Values | None = None) -> None:
        """Ends the phase.  `output_summary` is recorded in place of `summary`."""
        self._ended = True
        self._core.complete(self.summary if output_summary is None else output_summary)
        self._core.close()

    def fail(self, message: str, *, kind: str | None = None, trace: str | None = None) -> None:
        """Ends the phase as failed.  The run goes on."""
        self._ended = True
        self._core.fail(_shortened(message), kind, trace)
        self._core.close()

    def __enter__(self) -> Phase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ended or self._owner != os.getpid():
            return
        if error is None or is_good_exit(error):
            self.complete()
        else:
            self._run._note_failed_phase(error, self.name)
            message, name = message_and_kind(error)
            try:
                self.fail(message, kind=name)
            except Exception as own:  # Of strict mode: the host's own exception is worth more.
                _life.tell(f"end phase {self.name}: {own}")


class Run:
    """A run that is going on; made by `start_run()` or `attach()`.

    All methods may be called from all threads, and in forked children.  A pickled run is, where it
    is unpickled, attached to: it records and never ends the run.
    """

    __slots__ = (
        "__weakref__",
        "_bare_end",
        "_captures",
        "_core",
        "_ended",
        "_ledger",
        "_nan",
        "_owner",
        "id",
        *(() if TYPE_CHECKING else ("record_trial", "trial")),
    )

    def __init__(self, core: _core.Run, ledger: _core.Ledger, nan: str, owner: int) -> None:
        self._core = core
        self._ledger = ledger
        self._nan = nan
        # The process that ends the run; 0: another one, which has started it.
        self._owner = owner
        self._ended = False
        # Whether what the program is made of is recorded, also of the runs within.
        self._captures = True
        # Ends the run as it was to end, with the least that says so.
        self._bare_end: Callable[[], None] | None = None
        self.id: str = core.id
        # By the slots themselves: a class that is derived may have methods of these names.
        for name in ("record_trial", "trial"):
            getattr(Run, name).__set__(self, core.record_trial)

    def __repr__(self) -> str:
        return f"<daybook.Run {self.id!r} in {self._ledger.directory!r}>"

    @property
    def ledger(self) -> str:
        """The ledger's directory."""
        return self._ledger.directory

    @property
    def is_owner(self) -> bool:
        """Whether it is for this process to end the run."""
        return self._owner == os.getpid()

    @property
    def has_ended(self) -> bool:
        """Whether `complete`, `fail` or `cancel` has been called here."""
        return self._ended

    def phase(self, name: str, order: int | None = None) -> Phase:
        """Begins a phase: `with run.phase("load"): …`.

        A name's first use takes the next `order` from 0, each re-use is the next iteration of it.
        In a run that was attached to, `order` must be given.
        """
        return Phase(self, name, self._core.begin_phase(name, order))

    # An attribute of each run, and not a method: calling it makes no frame of Python.
    if TYPE_CHECKING:

        def record_trial(
            self,
            trial_id: str | int,
            params: Values | None = None,
            metrics: Values | None = None,
            *,
            state: Literal["complete", "pruned", "failed"] | None = None,
            feasible: bool | None = None,
            violations: Iterable[str] | None = None,
            duration_ms: float | None = None,
            started_at_ms: int | None = None,
            error: str | None = None,
            durability: Durability | None = None,
        ) -> None:
            """Records one trial: a point of a search, and what it measured.

            Recorded again under its id, the later one counts.  A NaN is kept: null at its place,
            and its name in the event's `nonfinite`.  `duration_ms` is rounded.  Of an option that
            is wrong the trial is recorded without it, which is told; `strict` raises.
            """

        trial = record_trial

    def record_metrics(
        self,
        metrics: Values,
        step: float | None = None,
        *,
        trial_id: str | int | None = None,
        durability: Durability | None = None,
    ) -> None:
        """Records one point of one or more curves.

        Without `step`, a whole number, the points of a name are numbered 0, 1, 2….  None among the
        metrics is a point that is not a number.
        """
        self._core.record_metrics(metrics, step, trial_id, durability)

    log = record_metrics

    def add_artifact(
        self,
        path: PathName,
        type: str,
        *,
        rows: int | None = None,
        format: str | None = None,
        trial_id: str | int | None = None,
        copy: bool = False,
    ) -> None:
        """Records a file that the run has made: it must exist; size and SHA-256 are taken now.

        With `copy` a copy is kept in the ledger, the same content once, and is what is recorded:
        the file may change or go.
        """
        self._core.add_artifact(path, type, rows, format, trial_id, bool(copy))

    def add_table(self, name: str, df: object, *, trial_id: str | int | None = None) -> str | None:
        """Writes a table as Parquet into the run's artifacts, and records it with its rows.

        `df` is a pandas or polars frame, a pyarrow table, or a dict of columns.  Returns the file's
        path; None if it could not be written, which is counted.
        """
        from daybook._tables import write_table

        try:
            path, rows = write_table(self.artifact_directory, name, df)
        except Exception as error:
            self._refused(error, f"add_table {name!r}: {error}")
            return None
        self._core.add_artifact(path, name, rows, "parquet", trial_id)
        return path

    @property
    def artifact_directory(self) -> str:
        """Where the run's files belong: a directory of the ledger, made if need be.

        Raises daybook.Error if it cannot be made, without `strict` too: there is no other answer.
        """
        return self._core.artifact_directory()

    def tag(self, tags: Values | None = None, /, **more: object) -> None:
        """Sets tags, such as `run.tag({"desk": "index"})` or `run.tag(desk="index")`.

        None as a value removes the tag.
        """
        if more and tags is not None:
            from daybook._errors import InvalidArgument
            from daybook._values import plain_object

            try:
                more = {**plain_object(tags), **more}
            except Exception as error:
                self._refused(InvalidArgument(f"tags: {error}"), f"tags: {error}")
        self._core.tag(more or ({} if tags is None else tags))

    def note(self, text: str, author: str | None = None) -> None:
        """Adds a remark of any length."""
        self._core.note(text, author)

    def complete(
        self, summary: Values | None = None, artifact_paths: Mapping[str, str] | None = None
    ) -> None:
        """Ends the run as it should end.  `summary` holds its results in a few lines."""
        self._core.complete(summary, artifact_paths)
        if self._is_refused():
            self._core.complete(None, None)
        self._end()

    def fail(
        self,
        message: str | BaseException,
        *,
        kind: str | None = None,
        trace: str | None = None,
        phase_name: str | None = None,
        summary: Values | None = None,
        artifact_paths: Mapping[str, str] | None = None,
    ) -> None:
        """Ends the run as failed, of an error in words or of an exception."""
        if isinstance(message, BaseException):
            error = message
            message, own_kind = message_and_kind(error)
            kind = kind or own_kind
            trace = trace or trace_of(error)
            phase_name = phase_name or self._phase_that_failed(error)
        # Tried again by close(), if the disk refuses this one too.
        self._bare_end = lambda: self._core.fail(
            _shortened(message) or "unknown error",
            str(kind)[:_KIND_CHARS_MAX] if kind else None,
            None,
            None,
            None,
            None,
        )
        try:
            self._core.fail(message, kind, trace, phase_name, summary, artifact_paths)
        finally:
            self._see_that_it_ended()

    def cancel(self, reason: str | None = None) -> None:
        """Ends the run by decision: neither completed nor failed."""
        self._bare_end = lambda: self._core.cancel(None)
        try:
            self._core.cancel(reason)
        finally:
            self._see_that_it_ended()

    def end_with(self, error: BaseException) -> None:
        """Ends the run as an exception that leaves it says: cancelled by Ctrl-C, else failed."""
        reason = cancel_reason(error)
        if is_good_exit(error):
            self.complete()
        elif reason is not None:
            self.cancel(reason)
        else:
            self.fail(error)

    def stats(self) -> dict[str, Any]:
        """What has become of the events of this process.

        `recorded`, `failures` (calls that failed), `kept` (events that wait for another try),
        `retried` (kept, and recorded since), `dropped` (lost), and `last_failure` in words.
        """
        return self._ledger.stats()

    def flush(self) -> None:
        """Writes what is buffered, and tries again what was kept."""
        self._ledger.flush()

    def child(self, type: str, **more: Any) -> Run:
        """Starts a run that is a part of this one; arguments are those of `start_run()`."""
        more.setdefault("ledger", self.ledger)
        more.setdefault("strict", self._ledger.strict)
        more.setdefault("nan", self._nan)
        more.setdefault("capture", self._captures)
        return start_run(type, parent_run_id=self.id, **more)

    def close(self) -> None:
        """Gives the run up: one that this process has to end is completed, with `implicit_end`.

        What is called afterwards is refused.
        """
        self._see_that_it_ended()
        if self._bare_end is not None and self._is_refused():
            _life.tell(f"end run {self.id}: that it failed cannot be recorded; it stays open")
            self._core.leave_open()
        self._core.close()
        self._end()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ended or not self.is_owner:
            return
        if error is None:
            self.complete()
            return
        try:
            self.end_with(error)
        except Exception as own:  # Of strict mode: the host's own exception is worth more.
            _life.tell(f"end run {self.id}: {own}")

    def __reduce__(self) -> tuple[Any, tuple[str, str, bool, str]]:
        return _rejoin, (self.id, self.ledger, self._ledger.strict, self._nan)

    def _end(self) -> None:
        self._ended = True
        _life.released()

    def _is_refused(self) -> bool:
        """Whether it is for this process to end the run, and no end is recorded nor kept."""
        return self.is_owner and not self._core.has_ended

    def _see_that_it_ended(self) -> None:
        """A run that failed is never completed because its failure had no form or no room."""
        if self._bare_end is None:
            return
        try:
            if self._is_refused():
                self._bare_end()
        except Exception:  # Of strict mode.  What was wrong first is raised; close() tries again.
            pass
        self._end()

    def _note_failed_phase(self, error: BaseException, name: str) -> None:
        """The innermost phase that it came out of, noted in the exception: its id() may be another
        one's once it is gone, and kept here it would keep its frames."""
        if self._phase_that_failed(error) is None:
            vars(error)[_FAILED_PHASE] = (self.id, name)

    def _phase_that_failed(self, error: BaseException) -> str | None:
        run_id, name = vars(error).get(_FAILED_PHASE, (None, None))
        return name if run_id == self.id else None

    def _refused(self, error: Exception, message: str) -> None:
        """What the package itself could not do: raised in strict mode, else counted."""
        if self._ledger.strict:
            raise error
        self._core.count_failure(message)


def _shortened(message: object) -> str:
    return str(message)[:_MESSAGE_CHARS_MAX]


def start_run(
    type: str,
    config: Values | None = None,
    *,
    name: str | None = None,
    experiment: str | None = None,
    tags: Values | None = None,
    seed: int | None = None,
    data_fingerprint: str | None = None,
    run_id: str | None = None,
    parent_run_id: str | None = None,
    ledger: PathName | None = None,
    strict: bool = False,
    nan: Literal["keep", "refuse"] = "keep",
    capture: bool = True,
    heartbeat: str | float | None = None,
    join: bool = False,
) -> Run:
    """Records that a run is created and started, and returns it.

    `type` is any name, such as "policy" or "grid_search"; `config` everything that determines the
    result.  `ledger` is a directory; without it DAYBOOK_LEDGER, else the nearest data/ledger
    upwards.  In a process that has DAYBOOK_RUN_ID set the run becomes a child of that one; with
    `join` it is attached to instead, as is the run `run_id`.

    `strict` raises what goes wrong with recording, as `daybook.Error`; by default it is counted.
    `nan="refuse"` makes a NaN or infinite number such an error.  `capture` records host, command
    line, code state and packages.  `heartbeat`, seconds or "30s", tells other machines that the run
    is alive.
    """
    if nan not in ("keep", "refuse"):
        raise ValueError(f"nan: found {nan!r}, expected 'keep' or 'refuse'")
    if not isinstance(capture, bool):
        raise TypeError(f"capture: found {capture!r}, expected True or False")
    beat_ms = _heartbeat_ms(heartbeat)
    joined = (run_id or os.environ.get("DAYBOOK_RUN_ID")) if join else None
    if joined:
        return attach(joined, ledger=ledger, strict=strict, nan=nan)
    opened = _life.open_ledger(ledger, strict)
    versions = {"python": sys.version.split()[0]} if capture else None
    core = _core.start_run(
        opened,
        type,
        config,
        data_fingerprint,
        run_id,
        name,
        experiment,
        parent_run_id,
        tags,
        seed,
        versions,
        capture,
        beat_ms,
        nan == "refuse",
    )
    run = Run(core, opened, nan, os.getpid())
    run._captures = capture
    _life.keep(run)
    if capture:
        _life.gather_environment(core)
    return run


def attach(
    run_id: str,
    *,
    ledger: PathName | None = None,
    strict: bool = False,
    nan: Literal["keep", "refuse"] = "keep",
) -> Run:
    """Joins a run that another process has started: records to it, never ends it."""
    opened = _life.open_ledger(ledger, strict)
    run = Run(_core.attach(opened, run_id, nan == "refuse"), opened, nan, 0)
    _life.keep(run)
    return run


def _rejoin(run_id: str, ledger: str, strict: bool, nan: Literal["keep", "refuse"]) -> Run:
    return attach(run_id, ledger=ledger, strict=strict, nan=nan)


def _heartbeat_ms(heartbeat: str | float | None) -> int:
    if heartbeat is None:
        return 0
    text = str(heartbeat)
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(digits) :] or "s"
    try:
        beat = int(float(digits) * _UNITS_MS[unit])
    except (KeyError, OverflowError, ValueError):
        beat = 0
    if beat <= 0:
        raise ValueError(f"heartbeat: found {heartbeat!r}, expected seconds, or text like '30s'")
    return beat

"""The life of a process that records: its ledgers, its runs, its end.

Only modules that are built into the interpreter are imported here, because this is on the way of
`import daybook`: hence `_thread`, `_signal` and `_weakref` in place of those that wrap them.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
from _weakref import ref

from daybook import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType
    from typing import Any

    from daybook._run import Run
else:
    import _signal

# How long the end of the program waits for what is still gathered of the code's state.  The library
# gives up after 10 s itself.
_ENVIRONMENT_LIMIT_MS = 10_000
_JOIN_SECONDS_MAX = 12.0

_ledgers: dict[tuple[str, bool], _core.Ledger] = {}
_defaults: dict[tuple[str | None, str, bool], _core.Ledger] = {}
_runs: dict[int, ref[Run]] = {}
# (process, lock that is free when the thread has ended).
_gathering: list[tuple[int, Any]] = []
# What is to be recorded before runs are ended, such as what handlers of logging hold.
_before_end: list[ref[Any]] = []
_registered = False


def open_ledger(directory: Any, strict: bool) -> _core.Ledger:
    """The process's handle on a ledger: one for each directory and failure policy."""
    if directory is None:
        # What the library looks at to find the default one.
        key = (os.environ.get("DAYBOOK_LEDGER"), os.getcwd(), strict)
        if key in _defaults:
            return _defaults[key]
        ledger = _defaults[key] = _open(None, strict)
        return ledger
    return _open(directory, strict)


def _open(directory: Any, strict: bool) -> _core.Ledger:
    """Opens it under its whole path, since the program may go to another directory."""
    if directory is None:
        found = _core.Ledger(None, strict, True)
        directory = found.directory
        found.close()
    path = os.path.abspath(os.fsdecode(directory))
    known = _ledgers.get((path, strict))
    _see_to_the_end()
    return known or _ledgers.setdefault((path, strict), _core.Ledger(path, strict, True))


def _see_to_the_end() -> None:
    global _registered
    if not _registered:
        _registered = True
        atexit.register(_at_exit)


def keep(run: Run) -> None:
    """Sees to it that the run is ended when the program ends, however it does."""
    key = id(run)

    def forget(gone: ref[Run]) -> None:
        if _runs.get(key) is gone:
            del _runs[key]
            released()

    _runs[key] = ref(run, forget)
    if run.is_owner:
        _watch_sigterm()


def released() -> None:
    """Gives SIGTERM back when the last run that could be cancelled has ended."""
    if not _open_runs() and _signal.getsignal(_signal.SIGTERM) is _on_sigterm:
        try:
            _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)
        except ValueError:
            pass  # Not the main thread: the handler stays, and finds nothing to cancel.


def _open_runs() -> list[Run]:
    """The runs that this very process has to end."""
    alive = [reference() for reference in list(_runs.values())]
    return [run for run in alive if run is not None and run.is_owner and not run.has_ended]


def _watch_sigterm() -> None:
    # Where the host has a handler of its own it decides; `with` then sees what it raises.
    if _signal.getsignal(_signal.SIGTERM) != _signal.SIG_DFL:
        return
    try:
        _signal.signal(_signal.SIGTERM, _on_sigterm)
    except ValueError:
        pass  # Only the main thread may.


def _on_sigterm(signum: int, frame: FrameType | None) -> None:
    _signal.signal(signum, _signal.SIG_DFL)
    for run in _open_runs():
        run.cancel("SIGTERM")
    for ledger in list(_ledgers.values()):
        try:
            ledger.flush()
        except Exception:  # It has been told, and nothing may be in the way of the signal.
            continue
    # The process ends as it would have: by the signal.
    os.kill(os.getpid(), signum)


def gather_environment(run: _core.Run) -> None:
    """Records the state of the code and the installed packages, from a thread."""
    done = _thread.allocate_lock()
    done.acquire()

    def gather() -> None:
        nonlocal run
        try:
            from daybook._packages import installed

            run.record_environment(installed(), _ENVIRONMENT_LIMIT_MS)
        except Exception as error:  # Nothing of a thread may reach the host.
            run.count_failure(f"run.environment: {error}")
        finally:
            # A handle that is dropped gives up the GIL, and at the program's end never gets it
            # back, so that it must be dropped while the end still waits.
            del run
            done.release()

    # Forgotten here and not by the thread, which could then be ended before it has let go.
    _gathering[:] = [entry for entry in _gathering if entry[1].locked()]
    _gathering.append((os.getpid(), done))
    try:
        _thread.start_new_thread(gather, ())
    except RuntimeError as error:  # No more threads may be started.
        done.release()
        run.count_failure(f"run.environment: {error}")


def close_before_end(closable: Any) -> None:
    """Calls its close() at exit, while its run can still be recorded to."""
    _before_end[:] = [reference for reference in _before_end if reference() is not None]
    _before_end.append(ref(closable))


def _at_exit() -> None:
    for closable in [reference() for reference in _before_end]:
        if closable is not None:
            closable.close()
    for process, done in _gathering:
        # In a forked child the parent's thread does not exist.
        if process == os.getpid():
            done.acquire(True, _JOIN_SECONDS_MAX)
    error = _unhandled()
    for run in _open_runs():
        if error is not None:
            run.end_with(error)
    for reference in list(_runs.values()):
        run_or_none = reference()
        if run_or_none is not None:
            run_or_none.close()
    for ledger in list(_ledgers.values()):
        ledger.close()
    _ledgers.clear()
    _defaults.clear()
    # Other threads may still be recording: none of them may be in the library when all ends.
    _core.shut()


def _unhandled() -> BaseException | None:
    """The exception that ends the program; in a session with a prompt none does."""
    if sys.flags.interactive or hasattr(sys, "ps1"):
        return None
    return getattr(sys, "last_value", None)


def flush() -> None:
    """Writes what the ledgers of this process have buffered."""
    for ledger in list(_ledgers.values()):
        ledger.flush()


def directory_of(ledger: Any) -> str:
    """The directory of a ledger; the default one, if it is None, must be there."""
    if ledger is not None:
        return os.fsdecode(ledger)
    opened = _core.Ledger(None, True, False)
    directory = opened.directory
    opened.close()
    return directory

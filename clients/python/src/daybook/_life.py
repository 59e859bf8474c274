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
# So many ledgers that no run uses stay open: each costs a file and a thread.
_UNUSED_LEDGERS_MAX = 16

# With the device and inode of its directory, which may be deleted and made anew.
_ledgers: dict[tuple[str, bool], tuple[_core.Ledger, tuple[int, int] | None]] = {}
# Held while one is opened; again by a handler of a signal in the middle of that.
_opening = _thread.RLock()
# The directory that is the default one, for what the library looks at to find it.
_defaults: dict[tuple[str | None, str], str] = {}
_runs: dict[int, ref[Run]] = {}
# (process, lock that is free when the thread has ended).
_gathering: list[tuple[int, Any]] = []
# What is to be recorded before runs are ended, such as what handlers of logging hold.
_before_end: list[ref[Any]] = []
_registered = False
# The id of `sys.last_value` when the last run began.
_last_error = 0


def open_ledger(directory: Any, strict: bool) -> _core.Ledger:
    """The process's handle on a ledger: one for each directory and failure policy."""
    if directory is None:
        # What the library looks at to find the default one.
        key = (os.environ.get("DAYBOOK_LEDGER"), _working_directory())
        directory = _defaults.get(key)
        if directory is None:
            found = _core.Ledger(None, strict, True)
            directory = _defaults[key] = os.path.join(key[1], found.directory)
            found.close()
    return _open(os.fsdecode(directory), strict)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # It has been deleted.
        return ""


def _open(directory: str, strict: bool) -> _core.Ledger:
    """Opens it under its whole path, since the program may go to another directory."""
    path = os.path.normpath(os.path.join(_working_directory(), directory))
    _see_to_the_end()
    with _opening:
        known, identity = _ledgers.get((path, strict), (None, None))
        if known is not None and identity is not None and identity == _identity(path):
            return known
        # Runs of the one before keep it open.
        opened = _core.Ledger(path, strict, True)
        _ledgers[path, strict] = (opened, _identity(path))
        _forget_unused()
        return opened


def _forget_unused() -> None:
    """Closes those that were opened first, as soon as no other call is under way."""
    used = {id(run._ledger) for run in _known_runs()}
    unused = [key for key, (ledger, _) in _ledgers.items() if id(ledger) not in used]
    for key in unused[:-_UNUSED_LEDGERS_MAX]:
        del _ledgers[key]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _open_ledgers() -> list[_core.Ledger]:
    return [ledger for ledger, _ in list(_ledgers.values())]


def _see_to_the_end() -> None:
    global _registered
    if not _registered:
        _registered = True
        atexit.register(_at_exit)
        os.register_at_fork(after_in_child=_after_fork)
        _watch_worker()


def _after_fork() -> None:
    global _opening
    # A thread of the parent may have held it.
    _opening = _thread.RLock()
    # A worker forgets what it is to do at its end when it begins, and asks these functions then.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_watch_worker, _watch_worker)


def _watch_worker(_: object = None) -> None:
    """Workers of multiprocessing, unless they are spawned, end without what atexit would run."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        sys.modules["multiprocessing.util"].Finalize(None, _at_end_of_worker, exitpriority=-100)


def _at_end_of_worker() -> None:
    """Ends the worker's own runs, and writes what it has buffered."""
    _end_runs(sys.exc_info()[1])
    for ledger in _open_ledgers():
        _undisturbed(ledger.flush)


def tell(message: str) -> None:
    """Tells on standard error; the program goes on if nobody can hear it."""
    try:
        print(f"daybook: {message}", file=sys.stderr)
    except (AttributeError, OSError, ValueError):
        pass


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
        _note_last_error()


def released() -> None:
    """Gives SIGTERM back when the last run that could be cancelled has ended."""
    if not _open_runs() and _signal.getsignal(_signal.SIGTERM) is _on_sigterm:
        try:
            _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)
        except ValueError:
            pass  # Not the main thread: the handler stays, and finds nothing to cancel.


def _known_runs() -> list[Run]:
    """All that somebody still has."""
    known = [reference() for reference in list(_runs.values())]
    return [run for run in known if run is not None]


def _open_runs() -> list[Run]:
    """The runs that this very process has to end."""
    return [run for run in _known_runs() if run.is_owner and not run.has_ended]


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
    try:
        for run in _open_runs():
            _undisturbed(run.cancel, "SIGTERM")
        for ledger in _open_ledgers():
            _undisturbed(ledger.flush)
    finally:
        # The process ends as it would have: by the signal.
        os.kill(os.getpid(), signum)


def _undisturbed(call: Any, *arguments: object) -> None:
    """Calls it; what goes wrong is told, and not in the way of the end."""
    try:
        call(*arguments)
    except Exception as error:
        tell(str(error))


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
            _undisturbed(closable.close)
    for process, done in _gathering:
        # In a forked child the parent's thread does not exist.
        if process == os.getpid():
            done.acquire(True, _JOIN_SECONDS_MAX)
    _end_runs(_unhandled())
    for ledger in _open_ledgers():
        ledger.close()
    _ledgers.clear()
    _defaults.clear()
    # Other threads may still be recording: none of them may be in the library when all ends.
    _core.shut()


def _end_runs(error: BaseException | None) -> None:
    for run in _open_runs():
        if error is not None:
            _undisturbed(run.end_with, error)
    for run in _known_runs():
        _undisturbed(run.close)


def _unhandled() -> BaseException | None:
    """The exception that ends the program; in a session with a prompt none does."""
    if sys.flags.interactive or hasattr(sys, "ps1"):
        return None
    error = getattr(sys, "last_value", None)
    return None if id(error) == _last_error else error


def _note_last_error() -> None:
    """What was raised before the last run began does not end it."""
    global _last_error
    _last_error = id(getattr(sys, "last_value", None))


def flush(directory: Any) -> None:
    """Writes what this process has buffered for a ledger, or for all if it is None.

    A question is answered all the same if that cannot be written, which is told.
    """
    wanted = None if directory is None else os.path.realpath(os.fsdecode(directory))
    for ledger in _open_ledgers():
        if wanted is None or os.path.realpath(ledger.directory) == wanted:
            _undisturbed(ledger.flush)


def directory_of(ledger: Any) -> str:
    """The directory of a ledger; the default one, if it is None, must be there."""
    if ledger is not None:
        return os.fsdecode(ledger)
    opened = _core.Ledger(None, True, False)
    directory = opened.directory
    opened.close()
    return directory

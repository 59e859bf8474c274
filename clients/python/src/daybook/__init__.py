"""Daybook: a crash-safe ledger of runs, for backtests and other experiments.

    import daybook

    with daybook.start_run(type="policy", config={"stop": 0.05}) as run:
        with run.phase("load"):
            ...
        run.record_trial("stop_5", {"stop": 0.05}, {"sharpe": 1.2})

What an acknowledged call has recorded survives the death of the process.  By default nothing that
goes wrong with recording is raised into the program: it is counted, told once on standard error,
and to be seen in `run.stats()`; `strict=True` raises `daybook.Error`.
"""

from __future__ import annotations

from daybook._core import version as __version__
from daybook._run import Phase, Run, attach, start_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from daybook._errors import AlreadyExists as AlreadyExists
    from daybook._errors import Error as Error
    from daybook._errors import InvalidArgument as InvalidArgument
    from daybook._errors import IoError as IoError
    from daybook._errors import NoSpace as NoSpace
    from daybook._errors import NotFound as NotFound
    from daybook._errors import PermissionDenied as PermissionDenied

# Loaded when they are asked for: what a program does not use costs its start nothing.
_LATER = {
    "AlreadyExists": "_errors",
    "Error": "_errors",
    "InvalidArgument": "_errors",
    "IoError": "_errors",
    "NoSpace": "_errors",
    "NotFound": "_errors",
    "PermissionDenied": "_errors",
}

__all__ = [
    "AlreadyExists",
    "Error",
    "InvalidArgument",
    "IoError",
    "NoSpace",
    "NotFound",
    "PermissionDenied",
    "Phase",
    "Run",
    "__version__",
    "attach",
    "start_run",
]


def __dir__() -> list[str]:
    return __all__


# Not for type checkers, which know all names from above, and would take any other one too.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module 'daybook' has no attribute {name!r}")
        module = __import__(f"daybook.{_LATER[name] or name}", fromlist=["_"])
        value = getattr(module, name) if _LATER[name] else module
        globals()[name] = value
        return value

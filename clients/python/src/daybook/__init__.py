"""Daybook: a crash-safe ledger of runs, for backtests and other experiments.

    import daybook

    with daybook.start_run(type="policy", config={"stop": 0.05}) as run:
        with run.phase("load"):
            ...
        run.record_trial("stop_5", {"stop": 0.05}, {"sharpe": 1.2})

    daybook.query("SELECT * FROM latest_runs", to="pandas")

What an acknowledged call has recorded survives the death of the process.  By default nothing that
goes wrong with recording is raised into the program: it is counted, told once on standard error,
and to be seen in `run.stats()`; `strict=True` raises `daybook.Error`.
"""

from __future__ import annotations

from daybook._core import version as __version__
from daybook._run import Phase, Run, attach, start_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from daybook import backtest as backtest
    from daybook import events as events
    from daybook import seed as seed
    from daybook._errors import AlreadyExists as AlreadyExists
    from daybook._errors import Error as Error
    from daybook._errors import InvalidArgument as InvalidArgument
    from daybook._errors import IoError as IoError
    from daybook._errors import NoSpace as NoSpace
    from daybook._errors import NotFound as NotFound
    from daybook._errors import PermissionDenied as PermissionDenied
    from daybook._logs import LogHandler as LogHandler
    from daybook._query import query as query
    from daybook._query import runs as runs
    from daybook._query import trials as trials
    from daybook.seed import append_event as append_event
    from daybook.seed import emit_artifact_created as emit_artifact_created
    from daybook.seed import emit_baseline_completed as emit_baseline_completed
    from daybook.seed import emit_phase_completed as emit_phase_completed
    from daybook.seed import emit_phase_started as emit_phase_started
    from daybook.seed import emit_run_completed as emit_run_completed
    from daybook.seed import emit_run_created as emit_run_created
    from daybook.seed import emit_run_started as emit_run_started
    from daybook.seed import emit_trial_recorded as emit_trial_recorded
    from daybook.seed import getSourceForRun as getSourceForRun
    from daybook.seed import get_source_for_run as get_source_for_run
    from daybook.seed import queryRunStatus as queryRunStatus
    from daybook.seed import queryRuns as queryRuns
    from daybook.seed import query_run_status as query_run_status
    from daybook.seed import query_runs as query_runs
    from daybook.seed import rebuild_index as rebuild_index
    from daybook.seed import store_run_artifacts as store_run_artifacts
    from daybook.seed import validate_event as validate_event

# Loaded when they are asked for: what a program does not use costs its start nothing.
_LATER = {
    "backtest": "",
    "events": "",
    "seed": "",
    "AlreadyExists": "_errors",
    "Error": "_errors",
    "InvalidArgument": "_errors",
    "IoError": "_errors",
    "NoSpace": "_errors",
    "NotFound": "_errors",
    "PermissionDenied": "_errors",
    "LogHandler": "_logs",
    "query": "_query",
    "runs": "_query",
    "trials": "_query",
    "append_event": "seed",
    "emit_artifact_created": "seed",
    "emit_baseline_completed": "seed",
    "emit_phase_completed": "seed",
    "emit_phase_started": "seed",
    "emit_run_completed": "seed",
    "emit_run_created": "seed",
    "emit_run_started": "seed",
    "emit_trial_recorded": "seed",
    "getSourceForRun": "seed",
    "get_source_for_run": "seed",
    "queryRunStatus": "seed",
    "queryRuns": "seed",
    "query_run_status": "seed",
    "query_runs": "seed",
    "rebuild_index": "seed",
    "store_run_artifacts": "seed",
    "validate_event": "seed",
}

__all__ = [
    "AlreadyExists",
    "Error",
    "InvalidArgument",
    "IoError",
    "LogHandler",
    "NoSpace",
    "NotFound",
    "PermissionDenied",
    "Phase",
    "Run",
    "__version__",
    "append_event",
    "attach",
    "backtest",
    "emit_artifact_created",
    "emit_baseline_completed",
    "emit_phase_completed",
    "emit_phase_started",
    "emit_run_completed",
    "emit_run_created",
    "emit_run_started",
    "emit_trial_recorded",
    "events",
    "getSourceForRun",
    "get_source_for_run",
    "query",
    "queryRunStatus",
    "queryRuns",
    "query_run_status",
    "query_runs",
    "rebuild_index",
    "runs",
    "seed",
    "start_run",
    "store_run_artifacts",
    "trials",
    "validate_event",
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

"""What the Python client is measured beside: other ways to keep a trial.

Each function opens one in a directory that is empty when process 0 opens it, and returns what
records a trial and what closes it.  Every peer is set up as its documentation says is fast: what it
does beside recording (system metrics, captured output, code state) is off.  Those that know no
trials get it as a step with five metrics; their parameters are kept in the cheapest way they have.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]
Record = Callable[[str, Values, Values], object]


@dataclass(frozen=True)
class Opened:
    """One that is ready; `close` is called after the clock has stopped."""

    record: Record
    close: Callable[[], object]


def daybook(directory: str, process: int) -> Opened:
    return _daybook(directory, None)


def daybook_power(directory: str, process: int) -> Opened:
    return _daybook(directory, "power")


def _daybook(directory: str, durability: str | None) -> Opened:
    import daybook

    run = daybook.start_run("bench", ledger=directory, capture=False)
    if durability is None:
        record = run.record_trial
    else:

        def record(trial_id: str, params: Values, metrics: Values) -> None:
            run.record_trial(trial_id, params, metrics, durability=durability)

    def close() -> None:
        run.complete()
        # By default a failure is counted, not raised: none may be.
        stats = run.stats()
        if stats["failures"] or stats["kept"] or stats["dropped"]:
            raise RuntimeError(f"daybook could not record: {stats}")

    return Opened(record, close)


def write(directory: str, process: int) -> Opened:
    """The raw limit: one write() of one line of JSON, to a file of each process's own."""
    file = _open_lines(directory, process)

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        os.write(file, _line(trial_id, params, metrics))

    return Opened(record, lambda: os.close(file))


def write_sync(directory: str, process: int) -> Opened:
    """The same at durability `power`."""
    file = _open_lines(directory, process)

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        os.write(file, _line(trial_id, params, metrics))
        os.fdatasync(file)

    return Opened(record, lambda: os.close(file))


def _open_lines(directory: str, process: int) -> int:
    path = os.path.join(directory, f"{process}.jsonl")
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _line(trial_id: str, params: Values, metrics: Values) -> bytes:
    trial = {"trial_id": trial_id, "params": params, "metrics": metrics}
    return (json.dumps(trial) + "\n").encode()


def sqlite_normal(directory: str, process: int) -> Opened:
    return _sqlite(directory, "NORMAL")


def sqlite_full(directory: str, process: int) -> Opened:
    return _sqlite(directory, "FULL")


def _sqlite(directory: str, synchronous: str) -> Opened:
    """Autocommit: a transaction each trial, in WAL mode."""
    path = os.path.join(directory, "trials.sqlite")
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS trials (id TEXT, params TEXT, metrics TEXT)")
    insert = "INSERT INTO trials VALUES (?, ?, ?)"

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        connection.execute(insert, (trial_id, json.dumps(params), json.dumps(metrics)))

    return Opened(record, connection.close)


def optuna_journal(directory: str, process: int) -> Opened:
    """Optuna's journal alone, as its studies write it: lock, append, sync, unlock."""
    from optuna.storages.journal import JournalFileBackend

    journal = JournalFileBackend(os.path.join(directory, "journal.log"))

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        journal.append_logs([{"trial_id": trial_id, "params": params, "metrics": metrics}])

    return Opened(record, lambda: None)


def optuna(directory: str, process: int) -> Opened:
    """A study with five objectives: a finished trial is added, which is its least work."""
    import optuna
    from optuna.distributions import FloatDistribution, IntDistribution
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = JournalStorage(JournalFileBackend(os.path.join(directory, "journal.log")))
    study = optuna.create_study(storage=storage, directions=["maximize"] * 5)
    distributions = {
        "stop": FloatDistribution(0, 1),
        "take_profit": FloatDistribution(0, 10),
        "trail": FloatDistribution(0, 1),
        "lookback_bars": IntDistribution(1, 1000),
    }
    create = optuna.trial.create_trial

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        values = list(metrics.values())
        study.add_trial(create(params=params, distributions=distributions, values=values))

    return Opened(record, lambda: None)


def mlflow(directory: str, process: int) -> Opened:
    """One log_batch a trial, into one run of a SQLite store."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    client = MlflowClient(tracking_uri=f"sqlite:///{directory}/mlflow.db")
    run_id = client.create_run(client.create_experiment("bench")).info.run_id
    step = 0

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        nonlocal step
        step += 1
        # A parameter has one value for the whole run there, so these are metrics too; as Params
        # with names of their own they took twice as long.
        values = [Metric(name, value, 1, step) for name, value in (params | metrics).items()]
        client.log_batch(run_id, metrics=values)

    return Opened(record, lambda: client.set_terminated(run_id))


def aim(directory: str, process: int) -> Opened:
    """Metrics tracked by one call a trial, parameters as an entry of the run."""
    from aim import Run

    run = Run(repo=directory, system_tracking_interval=None, capture_terminal_logs=False)
    step = 0

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        nonlocal step
        step += 1
        # As metrics, parameters took twice as long.
        run["trials", trial_id] = params
        run.track(metrics, step=step)

    return Opened(record, run.close)


def wandb(directory: str, process: int) -> Opened:
    """Offline, so that nothing waits for a network: a call hands over to a process of its own."""
    import wandb

    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        silent=True,
        x_disable_meta=True,
        x_disable_stats=True,
    )
    run = wandb.init(mode="offline", dir=directory, project="bench", settings=settings)

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        run.log(params | metrics)

    return Opened(record, run.finish)


def tensorboard(directory: str, process: int) -> Opened:
    """One event a trial, with a queue that seldom makes the caller wait for the writing thread."""
    import time

    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(directory, max_queue_size=1000)
    step = 0

    def record(trial_id: str, params: Values, metrics: Values) -> None:
        nonlocal step
        step += 1
        values = [
            Summary.Value(tag=name, simple_value=value)
            for name, value in (params | metrics).items()
        ]
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=values))
        writer.add_event(event)

    return Opened(record, writer.close)


BY_NAME: dict[str, Callable[[str, int], Opened]] = {
    "daybook": daybook,
    "daybook-power": daybook_power,
    "write": write,
    "write-sync": write_sync,
    "sqlite-normal": sqlite_normal,
    "sqlite-full": sqlite_full,
    "optuna-journal": optuna_journal,
    "optuna": optuna,
    "mlflow": mlflow,
    "aim": aim,
    "wandb": wandb,
    "tensorboard": tensorboard,
}

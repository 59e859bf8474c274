"""The measurements, one function each; every one adds its figures to the report."""

from __future__ import annotations

from collections.abc import Callable

from measure import Contender, Sample, quantile, take_turns
from report import Figure, at_least, at_most, ratio_at_least, ratio_at_most
from stage import HERE, PEERS_PYTHON, Stage

TRIAL = "4 parameters, 5 metrics"

# Who else keeps the trials of a Python program: worker.py's name, label, durability.
TRACKERS = (
    ("mlflow", "MLflow log_batch, SQLite", "power"),
    ("aim", "Aim track", "process"),
    ("wandb", "W&B log, offline", "buffered"),
    ("tensorboard", "TensorBoard add_event", "buffered"),
    ("optuna", "Optuna add_trial, journal", "power"),
)
PROCESSES = 16
WRITERS = (("optuna-journal", "Optuna's journal"), ("sqlite-full", "SQLite, WAL, FULL"))


def bench_python(stage: Stage) -> None:
    """One caller from Python: the rate, and how long single calls take."""
    ours, raw, sqlite, our_times, sqlite_times = take_turns(
        [
            stage.python("daybook", "daybook"),
            stage.python("write", "os.write"),
            stage.python("sqlite-normal", "SQLite"),
            stage.python("daybook", "daybook, times", latencies=True),
            stage.python("sqlite-normal", "SQLite, times", latencies=True),
        ],
        stage.rounds,
    )
    what = "Python record_trial"
    peer = "SQLite, WAL, NORMAL, autocommit"
    stage.report.add_note(f"a trial: {TRIAL}")
    stage.report.add(
        Figure(what, ours.value, "/s", "process", "json.dumps() and os.write()", raw.value,
               "process", at_least(150_000))
    )  # fmt: skip
    stage.report.add(
        Figure(what, ours.value, "/s", "process", peer, sqlite.value, "process", ratio_at_least(20))
    )
    stage.report.add(
        Figure(f"{what}, p99", our_times.p99_us, "us", "process", peer, sqlite_times.p99_us,
               "process", at_most(30))
    )  # fmt: skip
    stage.report.add(
        Figure(f"{what}, processor time", ours.processor_us, "us", "process", peer,
               sqlite.processor_us, "process")
    )  # fmt: skip


def bench_trackers(stage: Stage) -> None:
    """The same trials given to what else keeps them."""
    contenders = [
        stage.python("daybook", "daybook"),
        stage.python("daybook-power", "daybook, power"),
        *(stage.python(name, label) for name, label, _ in TRACKERS),
    ]
    ours, ours_power, *peers = take_turns(contenders, stage.rounds)
    for (_, label, durability), peer in zip(TRACKERS, peers):
        stage.report.add(
            Figure("Python record_trial", ours.value, "/s", "process", label, peer.value,
                   durability, ratio_at_least(10))
        )  # fmt: skip
    # Those that promise more than ours does by default, at what they promise.
    for (_, label, durability), peer in zip(TRACKERS, peers):
        if durability == "power":
            stage.report.add(
                Figure("Python record_trial", ours_power.value, "/s", "power", label, peer.value,
                       durability)
            )  # fmt: skip


def bench_processes(stage: Stage) -> None:
    """Many processes at once, where each call survives a loss of power."""

    def crew(name: str, label: str) -> Contender:
        return stage.python(name, label, seconds=2.0, processes=PROCESSES, latencies=True)

    raw_label = "os.write() and os.fdatasync()"
    ours, raw, *peers = take_turns(
        [
            crew("daybook-power", "daybook"),
            crew("write-sync", raw_label),
            *(crew(name, label) for name, label in WRITERS),
        ],
        stage.rounds,
    )
    what = f"Python, {PROCESSES} processes"
    stage.report.add(Figure(what, ours.value, "/s", "power", raw_label, raw.value, "power"))
    for (_, label), peer in zip(WRITERS, peers):
        stage.report.add(
            Figure(what, ours.value, "/s", "power", label, peer.value, "power", ratio_at_least(8))
        )
    for (_, label), peer in zip(WRITERS, peers):
        stage.report.add(
            Figure(f"{what}, worst stall", ours.worst_us / 1e3, "ms", "power", label,
                   peer.worst_us / 1e3, "power", ratio_at_most(1 / 20))
        )  # fmt: skip


def bench_import(stage: Stage) -> None:
    """What `import` costs a fresh process, less what an interpreter costs that imports nothing."""
    python = str(PEERS_PYTHON)
    others = ("optuna", "tensorboard.summary.writer.event_file_writer", "wandb", "mlflow", "aim")
    empty, ours, *peers = take_turns(
        [
            stage.processes([python, "-c", "pass"], "empty", 20),
            stage.processes([python, "-c", "import daybook"], "daybook", 20),
            *(stage.processes([python, "-c", f"import {name}"], name, 1) for name in others),
        ],
        stage.rounds,
    )
    stage.report.add_note(
        f"process that imports daybook: {ours.value:.1f} ms; that imports nothing:"
        f" {empty.value:.1f} ms"
    )
    added = ours.value - empty.value
    for number, (name, peer) in enumerate(zip(others, peers)):
        stage.report.add(
            Figure("import daybook", added, "ms", "", f"import {name.partition('.')[0]}",
                   peer.value - empty.value, "", at_most(20) if number == 0 else None)
        )  # fmt: skip


def bench_first_event(stage: Stage) -> None:
    """From the end of `import daybook` to the first acknowledgement."""

    def first_event(label: str, is_new: bool) -> Contender:
        return _each_in_a_process(stage, label, "daybook", is_new)

    known, new, raw = take_turns(
        [
            first_event("daybook, a ledger that is there", False),
            first_event("daybook, a new ledger", True),
            _each_in_a_process(stage, "raw", "raw", True),
        ],
        stage.rounds,
    )
    peer = "new file, written and synced"
    stage.report.add(
        Figure("first event after import", known.value, "ms", "power", peer, raw.value, "power",
               at_most(3))
    )  # fmt: skip
    stage.report.add(
        Figure("first event after import, new ledger", new.value, "ms", "power", peer, raw.value,
               "power")
    )  # fmt: skip


def _each_in_a_process(stage: Stage, label: str, contender: str, is_new: bool) -> Contender:
    """first_event.py, the median of many; with `is_new` each in a directory of its own."""
    script = [str(PEERS_PYTHON), str(HERE / "first_event.py"), contender]

    def turn() -> Sample:
        count = max(1, round(10 * stage.scale))
        directory = stage.fresh()
        if not is_new:
            stage.output_of([*script, str(directory / "0")])
        taken = [
            float(stage.output_of([*script, str(directory / (str(number) if is_new else "0"))]))
            for number in range(count)
        ]
        return Sample(value=quantile(taken, 0.5))

    return Contender(label, turn)


def bench_node(stage: Stage) -> None:
    """One caller from JavaScript, beside a process each event."""
    ours, raw, spawned, times = take_turns(
        [
            stage.node("daybook", "daybook"),
            stage.node("write", "writeSync"),
            stage.node("spawn", "spawn"),
            stage.node("daybook", "daybook, times", latencies=True),
        ],
        stage.rounds,
    )
    what = "TypeScript recordTrial"
    peer = "JSON.stringify() and writeSync()"
    stage.report.add(
        Figure(what, ours.value, "/s", "process", peer, raw.value, "process", at_least(150_000))
    )
    stage.report.add(
        Figure(what, ours.value, "/s", "process", "spawn a Python process", spawned.value,
               "process", ratio_at_least(1000))
    )  # fmt: skip
    stage.report.add(Figure(f"{what}, p99", times.p99_us, "us", "process", target=at_most(30)))
    stage.report.add(
        Figure(f"{what}, processor time", ours.processor_us, "us", "process", peer,
               raw.processor_us, "process")
    )  # fmt: skip


SUITES: dict[str, Callable[[Stage], None]] = {
    "python": bench_python,
    "python-trackers": bench_trackers,
    "python-processes": bench_processes,
    "python-import": bench_import,
    "python-first-event": bench_first_event,
    "node": bench_node,
}

"""Runs whose process ends, forks, is killed, or shares them with others."""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib.metadata
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys

import daybook
import pytest


def start(ledger, **more):
    return daybook.start_run("p", ledger=ledger.path, strict=True, capture=False, **more)


def record(run: daybook.Run, number: int) -> int:
    run.record_trial(f"t{number}", {"n": number}, {"pid": os.getpid()})
    return os.getpid()


def test_at_exit_an_open_run_is_completed_implicitly(ledger, script):
    result = script.run(
        """
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        run.record_metrics({"x": 1}, durability="buffered")
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert ledger.one("run.completed")["implicit_end"] is True
    assert ledger.one("metric.recorded")["metrics"] == {"x": 1}


def test_an_exception_that_ends_the_program_fails_its_run(ledger, script):
    result = script.run(
        """
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        raise LookupError("no data")
        """
    )
    assert result.returncode == 1
    assert "LookupError: no data" in result.stderr
    assert ledger.one("run.failed")["error"]["kind"] == "LookupError"


@pytest.mark.parametrize(
    "begin", ['with daybook.start_run("p", ledger=LEDGER) as run:', "if True:"], ids=["with", "not"]
)
def test_ctrl_c_cancels(ledger, script, begin):
    process = script.start(
        f"""
        if {begin.startswith("if")}:
            kept = daybook.start_run("p", ledger=LEDGER)
        {begin}
            print("ready", flush=True)
            while True:
                time.sleep(0.01)
        """
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert ledger.one("run.cancelled")["reason"] == "KeyboardInterrupt"


def test_sigterm_cancels_and_the_process_dies_of_it(ledger, script):
    process = script.start(
        """
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        run.record_metrics({"x": 1}, durability="buffered")
        print("ready", flush=True)
        while True:
            time.sleep(0.01)
        """
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM
    assert ledger.one("run.cancelled")["reason"] == "SIGTERM"
    assert ledger.types()[-1] == "run.cancelled"


def test_a_handler_of_the_host_is_left_alone_and_decides(ledger, script):
    process = script.start(
        """
        import signal
        def stop(signum, frame):
            raise SystemExit(4)
        signal.signal(signal.SIGTERM, stop)
        with daybook.start_run("p", ledger=LEDGER, capture=False):
            assert signal.getsignal(signal.SIGTERM) is stop
            print("ready", flush=True)
            while True:
                time.sleep(0.01)
        """
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 4
    assert ledger.one("run.failed")["error"]["message"] == "exit status 4"


def test_sigterm_is_given_back_when_the_last_run_has_ended(ledger):
    before = signal.getsignal(signal.SIGTERM)
    first, second = start(ledger), start(ledger)
    assert signal.getsignal(signal.SIGTERM) != before
    first.complete()
    assert signal.getsignal(signal.SIGTERM) != before
    second.complete()
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_was_acknowledged_survives_kill_9(ledger, script):
    process = script.start(
        """
        run = daybook.start_run("p", ledger=LEDGER, run_id="r1", capture=False)
        for i in range(1_000_000):
            run.record_trial(f"t{i}", {"i": i}, {"x": 0.5})
            if i % 1000 == 0:
                print(i, flush=True)
        """
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(5)][-1]
    process.kill()
    rest, _ = process.communicate(timeout=30)
    told = max([told, *(int(line) for line in rest.split("\n")[:-1] if line)])
    ids = {row["trial_id"] for row in ledger.query("SELECT trial_id FROM trial_results")}
    assert {f"t{i}" for i in range(told + 1)} <= ids
    assert ledger.query("SELECT status FROM latest_runs") == [{"status": "running"}]


def test_a_forked_child_records_and_does_not_end_the_run(ledger, script):
    result = script.run(
        """
        run = daybook.start_run("p", ledger=LEDGER)
        run.record_trial("parent")
        with run.phase("search"):
            if os.fork() == 0:
                run.record_trial("child")
                sys.exit(0)          # Runs the child's own atexit functions.
            assert os.wait()[1] == 0
        run.record_trial("after")
        run.complete()
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert {e["trial_id"] for e in ledger.events("trial.recorded")} == {"parent", "child", "after"}
    assert len(ledger.events("phase.completed")) == 1
    assert "implicit_end" not in ledger.one("run.completed")


def test_a_forked_child_that_is_terminated_does_not_cancel_the_run(ledger, script):
    result = script.run(
        """
        import signal
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        child = os.fork()
        if child == 0:
            while True:
                time.sleep(0.01)
        time.sleep(0.2)
        os.kill(child, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGTERM
        run.complete()
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "run.cancelled" not in ledger.types()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_record_to_the_run_that_they_are_given(ledger, method):
    context = multiprocessing.get_context(method)
    with start(ledger, run_id="r1") as run:
        with context.Pool(2) as pool:
            pids = set(pool.starmap(record, [(run, n) for n in range(20)]))
        assert os.getpid() not in pids
    trials = ledger.events("trial.recorded")
    assert {e["trial_id"] for e in trials} == {f"t{n}" for n in range(20)}
    assert {e["metrics"]["pid"] for e in trials} == pids
    assert ledger.types().count("run.completed") == 1


def test_a_pickled_run_is_attached_to(ledger):
    with start(ledger, run_id="r1", nan="refuse") as run:
        other = pickle.loads(pickle.dumps(run))
        assert (other.id, other.ledger, other.is_owner) == ("r1", run.ledger, False)
        with other:
            other.record_trial("t")
            with pytest.raises(ValueError):
                other.record_trial("u", {"x": float("nan")})
        assert "run.completed" not in ledger.types()


def test_threads_record_at_once(ledger):
    with start(ledger) as run:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: record(run, n), range(2000)))
            list(pool.map(lambda n: run.log({"loss": n}), range(200)))
    assert len({e["trial_id"] for e in ledger.events("trial.recorded")}) == 2000
    steps = sorted(e["step"] for e in ledger.events("metric.recorded"))
    assert steps == list(range(200))


def test_threads_that_start_at_once_share_one_ledger(ledger):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: start(ledger), range(32)))
    assert len({id(run._ledger) for run in runs}) == 1
    for run in runs:
        run.complete()


def test_ledgers_that_no_run_uses_are_closed(ledger, script):
    result = script.run(
        """
        first = daybook.start_run("p", ledger=LEDGER, run_id="r1", capture=False)
        for i in range(60):
            ledger = f"{LEDGER}-{i}"
            event = {"event_type": "run.started", "run_id": "r"}
            daybook.append_event(event, ledger=ledger, durability="buffered")
        first.record_trial("t")
        print(len(os.listdir("/proc/self/task")) < 25, len(os.listdir("/proc/self/fd")) < 40)
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "True True\n", "")
    assert ledger.types()[-2:] == ["trial.recorded", "run.completed"]
    others = ledger.path.parent.glob("ledger-*/events/day=*/*.jsonl")
    assert [part.read_text().count("run.started") for part in others] == [1] * 60


def test_closing_runs_beside_calls(ledger):
    for _ in range(20):
        run = daybook.start_run("p", ledger=ledger.path, capture=False)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for n in range(100):
                pool.submit(record, run, n)
            run.close()
    assert ledger.types().count("run.completed") == 20


def test_phases_of_tasks_overlap(ledger):
    async def work(run: daybook.Run, name: str, seconds: float) -> None:
        with run.phase(name):
            await asyncio.sleep(seconds)

    async def main(run: daybook.Run) -> None:
        await asyncio.gather(work(run, "a", 0.06), work(run, "b", 0.01), work(run, "a", 0.03))

    with start(ledger) as run:
        asyncio.run(main(run))
    done = [(e["phase_name"], e.get("iteration", 0)) for e in ledger.events("phase.completed")]
    assert done == [("b", 0), ("a", 1), ("a", 0)]


def test_a_cancelled_task_cancels_its_run(ledger):
    async def work() -> None:
        with start(ledger):
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ledger.one("run.cancelled")["reason"] == "CancelledError"


def test_many_processes_write_one_ledger(ledger, script):
    text = """
        run = daybook.start_run("p", ledger=LEDGER, capture=False, strict=True)
        for i in range(2000):
            run.record_trial(f"t{i}", {"i": i})
        run.complete()
    """
    processes = [script.start(text) for _ in range(8)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    rows = ledger.query("SELECT count(*) AS n, min(trials) AS least FROM latest_runs")
    assert rows == [{"n": 8, "least": 2000}]


def test_a_million_events_leave_the_memory_flat(ledger, script):
    """Of what is converted nothing is left.  The log keeps up to 32 MiB that no sync has covered,
    which a slow disk fills late; a leak of 64 bytes an event would be above the limit."""
    result = script.run(
        """
        import resource
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        def record(count):
            for i in range(count):
                run.record_trial(f"t{i % 100}", {"a": i, "b": [1, {"c": "x"}], "d": float("nan")},
                                 {"x": 0.5}, violations=["v"], durability="buffered")
        record(100_000)
        before = peak()
        record(900_000)
        print(peak() - before)
        """
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) < 48 * 1024


def test_the_import_loads_nothing_that_costs(script):
    result = script.run(
        """
        heavy = {"asyncio", "dataclasses", "enum", "importlib.metadata", "inspect", "json",
                 "logging", "multiprocessing", "numpy", "pandas", "pathlib", "re", "signal",
                 "subprocess", "threading", "traceback", "typing"}
        with daybook.start_run("p", {"a": [1]}, ledger=LEDGER) as run:
            run.record_trial("t", {"a": 1}, {"b": float("nan")})
        print(sorted(heavy & set(sys.modules)))
        """
    )
    assert result.stdout == "[]\n", result.stderr


def test_the_environment_is_recorded_from_a_thread(ledger, script):
    result = script.run(
        """
        run = daybook.start_run("p", ledger=LEDGER)
        run.complete()
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    created = ledger.one("run.created")["environment"]
    assert created["versions"]["python"] == sys.version.split()[0]
    assert created["argv"][-1].endswith("script_1.py")
    packages = ledger.one("run.environment")["packages"]
    assert packages["numpy"] == importlib.metadata.version("numpy")
    assert packages["scikit-build-core"] == importlib.metadata.version("scikit-build-core")


def test_the_code_of_a_repository_is_recorded_once_for_a_run(ledger, script, tmp_path):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "."], check=True)
    (tmp_path / "code.py").write_text("x = 1\n")
    subprocess.run([*git, "add", "code.py"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    (tmp_path / "code.py").write_text("x = 2\n")
    result = script.run(
        """
        with daybook.start_run("p", ledger=LEDGER) as run:
            for i in range(100):
                run.record_trial(f"t{i}")
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    environment = ledger.one("run.environment")
    assert environment["git_dirty"] is True and len(environment["git_commit"]) == 40


def test_nothing_is_captured_where_that_is_not_wanted(ledger, script):
    result = script.run('daybook.start_run("p", ledger=LEDGER, capture=False).complete()')
    assert result.returncode == 0
    assert "environment" not in ledger.one("run.created")
    assert "run.environment" not in ledger.types()


def test_heartbeats_tell_that_it_is_alive(ledger, script):
    result = script.run(
        """
        with daybook.start_run("p", ledger=LEDGER, capture=False, heartbeat=0.05):
            time.sleep(1)
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(ledger.events("run.heartbeat")) >= 2


@pytest.mark.parametrize("join", [True, False], ids=["join", "child"])
def test_a_program_that_daybook_runs_belongs_to_that_run(ledger, script, join):
    program = script.command(
        f"""
        with daybook.start_run("inner", capture=False, join={join}) as run:
            run.record_trial("t")
        """
    )
    flags = ["--ledger", str(ledger.path), "--name", "outer"]
    command = [os.environ["DAYBOOK_PROGRAM"], "run", *flags, "--", *program]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    outer = next(e["run_id"] for e in ledger.events("run.created") if e.get("name") == "outer")
    trial = ledger.one("trial.recorded")
    inner = [e for e in ledger.events("run.created") if e["run_id"] != outer]
    if join:
        assert (trial["run_id"], inner) == (outer, [])
    else:
        assert inner[0]["parent_run_id"] == outer and trial["run_id"] == inner[0]["run_id"]
    assert ledger.query("SELECT DISTINCT status FROM latest_runs") == [{"status": "completed"}]

"""The end of a process, and what comes in the middle: threads, workers, signals, forks."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import subprocess

import daybook
import pytest


def start(ledger, **more):
    return daybook.start_run("p", ledger=ledger.path, strict=True, capture=False, **more)


def test_daemon_threads_that_record_do_not_disturb_the_end(ledger, script):
    text = """
        import threading
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        def record():
            while True:
                run.record_trial("t", {"a": [1, {"b": 2}], "d": set()}, {"x": float("nan")})
        for _ in range(3):
            threading.Thread(target=record, daemon=True).start()
        time.sleep(0.02)
    """
    for _ in range(10):
        result = script.run(text)
        assert result.returncode == 0, result.stderr
    assert ledger.types().count("run.completed") == 10


def test_threads_that_drop_runs_and_phases_do_not_disturb_the_end(ledger, script):
    text = """
        import threading
        outer = daybook.start_run("p", ledger=LEDGER, capture=False)
        def drop():
            while True:
                run = daybook.start_run("p", ledger=LEDGER, capture=False)
                run.phase("x")
                outer.phase("y")
                run = None
        for _ in range(3):
            threading.Thread(target=drop, daemon=True).start()
        time.sleep(0.1)
    """
    for _ in range(20):
        result = script.run(text)
        assert result.returncode == 0, result.stderr


def test_a_forked_child_does_not_wait_for_its_parents_threads(ledger, script):
    result = script.run(
        """
        import threading
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        def record():
            while True:
                run.record_trial("t", durability="power")
        threading.Thread(target=record, daemon=True).start()
        time.sleep(0.1)
        begun = time.monotonic()
        for _ in range(4):
            if os.fork() == 0:
                sys.exit(0)
            os.wait()
        print(time.monotonic() - begun < 4)
        """
    )
    assert (result.returncode, result.stdout) == (0, "True\n"), result.stderr


def test_a_forked_child_does_not_wait_for_what_its_parent_gathers(ledger, script, tmp_path):
    subprocess.run(["git", "init", "-q", "."], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 20\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    result = script.run(
        """
        os.environ["PATH"] = "bin:" + os.environ["PATH"]
        run = daybook.start_run("p", ledger=LEDGER)
        begun = time.monotonic()
        if os.fork() == 0:
            sys.exit(0)
        os.wait()
        print(time.monotonic() - begun < 4, flush=True)
        os._exit(0)
        """
    )
    assert (result.returncode, result.stdout) == (0, "True\n"), result.stderr


def test_a_forked_child_opens_a_ledger_while_its_parent_opens_one(ledger, script):
    result = script.run(
        """
        import signal, threading
        from daybook import _life
        daybook.start_run("p", ledger=LEDGER, capture=False).complete()
        held = threading.Event()
        def hold():
            with _life._opening:
                held.set()
                time.sleep(60)
        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        if os.fork() == 0:
            signal.alarm(10)
            daybook.start_run("p", ledger=LEDGER + "-other", capture=False).complete()
            os._exit(0)
        print(os.wait()[1], flush=True)
        os._exit(0)
        """
    )
    assert (result.returncode, result.stdout) == (0, "0\n"), result.stderr


SLOW = """
    import signal
    class Own(Exception):
        pass
    class Slow:
        def tolist(self):
            os.kill(os.getpid(), signal.SIGUSR1 if OWN else signal.SIGINT)
            return [1]
    def stop(*_):
        raise SystemExit(4) if OWN == 1 else Own("time is up")
    signal.signal(signal.SIGUSR1, stop)
"""


@pytest.mark.parametrize(
    ("own", "strict", "raised"),
    [(0, True, "KeyboardInterrupt"), (0, False, "KeyboardInterrupt"), (1, False, "SystemExit"),
     (2, False, "Own")],
)  # fmt: skip
def test_what_a_signal_raises_travels_out_of_a_conversion(ledger, script, own, strict, raised):
    result = script.run(
        f"OWN = {own}\nimport daybook, os, time\nfrom textwrap import dedent\n"
        f"exec(dedent({SLOW!r}))\n"
        f"""
with daybook.start_run("p", ledger=LEDGER, capture=False, strict={strict}) as run:
    for record in (
        lambda: run.record_trial("t", {{"a": Slow()}}),
        lambda: run.record_metrics({{"a": Slow()}}),
        lambda: run.phase("x").complete({{"a": [Slow()]}}),
        lambda: daybook.append_event({{"event_type": "x", "a": Slow()}}, ledger=LEDGER),
        lambda: daybook.start_run("p", {{"a": Slow()}}, ledger=LEDGER, capture=False),
    ):
        try:
            record()
        except BaseException as error:
            print(type(error).__name__)
    assert run.stats()["failures"] == 0
"""
    )
    assert (result.returncode, result.stdout) == (0, f"{raised}\n" * 5), result.stderr


def buffer(given: tuple[daybook.Run, int]) -> None:
    given[0].record_metrics({"x": given[1]}, durability="buffered")


def own_run(path: str) -> None:
    kept.append(daybook.start_run("worker", ledger=path, capture=False))


def own_failing_run(path: str) -> None:
    own_run(path)
    raise LookupError("no data")


kept: list[daybook.Run] = []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_lose_nothing_when_they_end(ledger, method):
    context = multiprocessing.get_context(method)
    with start(ledger, run_id="r1") as run:
        with concurrent.futures.ProcessPoolExecutor(3, mp_context=context) as pool:
            list(pool.map(buffer, [(run, n) for n in range(30)]))
        for target in (own_run, own_failing_run):
            process = context.Process(target=target, args=(str(ledger.path),))
            process.start()
            process.join()
    assert {e["metrics"]["x"] for e in ledger.events("metric.recorded")} == set(range(30))
    ends = [e for e in ledger.events("run.completed", "run.failed") if e["run_id"] != "r1"]
    assert [e["event_type"] for e in ends] == ["run.completed", "run.failed"]
    assert (ends[0]["implicit_end"], ends[1]["error"]["kind"]) == (True, "LookupError")


@pytest.mark.parametrize("strict", [False, True])
def test_what_comes_after_the_end_is_told(ledger, script, strict):
    result = script.run(
        f"""
        import atexit
        def late():
            for _ in range(3):
                try:
                    run.record_trial("late")
                    print("goes on")
                except daybook.Error as error:
                    print("raised")
        atexit.register(late)
        run = daybook.start_run("p", ledger=LEDGER, capture=False, strict={strict})
        """
    )
    assert (result.returncode, result.stdout) == (0, ("raised\n" if strict else "goes on\n") * 3)
    assert result.stderr.count("at its exit") == (0 if strict else 1)


def test_an_error_before_the_run_does_not_fail_it(ledger, script):
    result = script.run(
        """
        sys.last_value = ValueError("old, and dealt with")
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        """
    )
    assert (result.returncode, ledger.types()[-1]) == (0, "run.completed")


def test_a_run_starts_where_the_directory_is_gone(ledger, script):
    result = script.run(
        """
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
        with daybook.start_run("p", capture=False) as run:
            run.record_trial("t")
        assert not os.path.isabs(run.ledger), run.ledger
        with daybook.start_run("p", ledger=LEDGER, run_id="r1") as run:
            run.record_trial("t")
        """
    )
    assert result.returncode == 0, result.stderr
    assert "daybook: " in result.stderr
    assert ledger.one("trial.recorded")["run_id"] == "r1"


def test_another_interpreter_is_refused_and_disturbs_nothing(ledger, script):
    result = script.run(
        """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        other = interpreters.create()
        try:
            print(interpreters.run_string(other, "import daybook"))
        except BaseException as error:
            print(error)
        interpreters.destroy(other)
        run.record_trial("t")
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "daybook records from the main interpreter alone" in result.stdout
    assert ledger.types()[-2:] == ["trial.recorded", "run.completed"]


def test_the_end_waits_for_the_environment_and_its_handle(ledger, script):
    # Dropped later, the thread's handle would ask for the GIL when nobody gets it any more.
    for _ in range(20):
        result = script.run('run = daybook.start_run("p", ledger=LEDGER)')
        assert result.returncode == 0, result.stderr
    assert len(ledger.events("run.environment")) == 20

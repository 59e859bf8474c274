"""What cannot be recorded does not take the program down, and is not silent."""

from __future__ import annotations

import daybook
import pytest


def start(ledger, **more):
    return daybook.start_run("p", ledger=ledger.path, capture=False, **more)


def test_what_has_no_form_is_counted_and_told_once(ledger, script):
    result = script.run(
        """
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            for i in range(3):
                run.record_trial(f"t{i}", {"model": b"abc"})
            run.record_trial("good", {"x": 1})
            print(run.stats())
        """
    )
    assert result.returncode == 0
    first, last = result.stderr.splitlines()
    assert first.startswith("daybook: params.model: found bytes, expected text")
    assert last.startswith("daybook: 3 of this process's events are not in the ledger")
    stats = eval(result.stdout)
    assert (stats["failures"], stats["dropped"], stats["recorded"]) == (3, 3, 3)
    assert "params.model: found bytes" in stats["last_failure"]
    assert ledger.one("run.completed")["events_dropped"] == 3
    assert [e["trial_id"] for e in ledger.events("trial.recorded")] == ["good"]


def test_a_run_starts_whatever_its_configuration_holds(ledger, capfd):
    with start(ledger, config={"model": len, "stop": 0.05, "in": [{(1, 2): object}]}) as run:
        run.record_trial("t")
    told = capfd.readouterr().err
    assert "config.model: found builtin_function_or_method" in told
    config = ledger.one("run.created")["config"]
    assert config["stop"] == 0.05
    assert config["model"] == "<built-in function len>"
    assert list(config["in"][0]) == ["(1, 2)"]


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no repr")


def test_of_a_configuration_all_is_kept_that_has_a_form(ledger, capfd):
    endless: list[object] = []
    endless.append(endless)
    config = {
        "stop": 0.05,
        "nested": {"model": Unspeakable(), "size": 3, "digits": [1, 10**5000]},
        "endless": endless,
        "path": "/data/\udcff",
        "paths": ["\udcff", 2],
    }
    start(ledger, config=config).complete()
    found = ledger.one("run.created")["config"]
    assert (found["stop"], found["nested"]["size"], found["nested"]["digits"][0]) == (0.05, 3, 1)
    assert found["nested"]["model"].endswith("Unspeakable without a repr()>")
    assert found["nested"]["digits"][1] == "<int without a repr()>"
    assert (found["path"], found["paths"]) == ("/data/\\udcff", ["\\udcff", 2])
    assert "endless" in found
    assert "config.nested.model: found" in capfd.readouterr().err


def test_a_run_starts_whatever_its_tags_hold(ledger):
    tags = {f"n{i}": None for i in range(20)}
    start(ledger, tags={**tags, "a": [1, 2], "b": {"c": 1}, "d": "x", "e": 1}).complete()
    expected = {"a": "[1,2]", "b": '{"c":1}', "d": "x", "e": 1}
    assert ledger.one("run.created")["tags"] == expected
    with pytest.raises(daybook.InvalidArgument, match="/tags/a: found an array"):
        start(ledger, tags={"a": [1, 2]}, strict=True)


def test_none_for_what_must_be_there_is_counted_too(ledger, capfd):
    with start(ledger) as run:
        run.record_trial(None)
        run.record_metrics(None)
        run.add_artifact(None, None)
        run.note(None)
        run.phase(None).complete()
        assert run.stats()["failures"] >= 4
    assert "trial.recorded" not in ledger.types()


def test_a_configuration_that_is_no_mapping_is_left_out(ledger, capfd):
    start(ledger, config=[1, 2], seed="seven").complete()
    told = capfd.readouterr().err
    assert "config: found list, expected a mapping" in told
    assert "seed: " in told
    assert ledger.one("run.created")["config"] == {}


def test_nan_refused_is_counted(ledger, capfd):
    with start(ledger, nan="refuse") as run:
        run.record_trial("t", {}, {"sharpe": float("nan")})
        assert run.stats()["dropped"] == 1
    assert "metrics.sharpe: found NaN" in capfd.readouterr().err
    assert ledger.events("trial.recorded") == []


def test_a_full_disk_keeps_events_and_writes_them_when_there_is_room(ledger, script):
    """In a mount namespace of its own, on a file system of 2 MiB."""
    disk = ledger.path.parent / "disk"
    disk.mkdir()
    text = """
        LEDGER = sys.argv[1] + "/ledger"
        filler = sys.argv[1] + "/filler"
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            run.record_trial("before")
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass
            for i in range(200):
                run.record_trial(f"t{i}", {"text": "x" * 1000})
            kept = run.stats()["kept"]
            os.unlink(filler)
            run.flush()
            after = run.stats()
            print(kept > 0, after["kept"], after["dropped"], after["retried"] == kept)
        import glob
        print(sum(line.count('"trial.recorded"') for part in glob.glob(LEDGER + "/events/*/*.jsonl")
                  for line in open(part)))
    """
    result = script.run_mounted(f"mount -t tmpfs -o size=2m none {disk}", text, str(disk))
    assert result.returncode == 0, result.stderr
    assert result.stdout == "True 0 0 True\n201\n", result.stderr
    lines = [line for line in result.stderr.splitlines() if "power loss" not in line]
    assert len(lines) == 1 and lines[0].startswith("daybook: "), result.stderr


def test_a_size_limit_of_the_process_is_survived(ledger, script):
    result = script.run(
        """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
            for i in range(500):
                run.record_trial(f"t{i}", {"text": "x" * 1000})
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            run.flush()
            print(run.stats()["kept"], run.stats()["dropped"])
        """
    )
    assert (result.returncode, result.stdout) == (0, "0 0\n"), result.stderr
    assert len({e["trial_id"] for e in ledger.events("trial.recorded")}) == 500


def test_a_ledger_that_nobody_may_write(ledger, script):
    """A file is where the directory should be, which stops root too."""
    ledger.path.write_text("not a directory")
    result = script.run(
        """
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            for i in range(10):
                run.record_trial(f"t{i}")
            with run.phase("x"):
                pass
        print("the program goes on")
        """
    )
    assert (result.returncode, result.stdout) == (0, "the program goes on\n")
    lines = result.stderr.splitlines()
    assert str(ledger.path) in lines[0]
    assert all(line.startswith("daybook: ") for line in lines)
    assert len(lines) <= 3, result.stderr
    with pytest.raises(daybook.Error, match=str(ledger.path)):
        start(ledger, strict=True)


def test_a_read_only_ledger(ledger, script):
    start(ledger, run_id="first").complete()
    mount = f"mount --bind {ledger.path} {ledger.path}"
    result = script.run_mounted(
        f"{mount} && mount -o remount,ro,bind {ledger.path}",
        """
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            run.record_trial("t")
        print("the program goes on")
        """,
    )
    assert (result.returncode, result.stdout) == (0, "the program goes on\n"), result.stderr
    assert "daybook: " in result.stderr
    assert {e["run_id"] for e in ledger.events()} == {"first"}


def test_a_ledger_that_is_deleted_while_it_is_open(ledger, script):
    result = script.run(
        """
        import shutil
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            run.record_trial("before")
            shutil.rmtree(LEDGER)
            for i in range(10):
                run.record_trial(f"t{i}")
        print("the program goes on")
        """
    )
    assert (result.returncode, result.stdout) == (0, "the program goes on\n"), result.stderr


@pytest.mark.parametrize("again", [False, True], ids=["gone", "made-anew"])
def test_a_run_that_starts_after_its_ledger_was_deleted(ledger, script, again):
    result = script.run(
        f"""
        import shutil
        first = daybook.start_run("p", ledger=LEDGER, capture=False)
        first.complete()
        shutil.rmtree(LEDGER)
        if {again}:
            os.mkdir(LEDGER)
        with daybook.start_run("p", ledger=LEDGER, run_id="second", capture=False) as run:
            run.record_trial("t")
        print(run.stats()["recorded"])
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "4\n", "")
    assert {e["run_id"] for e in ledger.events()} == {"second"}
    assert ledger.types()[-2:] == ["trial.recorded", "run.completed"]


def test_strict_raises_with_codes_and_pythons_own_classes(ledger, tmp_path):
    with start(ledger, strict=True) as run:
        with pytest.raises(FileNotFoundError) as missing:
            run.add_artifact(tmp_path / "gone", "rows")
        assert isinstance(missing.value, daybook.Error)
        assert (missing.value.code, str(tmp_path / "gone") in str(missing.value)) == (
            "not_found", True,
        )  # fmt: skip
        with pytest.raises(daybook.InvalidArgument, match="state"):
            run.record_trial("t", state="done")
        with pytest.raises(daybook.InvalidArgument, match="trial_id"):
            run.record_trial("x" * 257)


def test_the_same_mistakes_are_counted_without_it(ledger, tmp_path, capfd):
    with start(ledger) as run:
        run.add_artifact(tmp_path / "gone", "rows")
        run.record_trial("t", state="done")
        run.record_trial("x" * 257)
        run.note(b"bytes")
        run.tag(5, desk="index")
        assert run.add_table("x", 5) is None
        assert run.stats()["failures"] == 6
        run.complete()
        run.complete()
        assert run.stats()["failures"] == 7
    assert capfd.readouterr().err.startswith("daybook: ")
    assert ledger.types() == ["run.created", "run.started", "run.tagged", "run.completed"]


def test_an_unknown_durability_is_told_and_loses_nothing(ledger, script):
    result = script.run(
        """
        with daybook.start_run("p", ledger=LEDGER, capture=False) as run:
            run.record_trial("t", durability="ever")
            run.record_metrics({"x": 1}, durability=5)
            event = {"event_type": "run.started", "run_id": "r2"}
            print(daybook.append_event(event, ledger=LEDGER, durability="ever") is not None)
            print(run.stats()["failures"])
        """
    )
    assert (result.returncode, result.stdout) == (0, "True\n0\n"), result.stderr
    expected = "durability: found 'ever', expected 'buffered', 'process' or 'power'"
    assert [expected in line for line in result.stderr.splitlines()] == [True, True]
    types = ["trial.recorded", "metric.recorded", "run.started", "run.completed"]
    assert ledger.types()[2:] == types
    with start(ledger, strict=True) as run, pytest.raises(daybook.InvalidArgument, match="found 5"):
        run.record_metrics({"x": 1}, durability=5)


def test_a_closed_run_takes_no_program_down(ledger, script):
    result = script.run(
        """
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        run.close()
        run.record_trial("t")
        run.log({"x": 1})
        """
    )
    assert result.returncode == 0
    assert result.stderr.count("the run has been closed") == 1, result.stderr
    strict = start(ledger, strict=True)
    strict.close()
    with pytest.raises(daybook.Error, match="the run has been closed"):
        strict.record_trial("t")


def test_100_mb_of_configuration_do_not_stop_the_program(ledger, script):
    result = script.run(
        """
        big = {f"k{i}": "x" * 1000 for i in range(100_000)}
        with daybook.start_run("p", big, ledger=LEDGER, capture=False) as run:
            run.record_trial("t")
        """
    )
    assert result.returncode == 0
    assert result.stderr.startswith("daybook: start run: config: found 100")
    assert len(result.stderr) < 200
    assert ledger.one("run.created")["config"] == {}
    assert [e["trial_id"] for e in ledger.events("trial.recorded")] == ["t"]


def test_a_failed_run_is_failed_whatever_its_failure_holds(ledger, capfd):
    ends = {
        "surrogate": lambda run: run.fail(FileNotFoundError("no \udcff.csv")),
        "summary": lambda run: run.fail("boom", summary={"x": b"1"}),
        "large": lambda run: run.fail("m" * (20 << 20), kind="Kind"),
        "no text": lambda run: run.fail(b"boom"),
        "cancelled": lambda run: run.cancel(b"why"),
    }
    for name, end in ends.items():
        end(start(ledger, run_id=name))
    last = {e["run_id"]: e for e in ledger.events("run.failed", "run.cancelled")}
    assert set(last) == set(ends)
    assert last["surrogate"]["error"]["message"] == "no \\udcff.csv"
    assert (last["summary"]["error"], last["summary"]["events_dropped"]) == ({"message": "boom"}, 1)
    assert last["large"]["error"] == {"message": "m" * 65536, "kind": "Kind"}
    assert last["cancelled"]["event_type"] == "run.cancelled"
    assert "run.completed" not in ledger.types()


def test_a_failed_phase_is_not_completed_whatever_its_failure_holds(ledger, capfd):
    with start(ledger) as run:
        run.phase("error").fail(KeyError("close"))
        run.phase("large").fail("m" * (20 << 20))
        run.phase("kind").fail("boom", kind=b"bytes")
    failed = {e["phase_name"]: e["error"]["message"] for e in ledger.events("phase.failed")}
    assert failed == {"error": "'close'", "large": "m" * 65536}
    assert "kind: found bytes" in capfd.readouterr().err
    assert "phase.completed" not in ledger.types()


def test_a_completed_run_ends_whatever_its_summary_holds(ledger, capfd):
    start(ledger, run_id="bytes").complete({"x": b"1"})
    start(ledger, run_id="large").complete({"x": list(range(4_000_000))})
    for event in ledger.events("run.completed"):
        assert (event["summary"], event["events_dropped"]) == ({}, 1)
        assert "implicit_end" not in event
    assert len(ledger.events("run.completed")) == 2


def test_strict_raises_of_an_end_and_fails_the_run_all_the_same(ledger):
    run = start(ledger, strict=True)
    with pytest.raises(daybook.InvalidArgument, match="summary.x: found bytes"):
        run.fail("boom", summary={"x": b"1"})
    run.close()
    assert ledger.one("run.failed")["error"]["message"] == "boom"
    again = start(ledger, strict=True)
    with pytest.raises(daybook.InvalidArgument, match="summary.x: found bytes"):
        again.complete({"x": b"1"})
    again.complete({"x": 1})
    assert ledger.one("run.completed")["summary"] == {"x": 1}


LIMITED = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""


def test_strict_lets_the_programs_own_exception_travel(ledger, script):
    result = script.run(
        LIMITED
        + """
    try:
        with daybook.start_run("p", ledger=LEDGER, capture=False, strict=True):
            limit(1)
            raise KeyError("own")
    except KeyError as error:
        print("travels", error)
    limit(resource.RLIM_INFINITY)
    """
    )
    assert (result.returncode, result.stdout) == (0, "travels 'own'\n"), result.stderr
    assert result.stderr.count("File too large") == 1, result.stderr
    # There was room again at the end.
    assert ledger.types() == ["run.created", "run.started", "run.failed"]


def test_strict_lets_it_travel_out_of_a_phase_too(ledger, script):
    result = script.run(
        LIMITED
        + """
    try:
        with daybook.start_run("p", ledger=LEDGER, capture=False, strict=True) as run:
            with run.phase("load"):
                limit(1)
                raise KeyError("own")
    except KeyError as error:
        print("travels", error)
    limit(resource.RLIM_INFINITY)
    """
    )
    assert (result.returncode, result.stdout) == (0, "travels 'own'\n"), result.stderr
    assert "daybook: end phase load: " in result.stderr
    # The phase failed, and nothing says that it was completed.
    assert "phase.completed" not in ledger.types()
    assert ledger.one("run.failed")["error"]["kind"] == "KeyError"


def test_strict_does_not_keep_a_process_from_ending_by_sigterm(ledger, script):
    result = script.run(
        LIMITED
        + """
    run = daybook.start_run("p", ledger=LEDGER, capture=False, strict=True)
    limit(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    print("goes on")
    """
    )
    assert (result.returncode, result.stdout) == (-15, ""), result.stderr
    assert "File too large" in result.stderr


def test_what_is_lost_is_told_at_exit(ledger, script):
    ledger.path.write_text("not a directory")
    result = script.run('run = daybook.start_run("p", ledger=LEDGER, capture=False)')
    assert result.returncode == 0
    assert "lost" in result.stderr, result.stderr



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
        assert run.add_table("x", 5) is None
        assert run.stats()["failures"] == 5
        run.complete()
        run.complete()
        assert run.stats()["failures"] == 6
    assert capfd.readouterr().err.startswith("daybook: ")
    assert ledger.types() == ["run.created", "run.started", "run.completed"]


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


def test_what_is_lost_is_told_at_exit(ledger, script):
    ledger.path.write_text("not a directory")
    result = script.run('run = daybook.start_run("p", ledger=LEDGER, capture=False)')
    assert result.returncode == 0
    assert "lost" in result.stderr, result.stderr



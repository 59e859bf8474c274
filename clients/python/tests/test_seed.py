"""The functions and scripts of the event log before, and the typed emitters that are generated."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import daybook
import numpy as np
import pandas as pd
import pytest

SCRIPTS = Path(os.environ["DAYBOOK_SOURCE"]) / "tools" / "ledger"


def test_a_run_in_the_functions_of_before(ledger, monkeypatch):
    monkeypatch.setenv("DAYBOOK_LEDGER", str(ledger.path))
    daybook.emit_run_created("r1", "path-only", {"stop": 0.05}, "sha256:00")
    daybook.emit_run_started("r1")
    daybook.emit_phase_started("r1", "plan", 0)
    daybook.emit_phase_completed("r1", "plan", 12, {"calls": 3})
    daybook.emit_trial_recorded("r1", "t1", {"stop": 0.05}, {"sharpe": float("nan")})
    daybook.emit_baseline_completed("r1", 5, 4, "b.parquet")
    event_id = daybook.emit_artifact_created("r1", "trades", "t.parquet", 10, rows=3)
    daybook.emit_run_completed("r1", {"trials": 1}, {"trades": "t.parquet"})
    assert ledger.types() == [
        "run.created", "run.started", "phase.started", "phase.completed", "trial.recorded",
        "baseline.completed", "artifact.created", "run.completed",
    ]  # fmt: skip
    assert ledger.one("artifact.created")["event_id"] == event_id
    trial = ledger.one("trial.recorded")
    assert (trial["metrics"], trial["nonfinite"]) == ({"sharpe": None}, {"/metrics/sharpe": "NaN"})
    assert ledger.query("SELECT status, trials, artifacts FROM latest_runs") == [
        {"status": "completed", "trials": 1, "artifacts": 1}
    ]


def test_an_event_of_any_type_is_appended_as_it_is(ledger):
    event = {
        "event_type": "run.started",
        "run_id": "r1",
        "event_id": "1769126400000_0a1b2c3d",
        "timestamp_ms": 1_769_126_400_000,
        "more": [1],
    }
    assert daybook.append_event(event, ledger=ledger.path) == event["event_id"]
    written = ledger.one("run.started")
    assert {name: written[name] for name in event} == event


def test_typed_emitters_keep_what_json_cannot_hold(ledger):
    nan = np.float32("nan")
    daybook.events.metric_recorded("r1", {"a": nan, "b": 1.0}, step=3, ledger=ledger.path)
    daybook.events.metric_recorded("r1", {"b": 1.0, "a": nan}, step=4, ledger=ledger.path)
    daybook.events.run_completed("r1", {"best": nan}, {}, ledger=ledger.path)
    points = [(e["metrics"], e["nonfinite"]) for e in ledger.events("metric.recorded")]
    assert points == [({"b": 1.0}, {"/metrics/a": "NaN"})] * 2
    assert ledger.one("run.completed")["summary"] == {"best": "NaN"}
    given = {"/metrics/c": "Infinity"}
    daybook.emit_trial_recorded("r1", "t", {}, {"a": nan}, nonfinite=given, ledger=ledger.path)
    assert ledger.one("trial.recorded")["nonfinite"] == {"/metrics/a": "NaN", **given}


def test_numbers_that_json_cannot_hold_may_be_named_by_an_object_alone(ledger, capfd):
    wrong = {"event_type": "trial.recorded", "run_id": "r1", "trial_id": "t", "nonfinite": 5}
    event = {**wrong, "params": {}, "metrics": {"a": float("nan")}}
    assert daybook.append_event(event, ledger=ledger.path) is None
    assert "event.nonfinite: found int, expected a mapping" in capfd.readouterr().err
    with pytest.raises(daybook.InvalidArgument, match="nonfinite"):
        daybook.append_event(event, ledger=ledger.path, strict=True)


def test_a_wrong_event_is_counted_or_raised(ledger, capfd):
    wrong = {"event_type": "run.startd", "run_id": "r1"}
    assert daybook.append_event(wrong, ledger=ledger.path) is None
    assert daybook.append_event({"event_type": 5, "x": b""}, ledger=ledger.path) is None
    with pytest.raises(daybook.InvalidArgument, match=r"run\.started"):
        daybook.append_event(wrong, ledger=ledger.path, strict=True)
    with pytest.raises(daybook.InvalidArgument, match="found bytes"):
        daybook.append_event({"event_type": "x", "x": b""}, ledger=ledger.path, strict=True)
    assert "run.startd" in capfd.readouterr().err


def test_events_are_validated_without_being_appended(ledger):
    daybook.validate_event({"event_type": "run.started", "run_id": "r1"}, ledger=ledger.path)
    for wrong, message in [
        ({"event_type": "phase.started", "run_id": "r1", "phase_name": "x"}, "phase_order"),
        ({"event_type": "run.started", "run_id": "r1", "attempt": "1"}, "/attempt"),
        ({"event_type": "nothing", "run_id": "r1"}, "nothing"),
    ]:
        with pytest.raises(daybook.InvalidArgument, match=message):
            daybook.validate_event(wrong, ledger=ledger.path)
    assert not ledger.path.exists()


def test_types_that_are_registered_are_validated_too(ledger, tmp_path):
    schema = tmp_path / "order.filled.json"
    schema.write_text(
        json.dumps(
            {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "$id": "order.filled.json",
                "title": "order.filled",
                "description": "An order was filled.",
                "x-version": 1,
                "type": "object",
                "required": ["price"],
                "properties": {"price": {"type": "number"}},
                "additionalProperties": True,
            }
        )
    )
    command = [os.environ["DAYBOOK_PROGRAM"], "schema", "register", str(schema)]
    subprocess.run([*command, "--ledger", str(ledger.path)], check=True, capture_output=True)
    event = {"event_type": "order.filled", "run_id": "r1", "price": 1.5}
    daybook.validate_event(event, ledger=ledger.path)
    with pytest.raises(daybook.InvalidArgument, match="price"):
        daybook.validate_event({**event, "price": "much"}, ledger=ledger.path)


def test_artifacts_are_stored_and_recorded(ledger, tmp_path):
    (tmp_path / "report.html").write_text("<p>")
    frame = pd.DataFrame({"a": [1, 2]})
    best = {"when": pd.Timestamp(0)}
    artifacts = {"report": tmp_path / "report.html", "trades": frame, "best": best}
    stored = daybook.store_run_artifacts("r1", artifacts, ledger=ledger.path)
    assert [Path(path).name for path in stored.values()] == [
        "report.html", "trades.parquet", "best.json",
    ]  # fmt: skip
    assert json.loads(Path(stored["best"]).read_text()) == {"when": "1970-01-01T00:00:00"}
    recorded = {e["artifact_type"]: e for e in ledger.events("artifact.created")}
    assert set(recorded) == {"report", "trades", "best"}
    assert recorded["trades"]["rows"] == 2


def test_artifacts_of_one_name_are_kept_beside_each_other(ledger, tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "out.csv").write_text(folder)
    both = {name: tmp_path / name / "out.csv" for name in ("x", "y")}
    stored = daybook.store_run_artifacts("r1", both, ledger=ledger.path)
    assert {name: Path(path).read_text() for name, path in stored.items()} == {"x": "x", "y": "y"}
    twice = [daybook.store_run_artifacts("r1", {"best": n}, ledger=ledger.path) for n in (1, 2)]
    assert [json.loads(Path(stored["best"]).read_text()) for stored in twice] == [1, 2]
    # A file that is there already is recorded as it is.
    again = daybook.store_run_artifacts("r1", {"x": stored["x"]}, ledger=ledger.path)
    assert again == {"x": stored["x"]}


@pytest.mark.parametrize("name", ["../../../out", "a/b", "", ".hidden"])
def test_an_artifact_stays_in_its_runs_directory(ledger, name):
    with pytest.raises(ValueError, match="found the name"):
        daybook.store_run_artifacts("r1", {name: {"x": 1}}, ledger=ledger.path)
    assert ledger.events() == []


def test_the_index_is_rebuilt(ledger, tmp_path):
    daybook.emit_run_started("r1", ledger=ledger.path)
    daybook.rebuild_index(ledger=ledger.path)
    copy = tmp_path / "copy.duckdb"
    daybook.rebuild_index(copy, full_rebuild=True, verbose=True, ledger=ledger.path)
    assert copy.exists() and (ledger.path / "index" / "runs.duckdb").exists()
    with pytest.raises(daybook.Error, match="--since-date: found 'soon'"):
        daybook.rebuild_index(since_date="soon", ledger=ledger.path)


def test_a_snapshot_names_its_ledger_and_takes_no_other_ones_tables(ledger, tmp_path, monkeypatch):
    others = tmp_path / "other"
    daybook.emit_run_created("mine", "p", {}, "x", ledger=ledger.path)
    daybook.emit_run_created("others", "p", {}, "x", ledger=others)
    monkeypatch.setenv("DAYBOOK_LEDGER", str(ledger.path))
    snapshot = others / "index" / "runs.duckdb"
    daybook.rebuild_index(snapshot)
    rows = daybook.query("SELECT run_id FROM runs_d", to="rows", ledger=others, fresh=False)
    assert rows == [{"run_id": "others"}]
    daybook.rebuild_index(os.path.relpath(snapshot), ledger="other")
    with pytest.raises(daybook.InvalidArgument, match="expected one"):
        daybook.rebuild_index(snapshot, ledger=ledger.path)


def test_every_event_type_has_a_typed_emitter():
    for name in daybook.events.EVENT_TYPES:
        emitter = getattr(daybook.events, name.replace(".", "_"))
        assert list(inspect.signature(emitter).parameters)[0] == "run_id"
        assert emitter.__doc__


def script(name: str, *arguments: str, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", str(SCRIPTS / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_scripts_emit_and_index(ledger):
    result = script(
        "emit_event.py", "--event-type", "run.created", "--run-id", "r1", "--run-type", "policy",
        "--config", "{}", "--data-fingerprint", "x", "--ledger", str(ledger.path),
    )  # fmt: skip
    assert (result.returncode, json.loads(result.stdout)["success"]) == (0, True)
    result = script("emit_event.py", "--event-type", "run.startd", "--ledger", str(ledger.path))
    assert (result.returncode, json.loads(result.stdout)["success"]) == (1, False)
    snapshot = ledger.path / "index" / "runs.duckdb"
    result = script("rebuild_index.py", "--db", str(snapshot), "--since-date", "2026-01-23")
    assert result.returncode == 0, result.stderr
    assert snapshot.exists()
    result = script("rebuild_index.py", f"--db={snapshot}", "--full-rebuild", "--verbose")
    assert result.returncode == 0, result.stderr


def test_the_daemon_indexes_until_it_is_stopped(ledger):
    snapshot = ledger.path / "index" / "runs.duckdb"
    daybook.emit_run_started("r1", ledger=ledger.path)
    command = [sys.executable, str(SCRIPTS / "index_daemon.py"), "--interval", "1", "--verbose"]
    process = subprocess.Popen([*command, "--db", str(snapshot)], stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 60
        while not snapshot.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert snapshot.exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_daemon_says_what_it_does_not_do(tmp_path):
    result = script("index_daemon.py", "--db", str(tmp_path / "other.duckdb"))
    assert result.returncode == 2
    assert "rebuild_index.py --db" in result.stderr


def test_without_a_program_scripts_say_what_to_do():
    result = script("emit_event.py", env={"DAYBOOK_PROGRAM": "/no/such", "PATH": ""})
    assert result.returncode == 1
    assert "emit_event.py: the daybook program is not there: looked for /no/such" in result.stderr

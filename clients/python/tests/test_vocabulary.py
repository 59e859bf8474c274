"""Every word of the vocabulary, and the event that it becomes."""

from __future__ import annotations

import inspect
from pathlib import Path

import daybook
import pytest


def start(ledger, **more):
    return daybook.start_run("policy", ledger=ledger.path, strict=True, capture=False, **more)


def test_a_run_is_created_started_and_completed(ledger):
    with start(
        ledger,
        config={"stop": 0.05, "exits": [{"at": 1}]},
        name="a name",
        experiment="e",
        tags={"desk": "index", "n": 3},
        seed=7,
        data_fingerprint="sha256:00",
        run_id="r1",
        parent_run_id="r0",
    ) as run:
        assert run.id == "r1"
    created = ledger.one("run.created")
    assert created["config"] == {"stop": 0.05, "exits": [{"at": 1}]}
    assert created["run_type"] == "policy"
    assert created["tags"] == {"desk": "index", "n": 3}
    names = ("name", "experiment", "seed", "data_fingerprint", "parent_run_id", "run_id")
    assert [created[name] for name in names] == ["a name", "e", 7, "sha256:00", "r0", "r1"]
    assert ledger.types() == ["run.created", "run.started", "run.completed"]
    assert "implicit_end" not in ledger.one("run.completed")


def test_trials_have_all_that_a_trial_can_have(ledger):
    with start(ledger) as run:
        run.record_trial(
            "t1",
            {"stop": 0.05, "kind": "fixed", "on": True, "none": None, "n": 2**63},
            {"sharpe": 1.5},
            state="failed",
            feasible=False,
            violations=["p05_mae"],
            duration_ms=12,
            started_at_ms=1_769_126_400_000,
            error="no data",
            durability="power",
        )
        run.trial(7)
    first, second = ledger.events("trial.recorded")
    assert first["params"] == {
        "stop": 0.05, "kind": "fixed", "on": True, "none": None, "n": 2**63,
    }  # fmt: skip
    assert first["metrics"] == {"sharpe": 1.5}
    assert (first["state"], first["feasible"], first["violations"]) == (
        "failed", False, ["p05_mae"],
    )  # fmt: skip
    assert (first["duration_ms"], first["started_at_ms"]) == (12, 1_769_126_400_000)
    assert first["error"]["message"] == "no data"
    assert (second["trial_id"], second["params"], second["metrics"]) == ("7", {}, {})


def test_a_trial_of_very_many_values_keeps_them_all_in_order(ledger):
    params = {f"p{i}": i / 7 for i in range(1000)}
    with start(ledger) as run:
        run.record_trial("t", params)
    assert list(ledger.one("trial.recorded")["params"].items()) == list(params.items())


def test_a_trial_takes_its_arguments_as_any_function_does(ledger):
    with daybook.start_run("p", ledger=ledger.path, strict=True, capture=False) as run:
        run.trial("a", None, {"x": 1})
        run.record_trial(metrics={"x": 2}, trial_id="b", duration_ms=3)
        for wrong, message in [
            (lambda: run.record_trial(), "missing 1 required positional argument: 'trial_id'"),
            (lambda: run.record_trial("a", {}, {}, "complete"), "from 1 to 3 positional arguments"),
            (lambda: run.record_trial("a", trial_id="b"), "multiple values for argument"),
            (lambda: run.record_trial("a", colour=1), "unexpected keyword argument 'colour'"),
        ]:
            with pytest.raises(TypeError, match=message):
                wrong()
        with pytest.raises(ValueError, match="durability: found 'ever'"):
            run.record_trial("a", durability="ever")
        names = list(inspect.signature(run.record_trial).parameters)
        assert names[:4] == ["trial_id", "params", "metrics", "state"] and len(names) == 10
        assert "a point of a search" in run.record_trial.__doc__
    found = [(e["trial_id"], e["metrics"]["x"]) for e in ledger.events("trial.recorded")]
    assert found == [("a", 1), ("b", 2)]


def test_curves_number_the_points_of_each_name(ledger):
    with start(ledger) as run:
        run.record_metrics({"loss": 0.5})
        run.log({"loss": 0.25, "train/acc": 1}, trial_id="t1")
        run.record_metrics({"loss": 0.1}, step=41)
    points = [(e["metrics"], e["step"]) for e in ledger.events("metric.recorded")]
    assert points == [({"loss": 0.5}, 0), ({"loss": 0.25, "train/acc": 1}, 1), ({"loss": 0.1}, 41)]


def test_phases_have_orders_iterations_and_summaries(ledger):
    with start(ledger) as run:
        with run.phase("load") as phase:
            phase.summary["rows"] = 3
        for _ in range(2):
            with run.phase("fit"):
                pass
        late = run.phase("report", order=9)
        late.complete({"pages": 1})
    done = ledger.events("phase.completed")
    assert [(e["phase_name"], e["phase_order"], e.get("iteration", 0)) for e in done] == [
        ("load", 0, 0), ("fit", 1, 0), ("fit", 1, 1), ("report", 9, 0),
    ]  # fmt: skip
    assert [e["output_summary"] for e in done] == [{"rows": 3}, {}, {}, {"pages": 1}]


def test_artifacts_tags_and_notes(ledger, tmp_path: Path):
    (tmp_path / "rows.csv").write_text("1\n")
    with start(ledger) as run:
        run.add_artifact(tmp_path / "rows.csv", "rows", rows=1)
        run.tag({"desk": "index"}, good=True)
        run.tag(desk=None)
        run.note("looks odd", author="ann")
    artifact = ledger.one("artifact.created")
    assert (artifact["artifact_type"], artifact["rows"], artifact["format"]) == ("rows", 1, "csv")
    assert artifact["size_bytes"] == 2
    tagged = ledger.events("run.tagged")
    assert [e["tags"] for e in tagged] == [{"desk": "index", "good": True}, {"desk": None}, {}]
    assert (tagged[2]["note"], tagged[2]["author"]) == ("looks odd", "ann")


def test_an_artifact_that_is_copied_outlives_its_file(ledger, tmp_path: Path):
    (tmp_path / "model.bin").write_bytes(b"abc")
    with start(ledger) as run:
        run.add_artifact(tmp_path / "model.bin", "model", copy=True)
    (tmp_path / "model.bin").unlink()
    artifact = ledger.one("artifact.created")
    assert artifact["original_path"] == str(tmp_path / "model.bin")
    assert artifact["artifact_path"] == (
        "artifacts/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert (ledger.path / artifact["artifact_path"]).read_bytes() == b"abc"


def test_the_ends(ledger):
    start(ledger, run_id="a").complete({"trials": 3}, {"report": "r.html"})
    start(ledger, run_id="b").fail("no data", kind="DataError", summary={"n": 0})
    start(ledger, run_id="c").cancel("enough")
    completed = ledger.one("run.completed")
    assert (completed["summary"], completed["artifact_paths"]) == (
        {"trials": 3}, {"report": "r.html"},
    )  # fmt: skip
    failed = ledger.one("run.failed")
    assert failed["error"] == {"message": "no data", "kind": "DataError"}
    assert failed["summary"] == {"n": 0}
    assert ledger.one("run.cancelled")["reason"] == "enough"


def test_an_ended_run_refuses_to_end_again(ledger):
    run = start(ledger)
    run.complete()
    with pytest.raises(daybook.InvalidArgument):
        run.fail("x")
    assert ledger.events("run.failed") == []


def test_an_exception_fails_the_run_and_the_phase_and_travels_on(ledger):
    with pytest.raises(KeyError), start(ledger) as run, run.phase("load"):
        raise KeyError("close")
    assert ledger.one("phase.failed")["error"] == {"message": "'close'", "kind": "KeyError"}
    error = ledger.one("run.failed")["error"]
    assert (error["kind"], error["message"], error["phase_name"]) == ("KeyError", "'close'", "load")
    assert 'raise KeyError("close")' in error["trace"]


def test_a_phase_whose_error_was_dealt_with_does_not_fail_the_run(ledger):
    with start(ledger) as run:
        with pytest.raises(KeyError), run.phase("load"):
            raise KeyError("close")
    assert ledger.types()[-1] == "run.completed"


def test_a_later_error_is_not_of_the_phase_that_an_earlier_one_came_from(ledger):
    # Where the first is gone the second has its place in memory, and so its id().
    with pytest.raises(RuntimeError), start(ledger) as run:
        try:
            with run.phase("load"):
                raise ValueError("no price")
        except ValueError:
            pass
        raise RuntimeError("no money")
    assert "phase_name" not in ledger.one("run.failed")["error"]


def test_an_error_that_leaves_two_runs_names_the_phase_of_each(ledger):
    with pytest.raises(KeyError), start(ledger, run_id="outer") as outer, outer.phase("all"):
        with start(ledger, run_id="inner") as inner, inner.phase("one"), inner.phase("in it"):
            raise KeyError("close")
    failed = {e["run_id"]: e["error"]["phase_name"] for e in ledger.events("run.failed")}
    assert failed == {"inner": "in it", "outer": "all"}


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (KeyboardInterrupt(), "run.cancelled"),
        (SystemExit(0), "run.completed"),
        (SystemExit(None), "run.completed"),
        (SystemExit(3), "run.failed"),
        (GeneratorExit(), "run.failed"),
    ],
)
def test_exceptions_that_are_no_errors(ledger, error, end):
    with pytest.raises(type(error)), start(ledger):
        raise error
    assert ledger.types()[-1] == end


def test_children_have_a_parent(ledger, monkeypatch):
    with start(ledger, run_id="p") as run:
        run.child("fold", run_id="c1", capture=False).complete()
    monkeypatch.setenv("DAYBOOK_RUN_ID", "p")
    start(ledger, run_id="c2").complete()
    parents = {e["run_id"]: e.get("parent_run_id") for e in ledger.events("run.created")}
    assert parents == {"p": None, "c1": "p", "c2": "p"}


def test_children_capture_what_their_parent_does(ledger):
    for capture in (True, False):
        run = daybook.start_run("p", ledger=ledger.path, strict=True, capture=capture)
        with run.child("fold", run_id=f"child-{capture}"):
            pass
        run.complete()
    created = {e["run_id"]: e for e in ledger.events("run.created")}
    assert "environment" in created["child-True"] and "environment" not in created["child-False"]


def test_joining_attaches_and_does_not_end(ledger, monkeypatch):
    run = start(ledger, run_id="p")
    monkeypatch.setenv("DAYBOOK_RUN_ID", "p")
    with start(ledger, join=True) as joined:
        joined.record_trial("t1")
    with daybook.attach("p", ledger=ledger.path, strict=True) as attached:
        attached.record_trial("t2")
        with attached.phase("load", order=4):
            pass
        with pytest.raises(daybook.InvalidArgument):
            attached.phase("fit")
    assert [e["run_id"] for e in ledger.events("trial.recorded")] == ["p", "p"]
    assert "run.completed" not in ledger.types()
    run.complete()


def test_a_run_that_is_dropped_is_completed_implicitly(ledger):
    run = start(ledger)
    del run
    assert ledger.one("run.completed")["implicit_end"] is True


def test_what_is_wrong_with_the_call_itself_is_said(ledger):
    with pytest.raises(ValueError, match="nan: found 'drop', expected 'keep' or 'refuse'"):
        start(ledger, nan="drop")
    with pytest.raises(TypeError, match="capture: found 'no', expected True or False"):
        daybook.start_run("t", capture="no")
    with pytest.raises(ValueError, match="heartbeat: found 'soon'"):
        start(ledger, heartbeat="soon")
    with start(ledger) as run, pytest.raises(ValueError, match="durability: found 'maybe'"):
        run.record_trial("t", durability="maybe")


def test_the_index_has_what_was_recorded(ledger):
    with start(ledger, run_id="r1") as run:
        run.record_trial("t1", {"stop": 0.05}, {"sharpe": 1.5})
        run.record_trial("t2", {"stop": 0.07}, {"sharpe": float("nan")})
    assert ledger.query("SELECT run_id, status, trials FROM latest_runs") == [
        {"run_id": "r1", "status": "completed", "trials": 2}
    ]
    rows = ledger.query(
        "SELECT trial_id, isnan(metric_values['sharpe']) AS n FROM trial_results ORDER BY 1"
    )
    assert rows == [{"trial_id": "t1", "n": False}, {"trial_id": "t2", "n": True}]


def test_the_default_ledger_is_found_upwards_and_by_its_variable(tmp_path, monkeypatch):
    daybook.start_run("p", capture=False).complete()
    here = tmp_path / "data" / "ledger"
    assert here.is_dir()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert Path(daybook.start_run("p", capture=False).ledger).samefile(here)
    monkeypatch.setenv("DAYBOOK_LEDGER", str(tmp_path / "other"))
    assert Path(daybook.start_run("p", capture=False).ledger).samefile(tmp_path / "other")


def test_a_ledger_is_opened_once_for_all_runs_of_a_process(ledger):
    first, second = start(ledger), start(ledger)
    first.record_trial("t")
    second.record_trial("t")
    assert len(list(ledger.path.glob("events/day=*/part-*.jsonl"))) == 1

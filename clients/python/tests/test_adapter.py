"""The functions of the adapter before, over a log alone; with an old file: test_attached.py."""

from __future__ import annotations

import daybook
import pandas as pd
import pytest

JANUARY_23 = 1_769_126_400_000


@pytest.fixture
def runs(ledger):
    created = {"event_type": "run.created", "config": {"stop": 0.05}, "data_fingerprint": "f"}
    for run_id, run_type, time_ms in (
        ("a", "policy", JANUARY_23 - 1),
        ("b's", "baseline", JANUARY_23),
    ):
        event = {**created, "run_id": run_id, "run_type": run_type, "timestamp_ms": time_ms}
        daybook.append_event(event, ledger=ledger.path, strict=True)
    daybook.emit_run_started("b's", ledger=ledger.path)
    daybook.emit_run_completed("b's", {"pnl": 1.5}, {}, ledger=ledger.path)


def test_runs_are_listed_newest_first_with_their_source(ledger, runs):
    rows = daybook.query_runs(to="rows", ledger=ledger.path)
    assert [row["run_id"] for row in rows] == ["b's", "a"]
    assert rows[1] == {
        "run_id": "a",
        "run_type": "policy",
        "created_at_ms": JANUARY_23 - 1,
        "config": {"stop": 0.05},
        "data_fingerprint": "f",
        "status": "pending",
        "source": "event_log",
    }
    assert isinstance(daybook.queryRuns(ledger=ledger.path), pd.DataFrame)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since_date": "2026-01-23"}, ["b's"]),
        ({"since_date": "2026-01-22"}, ["b's", "a"]),
        ({"run_type": "policy"}, ["a"]),
        ({"status": "completed"}, ["b's"]),
        ({"source": "legacy"}, []),
        ({"source": "event_log", "limit": 1}, ["b's"]),
    ],
)
def test_filters(ledger, runs, filters, expected):
    rows = daybook.query_runs(**filters, to="rows", ledger=ledger.path)
    assert [row["run_id"] for row in rows] == expected


def test_how_a_run_stands_and_where_it_comes_from(ledger, runs):
    [row] = daybook.query_run_status("b's", to="rows", ledger=ledger.path)
    assert (row["status"], row["summary_json"], row["source"]) == (
        "completed", {"pnl": 1.5}, "event_log",
    )  # fmt: skip
    assert row["completed_at_ms"] >= row["started_at_ms"]
    assert len(daybook.queryRunStatus(to="rows", ledger=ledger.path)) == 2
    assert daybook.query_run_status("none", to="rows", ledger=ledger.path) == []
    assert daybook.get_source_for_run("b's", ledger=ledger.path) == "event_log"
    assert daybook.getSourceForRun("none", ledger=ledger.path) is None


def test_mistakes_are_named(ledger, runs):
    with pytest.raises(daybook.InvalidArgument, match="since_date: found '23.1.2026', expected"):
        daybook.query_runs("23.1.2026", ledger=ledger.path)
    with pytest.raises(daybook.InvalidArgument, match="get_source_for_run: run_id: found 5"):
        daybook.get_source_for_run(5, ledger=ledger.path)
    with pytest.raises(ValueError, match="limit: found -1, expected a whole number"):
        daybook.query_runs(limit=-1, ledger=ledger.path)

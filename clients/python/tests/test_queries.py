"""Tables in, questions and answers out, through the real program."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import daybook
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PRICES = Path(os.environ["DAYBOOK_SOURCE"]) / "examples" / "data" / "sp500_daily.csv"


@pytest.fixture
def run(ledger):
    with daybook.start_run(
        "grid", ledger=ledger.path, run_id="r1", strict=True, capture=False
    ) as run:
        for n in range(3):
            run.record_trial(f"t{n}", {"stop": n / 10, "kind": "x"}, {"sharpe": float(n)})
        yield run


SQL = "SELECT trial_id, metric_values['sharpe'] AS sharpe FROM trial_results ORDER BY 1"
ROWS = [{"trial_id": f"t{n}", "sharpe": float(n)} for n in range(3)]


def test_answers_come_in_the_form_that_is_asked_for(ledger, run):
    rows = daybook.query(SQL, to="rows", ledger=ledger.path)
    frame = daybook.query(SQL, to="pandas", ledger=ledger.path)
    polars = daybook.query(SQL, to="polars", ledger=ledger.path)
    arrow = daybook.query(SQL, to="arrow", ledger=ledger.path)
    assert rows == ROWS
    assert isinstance(frame, pd.DataFrame) and frame.to_dict("records") == ROWS
    assert isinstance(polars, pl.DataFrame) and polars.to_dicts() == ROWS
    assert isinstance(arrow, pa.Table) and arrow.to_pylist() == ROWS
    assert isinstance(daybook.query(SQL, ledger=ledger.path), pd.DataFrame)


def test_an_answer_without_rows_has_its_columns(ledger, run):
    frame = daybook.query("SELECT run_id FROM latest_runs WHERE false", ledger=ledger.path)
    assert list(frame.columns) == ["run_id"] and len(frame) == 0


def test_an_answer_includes_what_is_buffered(ledger, run):
    run.record_trial("late", {}, {"sharpe": 9.0}, durability="buffered")
    rows = daybook.query(SQL, to="rows", ledger=ledger.path)
    assert {"trial_id": "late", "sharpe": 9.0} in rows


def test_a_statement_may_begin_with_a_comment_and_be_long(ledger, run):
    text = "x" * 300_000
    sql = f"-- which?\nSELECT '{text}' AS text"
    for form in ("rows", "arrow"):
        answer = daybook.query(sql, to=form, ledger=ledger.path)
        assert (answer if form == "rows" else answer.to_pylist()) == [{"text": text}]


def test_names_that_are_twice_within_a_value_disturb_no_answer(ledger, run):
    text = '{"event_type":"run.created","run_id":"r2","run_type":"p","data_fingerprint":"",'
    run._ledger.emit_json(text + '"config":{"a":1,"a":2}}', None)
    sql = "SELECT config FROM runs_d WHERE run_id = 'r2'"
    assert daybook.query(sql, to="rows", ledger=ledger.path) == [{"config": {"a": 2}}]


def test_runs_and_trials(ledger, run):
    assert [row["run_id"] for row in daybook.runs(to="rows", ledger=ledger.path)] == ["r1"]
    assert daybook.runs("status = 'failed'", to="rows", ledger=ledger.path) == []
    best = daybook.trials(run, metric="sharpe", limit=1, to="rows")
    assert [(row["trial_id"], row["sharpe"]) for row in best] == [("t2", 2.0)]
    some = daybook.trials("@latest", "metrics.sharpe < 2", to="pandas", ledger=ledger.path)
    assert sorted(some["trial_id"]) == ["t0", "t1"]


def test_all_trials_come_however_many(ledger):
    with daybook.start_run("g", ledger=ledger.path, capture=False) as run:
        for n in range(150):
            run.record_trial(f"t{n}", durability="buffered")
        assert len(daybook.trials(run, to="rows")) == 150


def test_the_snapshot_is_opened_with_the_installed_duckdb(ledger, run):
    with pytest.raises(daybook.NotFound, match="there is no snapshot"):
        daybook.query(SQL, to="rows", ledger=ledger.path, fresh=False)
    command = [os.environ["DAYBOOK_PROGRAM"], "index", "--ledger", str(ledger.path)]
    subprocess.run(command, check=True, capture_output=True)
    run.record_trial("later")
    for form in ("rows", "pandas", "polars", "arrow"):
        answer = daybook.query(SQL, to=form, ledger=ledger.path, fresh=False)
        assert len(answer) == 3
    assert daybook.query(SQL, to="rows", ledger=ledger.path, fresh=False) == ROWS
    with pytest.raises(daybook.Error, match="no_table"):
        daybook.query("FROM no_table", ledger=ledger.path, fresh=False)
    with pytest.raises(daybook.InvalidArgument, match="found two columns 'a'"):
        daybook.query("SELECT 1 AS a, 2 AS a", to="rows", ledger=ledger.path, fresh=False)


def test_a_question_does_not_fail_for_another_ledger(ledger, run, script):
    """The other one is on a disk that takes nothing any more."""
    result = script.run(
        """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        other = daybook.start_run("p", ledger=LEDGER + "-other", capture=False)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        other.record_metrics({"x": 1}, durability="buffered")
        for ledger in (LEDGER, LEDGER + "-other"):
            rows = daybook.query("SELECT count(*) AS n FROM runs_d", to="rows", ledger=ledger)
            print(rows)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        """
    )
    assert (result.returncode, result.stdout) == (0, "[{'n': 1}]\n" * 2), result.stderr


def test_mistakes_have_classes_and_the_programs_own_words(ledger, run):
    with pytest.raises(daybook.InvalidArgument) as wrong:
        daybook.query("SELEC 1", to="rows", ledger=ledger.path)
    assert not str(wrong.value).startswith(("daybook", "error"))
    with pytest.raises(daybook.NotFound, match="^open the ledger .*does not exist"):
        daybook.query("SELECT 1", to="rows", ledger=ledger.path / "nowhere")
    with pytest.raises(daybook.InvalidArgument, match="found two columns 'a'"):
        daybook.query("SELECT 1 AS a, 2 AS a", to="rows", ledger=ledger.path)
    with pytest.raises(daybook.InvalidArgument):
        daybook.trials(5, ledger=ledger.path)
    with pytest.raises(ValueError, match="limit: found 0, expected at least 1"):
        daybook.runs(limit=0, ledger=ledger.path)


def test_mistakes_are_said_in_words(ledger, run, monkeypatch):
    with pytest.raises(daybook.Error, match="no_table"):
        daybook.query("SELECT * FROM no_table", ledger=ledger.path)
    with pytest.raises(ValueError, match="to: found 'csv', expected one of"):
        daybook.query(SQL, to="csv", ledger=ledger.path)
    with pytest.raises(daybook.Error, match="nowhere"):
        daybook.query(SQL, ledger=ledger.path.parent / "nowhere")
    monkeypatch.setenv("DAYBOOK_PROGRAM", "/no/such/program")
    with pytest.raises(daybook.NotFound, match="/no/such/program"):
        daybook.query(SQL, ledger=ledger.path)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pl.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pl.LazyFrame({"a": [1, 2], "b": ["x", None]}),
        pa.table({"a": [1, 2], "b": ["x", None]}),
        {"a": np.array([1, 2]), "b": ["x", None]},
    ],
    ids=["pandas", "polars", "lazy", "pyarrow", "dict"],
)
def test_a_table_becomes_parquet_with_its_rows(ledger, run, table):
    path = run.add_table("equity", table)
    assert pq.read_table(path).to_pydict() == {"a": [1, 2], "b": ["x", None]}
    artifact = ledger.one("artifact.created")
    assert (artifact["artifact_type"], artifact["rows"], artifact["format"]) == (
        "equity", 2, "parquet",
    )  # fmt: skip
    # Relative to the ledger, so that the ledger may be moved.
    assert (ledger.path / artifact["artifact_path"]).samefile(path)


@pytest.mark.parametrize("series", [pd.Series([1, 2], name="a"), pl.Series("a", [1, 2])])
def test_a_series_becomes_a_table_of_one_column(ledger, run, series):
    assert pq.read_table(run.add_table("equity", series)).to_pydict()["a"] == [1, 2]


def test_tables_of_one_name_are_kept_side_by_side(ledger, run):
    paths = [run.add_table("equity", {"a": [n]}) for n in range(3)]
    assert [Path(path).name for path in paths] == [
        "equity.parquet", "equity-2.parquet", "equity-3.parquet",
    ]  # fmt: skip
    assert [pd.read_parquet(path)["a"][0] for path in paths] == [0, 1, 2]


def test_a_table_that_cannot_be_written_leaves_nothing(ledger, run):
    for name, table in [("x", 5), ("../x", {"a": [1]}), ("x", {"a": [1, 2], "b": [1]})]:
        with pytest.raises((TypeError, ValueError)):
            run.add_table(name, table)
    assert os.listdir(run.artifact_directory) == []
    assert ledger.events("artifact.created") == []


def prices() -> pd.DataFrame:
    frame = pd.read_csv(PRICES, parse_dates=["date"]).head(400)
    return frame.assign(symbol="SPX")


def calls() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["c1", "c2"],
            "caller": ["ann", "bob"],
            "mint": ["SPX", "SPX"],
            "created_at": ["2000-06-01T00:00:00Z", "2000-09-01T00:00:00Z"],
        }
    )


@pytest.mark.parametrize("kind", ["pandas", "polars", "dict"])
def test_a_backtest_of_frames(ledger, kind):
    convert = {"pandas": lambda f: f, "polars": pl.from_pandas, "dict": lambda f: f.to_dict("list")}
    run_id = daybook.backtest.path_only(
        calls=convert[kind](calls()),
        candles=convert[kind](prices()),
        interval="1d",
        max_hold=60,
        tag=["desk=index", "set=1"],
        ledger=ledger.path,
    )
    status = ledger.query("SELECT run_id, run_type, status FROM latest_runs")
    assert status == [{"run_id": run_id, "run_type": "path-only", "status": "completed"}]
    created = ledger.one("run.created")
    assert created["tags"] == {"desk": "index", "set": "1"}
    # What it read is there afterwards, once.
    inputs = sorted(str(path) for path in (ledger.path / "artifacts" / "inputs").iterdir())
    text = json.dumps(created)
    assert len(inputs) == 2 and all(path in text for path in inputs), text
    for path in inputs:
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == Path(path).stem


def test_a_backtest_that_goes_on_says_why_it_would_not(ledger, capfd):
    daybook.backtest.path_only(
        calls(), prices().assign(high=0.5), interval="1d", max_hold=60, on_bad_data="warn",
        ledger=ledger.path,
    )  # fmt: skip
    assert "daybook: warning: candles: 120 bad bars" in capfd.readouterr().err


def test_a_backtest_says_what_is_wrong(ledger):
    with pytest.raises(daybook.Error, match="no column id or call_id"):
        daybook.backtest.path_only(
            calls={"x": [1]}, candles=prices(), interval="1d", ledger=ledger.path
        )
    with pytest.raises(daybook.Error, match="--no-such-flag"):
        daybook.backtest.path_only(
            calls=calls(), candles=prices(), no_such_flag=True, ledger=ledger.path
        )


def test_the_console_script_becomes_the_program():
    command = [sys.executable, "-c", "from daybook._program import main; main()", "version"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert daybook.__version__ in result.stdout


def test_a_statement_that_is_none_is_refused_in_words_of_python(ledger):
    for sql in ("", " \n"):
        with pytest.raises(ValueError, match=r"sql: found .*, expected a statement"):
            daybook.query(sql, ledger=ledger.path)
    with pytest.raises(TypeError, match="sql: found int, expected a statement"):
        daybook.query(5, ledger=ledger.path)

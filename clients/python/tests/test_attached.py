"""The functions of the adapter before, with an old DuckDB file attached to the ledger."""

from __future__ import annotations

import os
import subprocess

import daybook
import duckdb

# A storage version that every DuckDB of the last years reads.
MAKE_FILE = """
ATTACH '{}' AS old (STORAGE_VERSION 'v1.2.0');
CREATE SCHEMA old.optimizer;
CREATE TABLE old.optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at_ms BIGINT,
    config_json VARCHAR, data_fingerprint VARCHAR, status VARCHAR, completed_at_ms BIGINT,
    summary_json VARCHAR);
INSERT INTO old.optimizer.runs_d VALUES
    ('old', 'policy', 1769040000000, '{{"x":1}}', 'f', 'completed', 1769040001000, '{{"pnl":2}}'),
    ('both', 'policy', 1769040000000, '{{}}', 'f', 'failed', 1769040001000, NULL);
DETACH old;
"""


def test_old_files_answer_beside_the_log_each_run_once(ledger, tmp_path):
    file = tmp_path / "old.duckdb"
    with duckdb.connect() as connection:
        connection.execute(MAKE_FILE.format(file))
    for run_id in ("both", "new"):
        daybook.emit_run_created(run_id, "policy", {}, "f", ledger=ledger.path)
    command = [os.environ["DAYBOOK_PROGRAM"], "legacy", "attach", str(file)]
    subprocess.run([*command, "--ledger", str(ledger.path)], check=True, capture_output=True)

    rows = daybook.query_runs(to="rows", ledger=ledger.path)
    assert {row["run_id"]: row["source"] for row in rows} == {
        "both": "event_log",
        "new": "event_log",
        "old": "legacy",
    }
    assert len(rows) == 3
    [old] = daybook.query_runs(source="legacy", to="rows", ledger=ledger.path)
    assert old["config"] == {"x": 1}
    assert daybook.query_run_status("old", to="rows", ledger=ledger.path) == [
        {
            "run_id": "old",
            "started_at_ms": 1769040000000,
            "completed_at_ms": 1769040001000,
            "summary_json": {"pnl": 2},
            "status": "completed",
            "source": "legacy",
        }
    ]
    assert daybook.get_source_for_run("old", ledger=ledger.path) == "legacy"
    assert daybook.get_source_for_run("both", ledger=ledger.path) == "event_log"

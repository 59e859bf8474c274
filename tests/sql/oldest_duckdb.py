#!/usr/bin/env python3
"""Opens a snapshot with the oldest DuckDB that is promised to read it, and reads all of it.

    tests/sql/oldest_duckdb.py --daybook build/dev/daybook --modules tools/deps/python

Every table, view and macro of the snapshot must come to the same rows there as in `daybook query`.
A macro that this test knows no call of is a failure: whoever adds one adds a call here.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

OLDEST = "1.4.0"
# The calls by which each macro is read.
MACROS = {
    "best_trials": ["best_trials('r0', 'm', 50)", "best_trials('r1', 'm', 5, direction := 'min')"],
    "compare_runs": ["compare_runs('r0', 'r1')"],
}
# Enough that columns are compressed as in a large index, row groups full of varied text included.
TRIALS = 30_000

arguments = None
duckdb = None


def event(kind: str, number: int, run: str, **payload: object) -> str:
    head = {"event_type": kind, "event_id": f"{number:08}", "timestamp_ms": number, "run_id": run}
    return json.dumps({**head, **payload}, separators=(",", ":"))


def events() -> list[str]:
    """Something for every table and column."""
    lines = []

    def add(kind: str, run: str, **payload: object) -> None:
        lines.append(event(kind, len(lines) + 1, run, **payload))

    for run, parent in (("r0", None), ("r1", "r0")):
        add("run.created", run, run_type="policy", config={"fee": len(lines), "deep": {"x": [1]}},
            data_fingerprint="f", name=f"name of {run}", experiment="e", parent_run_id=parent,
            environment={"host": "h"}, seed=7, tags={"desk": "alpha"}, ticket=1)
        add("run.started", run, attempt=2, owner={"pid": 1})
        add("run.environment", run, git_commit="abc")
        add("run.tagged", run, tags={"desk": None, "more": "x"}, note="größer", author="ann")
        add("phase.started", run, phase_name="load", phase_order=0)
        add("phase.completed", run, phase_name="load", duration_ms=5, output_summary={"rows": 1})
        add("metric.recorded", run, metrics={"loss": 0.5}, step=1, trial_id="t1")
        add("metric.recorded", run, metrics={"loss": 0.25})
        add("artifact.created", run, artifact_type="t", artifact_path="p", size_bytes=3, rows=1)
        add("baseline.completed", run, alerts_total=2, alerts_ok=1, artifact_path="b")
        add("desk.signal", run, side="buy", legs=[{"px": 1.5}])
        add("run.completed", run, attempt=2, summary={"n": len(lines)}, artifact_paths={"a": "b"})
    add("phase.started", "r1", phase_name="open", phase_order=1)
    lines.append("no event at all")
    for i in range(TRIALS):
        add("trial.recorded", f"r{i % 7}", trial_id=f"t{i}",
            params={"p": i, "kind": f"{i * 2654435761 % 4294967296:x}" * 3, "deep": {"q": i / 7}},
            metrics={"m": i * 37 % 1009}, nonfinite={"/metrics/bad": "NaN"},
            violations=["dd", str(i % 5)], feasible=i % 3 != 0)
    return lines


class OldestDuckDb(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="daybook-oldest-")
        cls.addClassCleanup(folder.cleanup)
        cls.ledger = Path(folder.name) / "ledger"
        part = cls.ledger / "events" / "day=2026-01-01" / "part-000001.jsonl"
        part.parent.mkdir(parents=True)
        part.write_text("\n".join(events()) + "\n")
        subprocess.run([arguments.daybook, "index", "--ledger", cls.ledger], check=True,
                       stdout=subprocess.DEVNULL)
        cls.snapshot = cls.ledger / "index" / "runs.duckdb"

    def setUp(self) -> None:
        self.database = duckdb.connect(str(self.snapshot), read_only=True)
        self.addCleanup(self.database.close)

    def names(self, sql: str) -> list[str]:
        return [row[0] for row in self.database.execute(sql).fetchall()]

    def expect_same(self, source: str) -> None:
        """The rows of `source` as text, in any order, hashed; and how many there are."""
        sql = (f"SELECT count(*), md5(string_agg(line, chr(10) ORDER BY line)) "
               f"FROM (SELECT x::VARCHAR AS line FROM {source} AS x)")
        old = [str(value) for value in self.database.execute(sql).fetchone()]
        command = [arguments.daybook, "query", "--ledger", self.ledger, "--format", "csv", sql]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self.assertEqual(old, list(csv.reader(io.StringIO(answer)))[1], source)
        self.assertNotEqual(old[0], "0", f"{source} is empty: this shows nothing")

    def test_it_is_the_oldest_one(self) -> None:
        self.assertEqual(duckdb.__version__, OLDEST)

    def test_every_table_has_the_same_rows(self) -> None:
        # Of this ledger no retention has removed anything, and no id has two contents.
        tables = self.names("SELECT table_name FROM duckdb_tables() WHERE NOT internal "
                            "AND table_name NOT IN ('index_retained', 'index_conflicts')")
        self.assertGreaterEqual(len(tables), 13)
        for table in tables:
            with self.subTest(table):
                self.expect_same(table)

    def test_every_view_has_the_same_rows(self) -> None:
        views = self.names("SELECT view_name FROM duckdb_views() WHERE NOT internal")
        self.assertGreaterEqual(len(views), 4)
        for view in views:
            with self.subTest(view):
                self.expect_same(view)

    def test_every_macro_has_the_same_rows(self) -> None:
        macros = self.names("SELECT DISTINCT function_name FROM duckdb_functions() "
                            "WHERE NOT internal AND function_type IN ('macro', 'table_macro')")
        self.assertEqual(sorted(macros), sorted(MACROS))
        for call in sum(MACROS.values(), []):
            with self.subTest(call):
                self.expect_same(call)

    def test_long_texts_are_compressed_as_the_index_means_to(self) -> None:
        """Else this test would not show that such columns can be read."""
        compressions = self.names("SELECT DISTINCT compression FROM pragma_storage_info("
                                  "'trial_results') WHERE column_name = 'params'")
        self.assertIn("ZSTD", compressions)


def main() -> None:
    global arguments, duckdb
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", type=Path, required=True)
    parser.add_argument("--modules", type=Path, required=True)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.modules))
    try:
        import duckdb as module
    except ImportError as error:
        sys.exit(f"import duckdb from {arguments.modules}: {error}; tools/bootstrap installs it, "
                 "for the python3 that it finds first")
    duckdb = module
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()

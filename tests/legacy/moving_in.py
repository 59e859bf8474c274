#!/usr/bin/env python3
"""Moves old files in, the whole way: attach, look, compare, import, compare, detach, look again.

    tests/legacy/moving_in.py --daybook build/dev/daybook --modules tools/deps/python [--seed 7]

The files are made of random rows.  After the detachment every question must have the answer that
it had while the file was attached.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

OPTIONS = None
DAY_MS = 86_400_000
CUTOVER = "2026-01-23"
CUTOVER_MS = 1_769_126_400_000
LAST_DAY_BEFORE = "2026-01-22"

# What is asked before and after: every table but what is said of the ledger itself.
TABLES = {
    "runs_d": "run_id",
    "runs_status": "run_id",
    "phase_timings": "run_id, phase_name, phase_order, iteration",
    "trial_results": "run_id, trial_id",
    "baselines": "run_id",
    "artifacts_catalog": "run_id, artifact_path",
    "run_tags": "run_id, key",
    "latest_runs": "run_id",
    "run_phase_summary": "run_id",
}
# Where a row comes from is what changes.
NOT_ANSWERS = {"source", "_source"}

SCHEMA = """
CREATE SCHEMA optimizer; CREATE SCHEMA baseline;
CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at TIMESTAMP,
    config_json VARCHAR, data_fingerprint VARCHAR);
CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, recorded_at_ms BIGINT,
    params_json VARCHAR, metrics_json VARCHAR, pnl DOUBLE, fee FLOAT);
CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, phase_name VARCHAR, phase_order INTEGER,
    started_at_ms BIGINT, completed_at_ms BIGINT, duration_ms BIGINT, output_summary_json VARCHAR);
CREATE TABLE baseline.runs_d (run_id VARCHAR, run_type VARCHAR, created_at_ms BIGINT,
    status VARCHAR, completed_at_ms BIGINT, alerts_total INTEGER, alerts_ok INTEGER);
CREATE TABLE baseline.alert_results_f (run_id VARCHAR, alert_id VARCHAR, created_at_ms BIGINT,
    pnl DECIMAL(18, 6));
"""


class MovingIn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="daybook-moving-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "lab.duckdb"
        self.ledger = self.folder / "ledger"
        self.random = random.Random(OPTIONS.seed)
        self.rows = {}

    def daybook(self, *words, code=0, given=None):
        done = subprocess.run([OPTIONS.daybook, *map(str, words), "--ledger", str(self.ledger)],
                              input=given, capture_output=True, text=True, timeout=300,
                              check=False)
        self.assertEqual(done.returncode, code,
                         f"seed {OPTIONS.seed}: {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def query(self, sql):
        return [json.loads(line)
                for line in self.daybook("query", sql, "--format", "ndjson").splitlines()]

    def answers(self):
        return {table: [{name: value for name, value in row.items() if name not in NOT_ANSWERS}
                        for row in self.query(f"SELECT * FROM {table} ORDER BY {key}")]
                for table, key in TABLES.items()}

    def compare(self, *words, code):
        report = json.loads(self.daybook("legacy", "compare", "--format", "json", *words,
                                         code=code))
        self.assertEqual(report["equal"], code == 0, report)
        return report

    def add(self, table, *row):
        self.rows.setdefault(table, []).append(row)

    def value(self):
        return self.random.choice([0, -1, 0.1, 1e-12, 1e300, -2.5, 7, 2**53 + 1])

    def draw_optimizer_run(self, run_id, created_ms):
        draw = self.random
        self.add("optimizer.runs_d", run_id, draw.choice(["policy", "grid_search", None]),
                 created_ms, draw.choice([None, "{}", '{"a":[1,{"b":null}]}', '"text"']),
                 draw.choice([None, "", "sha256:00"]))
        for n in range(draw.randrange(5)):
            metrics = json.dumps({name: self.value() for name in "xyz" if draw.random() < 0.7})
            self.add("optimizer.trials_f", run_id, f"t{n}",
                     draw.choice([None, created_ms + draw.randrange(10**6)]),
                     draw.choice([None, '{"stop":0.05}', "{}"]), draw.choice([None, metrics]),
                     draw.choice([None, "nan", "inf", "-inf", 1.5, 0.1]), draw.choice([None, 0.1]))
        for order, name in enumerate(["plan", "slice", "plan"][:draw.randrange(4)]):
            start = created_ms + order * 1000
            self.add("optimizer.pipeline_phases_f", run_id, name, order, start, start + 900, 900,
                     draw.choice([None, '{"rows":3}']))

    def draw_baseline_run(self, run_id, created_ms):
        draw = self.random
        status = draw.choice(["completed", "failed", "running", None])
        self.add("baseline.runs_d", run_id, "baseline", created_ms, status,
                 draw.choice([None, created_ms + 5000]), draw.choice([None, 9]), 4)
        for n in range(draw.randrange(4)):
            self.add("baseline.alert_results_f", run_id, f"a{n}", created_ms + n,
                     draw.choice([None, "1.250000"]))

    def write_file(self, schema=SCHEMA):
        program = "\n".join([
            "import json, sys; sys.path.insert(0, sys.argv[1])",
            "import duckdb",
            "connection = duckdb.connect(sys.argv[2])",
            "given = json.load(sys.stdin)",
            "connection.execute(given['schema'])",
            "for table, rows in given['rows'].items():",
            "    marks = ['?'] * len(rows[0])",
            "    if table == 'optimizer.runs_d': marks[2] = 'make_timestamp(? * 1000)'",
            "    for row in rows:",
            "        connection.execute(f'INSERT INTO {table} VALUES ({\", \".join(marks)})', row)",
        ])
        subprocess.run([sys.executable, "-B", "-c", program, OPTIONS.modules, str(self.file)],
                       input=json.dumps({"schema": schema, "rows": self.rows}), text=True,
                       check=True, timeout=300)

    def emit(self, events):
        lines = "".join(json.dumps(event) + "\n" for event in events)
        self.daybook("emit", "--stdin", "--durability", "process", given=lines)

    def draw_log(self, count):
        """Runs that only the log has, after the cut-over."""
        for n in range(count):
            run_id, time_ms = f"new{n}", CUTOVER_MS + n * 1000
            event = {"run_id": run_id, "timestamp_ms": time_ms}
            self.emit([
                {**event, "event_type": "run.created", "run_type": "policy", "config": {"n": n},
                 "data_fingerprint": "f", "tags": {"desk": "x"}},
                {**event, "event_type": "run.started"},
                {**event, "event_type": "trial.recorded", "trial_id": "t", "params": {},
                 "metrics": {"x": n}},
            ])

    def draw_all(self):
        for n in range(40):
            created_ms = CUTOVER_MS - 1 - self.random.randrange(9 * DAY_MS)
            draw_run = self.random.choice([self.draw_optimizer_run, self.draw_baseline_run])
            draw_run(f"old{n}'\"é", created_ms)
        # At least one row in each table.
        self.draw_optimizer_run("first", CUTOVER_MS - 5000)
        self.add("optimizer.trials_f", "first", "t9", CUTOVER_MS - 4000, "{}", "{}", 1.5, 0.1)
        self.add("optimizer.pipeline_phases_f", "first", "last", 9, 1, 2, 1, "{}")
        self.add("baseline.runs_d", "second", "baseline", CUTOVER_MS - 1, "completed",
                 CUTOVER_MS + 10, 3, 2)
        self.add("baseline.alert_results_f", "second", "a9", CUTOVER_MS, "0.5")

    def test_the_answers_are_the_same_when_the_file_has_gone(self):
        self.draw_all()
        self.write_file()
        self.draw_log(3)
        runs = len(self.rows["optimizer.runs_d"]) + len(self.rows["baseline.runs_d"])
        self.daybook("legacy", "attach", self.file, "--cutover", CUTOVER)
        listed = json.loads(self.daybook("runs", "--format", "json"))
        sources = [run["source"] for run in listed]
        self.assertEqual((sources.count("legacy"), sources.count("event_log")), (runs, 3))
        before = self.answers()

        missing = self.compare("--until", LAST_DAY_BEFORE, "--limit", 0, code=1)
        self.assertEqual({found["kind"] for found in missing["differences"]}, {"only_in_file"})
        self.assertEqual(missing["runs_in_file_alone"], runs)
        rows = sum(table["only_in_file"] for table in missing["tables"])
        self.assertEqual(missing["differences_total"], rows)

        self.daybook("legacy", "import", "lab")
        self.compare("--until", LAST_DAY_BEFORE, code=0)
        again = json.loads(self.daybook("legacy", "import", "lab", "--format", "json"))
        self.assertTrue(again)
        equal = self.compare("--until", LAST_DAY_BEFORE, code=0)
        self.assertEqual(equal["runs_in_both"], runs)
        self.assertEqual(equal["explained"], [], "an import says all that the file says")
        self.assertEqual(sum(table["equal"] for table in equal["tables"]), rows)

        self.daybook("legacy", "detach", "lab")
        self.file.unlink()
        after = self.answers()
        for table, rows_before in before.items():
            self.assertEqual(after[table], rows_before, f"seed {OPTIONS.seed}: {table}")
        self.assertEqual({run["source"] for run in self.query("SELECT source FROM latest_runs")},
                         {"event_log"})
        self.daybook("verify")

    def test_what_was_written_twice_is_compared(self):
        """A program that writes to the file and to the log draws two times of everything."""
        events = []
        for n in range(20):
            run_id, time_ms = f"r{n}", CUTOVER_MS + n * 60_000
            late = self.random.randrange(1, 200)
            config, metrics = {"n": n}, {"x": self.value(), "y": n / 7}
            self.add("optimizer.runs_d", run_id, "policy", time_ms + late, json.dumps(config), "f")
            self.add("optimizer.trials_f", run_id, "t1", time_ms + 900, '{"stop": 0.05}',
                     json.dumps({**metrics, "pnl": 1.5, "fee": 2.0}), 1.5, 2.0)
            event = {"run_id": run_id, "timestamp_ms": time_ms}
            later = {"run_id": run_id, "timestamp_ms": time_ms + 950}
            events += [
                {**event, "event_type": "run.created", "run_type": "policy", "config": config,
                 "data_fingerprint": "f", "name": run_id, "tags": {"by": "x"}},
                {**event, "event_type": "run.started"},
                {**later, "event_type": "trial.recorded", "trial_id": "t1",
                 "params": {"stop": 0.05}, "metrics": {**metrics, "pnl": 1.5, "fee": 2.0}},
                {**later, "event_type": "run.completed", "summary": {"n": n},
                 "artifact_paths": {}},
            ]
        # One row for each other table, in a run that is not of the period.
        self.draw_optimizer_run("early", CUTOVER_MS - 5)
        self.add("optimizer.pipeline_phases_f", "early", "last", 9, 1, 2, 1, "{}")
        self.write_file()
        self.emit(events)
        self.daybook("legacy", "attach", self.file, "--cutover", CUTOVER)
        times = self.compare("--since", CUTOVER, "--limit", 0, code=1)
        self.assertEqual(times["differences_total"], times["differences_of_times"])
        self.assertLess(times["greatest_of_times_ms"], 200)
        equal = self.compare("--since", CUTOVER, "--time-tolerance", 200, code=0)
        self.assertEqual(equal["runs_in_both"], 20)
        reasons = {(found["table"], found["column"]): found["why"] for found in equal["explained"]}
        self.assertEqual(reasons[("runs_status", "summary_json")], "end_assumed")
        self.assertEqual(reasons[("runs_d", "name")], "not_in_file")

        # The import leaves out what the log has recorded, and takes the rest.
        kept = "SELECT * FROM latest_runs WHERE run_id LIKE 'r%' ORDER BY run_id"
        before = self.query(kept)
        self.daybook("legacy", "import", "lab")
        self.assertEqual(self.query(kept), before)
        self.assertEqual(self.compare("--since", CUTOVER, "--time-tolerance", 200, code=0), equal)
        self.compare("--until", LAST_DAY_BEFORE, code=0)

        # One trial that the file has otherwise, and one that the log lacks.
        self.rows = {"optimizer.trials_f": [
            ("r3", "t2", CUTOVER_MS + 3 * 60_000, "{}", '{"x":1}', None, None)]}
        self.emit([{"event_type": "trial.recorded", "run_id": "r5", "trial_id": "t1",
                    "timestamp_ms": CUTOVER_MS + 5 * 60_000 + 960, "params": {"stop": 0.06},
                    "metrics": {}}])
        self.write_file(schema="SELECT 1")
        found = self.compare("--since", CUTOVER, "--time-tolerance", 200, "--limit", 0, code=1)
        self.assertEqual(found["runs_different"], 2)
        places = {(one["run_id"], one["kind"], one["column"] + one["pointer"])
                  for one in found["differences"]}
        self.assertIn(("r3", "only_in_file", ""), places)
        self.assertIn(("r5", "value", "params/stop"), places)
        self.assertIn(("r5", "value", "metrics/x"), places)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--modules", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    OPTIONS, rest = parser.parse_known_args()
    print(f"seed {OPTIONS.seed}")
    unittest.main(argv=sys.argv[:1] + rest)


if __name__ == "__main__":
    main()

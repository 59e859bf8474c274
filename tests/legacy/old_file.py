"""An old file of random rows, a ledger, and what is asked of both: what the tests beside share."""

import argparse
import json
import os
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


class OldFile(unittest.TestCase):
    """A ledger, an old file beside it, and what is asked of both."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="daybook-moving-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "lab.duckdb"
        self.ledger = self.folder / "ledger"
        self.random = random.Random(OPTIONS.seed)
        self.rows = {}

    def daybook(self, *words, code=0, given=None, kill_at=None):
        environment = {**os.environ, **({"DAYBOOK_KILL_AT": kill_at} if kill_at else {})}
        done = subprocess.run([OPTIONS.daybook, *map(str, words), "--ledger", str(self.ledger)],
                              input=given, capture_output=True, text=True, timeout=300,
                              check=False, env=environment)
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

    def draw_twice(self, run_id, time_ms):
        """Rows of a run, and the events that its program has recorded of the same, later or not."""
        config = {"n": self.random.randrange(1000)}
        metrics = {"x": self.value(), "y": self.random.random()}
        self.add("optimizer.runs_d", run_id, "policy", time_ms + self.random.randrange(1, 200),
                 json.dumps(config), "f")
        self.add("optimizer.trials_f", run_id, "t1", time_ms + 900, '{"stop": 0.05}',
                 json.dumps({**metrics, "pnl": 1.5, "fee": 2.0}), 1.5, 2.0)
        event = {"run_id": run_id, "timestamp_ms": time_ms}
        later = {"run_id": run_id, "timestamp_ms": time_ms + 950}
        return [
            {**event, "event_type": "run.created", "run_type": "policy", "config": config,
             "data_fingerprint": "f", "name": run_id, "tags": {"by": "x"}},
            {**event, "event_type": "run.started"},
            {**later, "event_type": "trial.recorded", "trial_id": "t1", "params": {"stop": 0.05},
             "metrics": {**metrics, "pnl": 1.5, "fee": 2.0}},
            {**later, "event_type": "run.completed", "summary": config, "artifact_paths": {}},
        ]

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

    def python(self, program, given=None):
        """What a program with the Python package duckdb prints, as JSON."""
        done = subprocess.run([sys.executable, "-B", "-c", program, str(self.file)],
                              input=json.dumps(given), capture_output=True, text=True, timeout=300,
                              check=False, env={**os.environ, "PYTHONPATH": OPTIONS.modules})
        self.assertEqual(done.returncode, 0, f"seed {OPTIONS.seed}: {done.stderr}")
        return json.loads(done.stdout)

    def change_file(self, sql):
        self.python("import duckdb, json, sys\n"
                    "duckdb.connect(sys.argv[1]).execute(json.load(sys.stdin))\nprint('null')",
                    sql)

    def import_file(self, *words, code=0):
        return json.loads(self.daybook("legacy", "import", "lab", "--early-times", "--format",
                                       "json", *words, code=code))

    def parts(self):
        return sorted((self.ledger / "events").glob("day=*/part-*.jsonl"))

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


def main(description):
    global OPTIONS
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--modules", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--count", type=int, default=100_000, help="trials of a large file")
    OPTIONS, rest = parser.parse_known_args()
    print(f"seed {OPTIONS.seed}")
    unittest.main(argv=sys.argv[:1] + rest)

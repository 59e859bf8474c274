#!/usr/bin/env python3
"""Imports of old files that live on, that both wrote to, and that are killed.

    tests/legacy/importing.py --daybook build/dev/daybook --modules tools/deps/python [--seed 7]
                              [--count TRIALS]
"""

import json
import os
import random
import signal
import subprocess
import time

import old_file
from old_file import CUTOVER, CUTOVER_MS, DAY_MS, TABLES

# Of a large file: what the import of one trial or run makes.
TRIALS_OF_A_RUN = 1000
EVENTS_OF_A_RUN = 3

BY_DUCKDB = """
import duckdb, json, sys
files = json.load(sys.stdin)
rows = duckdb.sql(f"SELECT event_type, run_id, count(*) FROM read_json_auto({files!r}, "
                  "format = 'newline_delimited', union_by_name = true) GROUP BY ALL").fetchall()
print(json.dumps(sorted(rows)))
"""


def without_repeats(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name is there twice: {names}")
    return dict(pairs)


class Importing(old_file.OldFile):
    def sources(self):
        return {run["source"] for run in self.query("SELECT source FROM latest_runs")}

    def expect_same(self, before, after, is_meant=lambda row: True):
        for table in TABLES:
            self.assertEqual([row for row in after[table] if is_meant(row)],
                             [row for row in before[table] if is_meant(row)],
                             f"seed {old_file.OPTIONS.seed}: {table}")

    def write_both(self):
        """Old runs in the file alone, new ones in both, and one in the log alone."""
        self.draw_all()
        events = []
        for n in range(12):
            events += self.draw_twice(f"both{n}", CUTOVER_MS + (n - 6) * DAY_MS // 2)
        self.write_file()
        self.emit(events)
        self.draw_log(1)

    def test_runs_of_both_are_answered_alike_once_the_file_has_gone(self):
        self.write_both()
        of_log = self.answers()
        self.daybook("legacy", "attach", self.file)
        attached = self.answers()
        self.expect_same(of_log, attached, lambda row: row["run_id"].startswith("both"))
        report = self.import_file()
        self.assertEqual(report["runs_of_log"], sorted(f"both{n}" for n in range(12)))
        self.expect_same(attached, self.answers())
        self.daybook("legacy", "detach", "lab")
        self.expect_same(attached, self.answers())
        self.assertEqual(self.sources(), {"event_log"})

    def test_runs_of_both_before_a_cut_over_are_the_logs_once_the_file_has_gone(self):
        self.write_both()
        of_log = self.answers()
        self.daybook("legacy", "attach", self.file, "--cutover", CUTOVER)
        attached = self.answers()
        from_file = {row["run_id"] for row in
                     self.query("SELECT run_id FROM latest_runs WHERE source = 'legacy' "
                                "AND run_id LIKE 'both%'")}
        self.assertEqual(from_file, {f"both{n}" for n in range(6)})
        self.assertNotEqual(attached["runs_d"], of_log["runs_d"])
        self.import_file()
        self.expect_same(attached, self.answers())
        self.daybook("legacy", "detach", "lab")
        after = self.answers()
        self.expect_same(of_log, after, lambda row: row["run_id"] in from_file)
        self.expect_same(attached, after, lambda row: row["run_id"] not in from_file)

    def test_a_file_that_lives_on_is_imported_again_and_again(self):
        self.draw_all()
        self.write_file()
        self.daybook("legacy", "attach", self.file)
        self.import_file()
        self.assertEqual(self.sources(), {"event_log"})
        self.compare(code=0)
        cache = self.ledger / "index" / "legacy" / "lab"
        for turn in range(3):
            # Old runs get trials, and there is a new one.
            self.rows = {}
            end_ms = CUTOVER_MS + (turn + 1) * DAY_MS
            self.draw_optimizer_run(f"later{turn}", CUTOVER_MS + turn * DAY_MS)
            for run_id in ("first", f"later{turn}"):
                self.add("optimizer.trials_f", run_id, f"late{turn}", end_ms, "{}", '{"x":1}',
                         1.5, 0.5)
            self.write_file(schema="SELECT 1")
            # A question does not wait for a file whose last read took seconds on a busy machine.
            self.daybook("index")
            attached = self.answers()
            self.assertEqual([path.name for path in cache.glob("rows-*")], ["rows-000001"])
            ends = [row for row in attached["runs_status"] if row["run_id"] == "first"]
            self.assertEqual(ends[0]["completed_at_ms"], end_ms)
            self.assertIn("legacy", self.sources(), "the log does not have all of it yet")
            if turn == 1:
                continue  # Two changes at once, too.
            report = self.import_file()
            self.assertEqual((report["changed"], report["invalid"]), (0, 0))
            self.assertGreater(report["written"], 4)
            self.assertEqual(self.sources(), {"event_log"})
            self.expect_same(attached, self.answers())
            self.compare(code=0)
        self.daybook("legacy", "detach", "lab")
        self.expect_same(attached, self.answers())
        self.daybook("verify")

    def test_readers_of_before_read_what_an_import_writes(self):
        self.draw_all()
        self.write_file()
        # A number under a name that the JSON beside it has too; what JSON lacks; what is no JSON.
        self.change_file("""INSERT INTO optimizer.trials_f VALUES
            ('first', 'twice', 1769126000000, '{"a":1,"a":2}', '{"pnl":1,"fee":"x"}', 2, 3),
            ('first', 'odd', 1769126000000, 'no json', '{"y":NaN,"z":{"w":Infinity}}', 'nan', 1),
            ('first', 'deep', 1769126000000, '[1,[2,{"é":null}]]', '7', 'inf', NULL)""")
        self.draw_log(2)
        self.daybook("legacy", "import", self.file, "--name", "lab", "--early-times")
        counts = {}
        for part in self.parts():
            for line in part.read_text().splitlines():
                event = json.loads(line, object_pairs_hook=without_repeats)
                what = (event["event_type"], event["run_id"])
                counts[what] = counts.get(what, 0) + 1
        expected = sorted([type_, run_id, count] for (type_, run_id), count in counts.items())
        self.assertEqual(self.python(BY_DUCKDB, [str(part) for part in self.parts()]), expected)
        rows = self.query("SELECT run_id, count(*) AS n FROM trial_results GROUP BY ALL")
        self.assertEqual({row["run_id"]: row["n"] for row in rows},
                         {run_id: n for type_, run_id, n in expected if type_ == "trial.recorded"})

    def write_large(self):
        """`--count` trials, a thousand a run, over twenty days."""
        runs = max(old_file.OPTIONS.count // TRIALS_OF_A_RUN, 1)
        self.change_file(f"""
CREATE SCHEMA optimizer;
CREATE TABLE optimizer.runs_d AS SELECT 'r' || i AS run_id, 'policy' AS run_type,
    {CUTOVER_MS - 20 * DAY_MS} + i * {20 * DAY_MS // runs} AS created_at_ms,
    '{{"n":' || i || '}}' AS config_json, 'f' AS data_fingerprint FROM range({runs}) t(i);
CREATE TABLE optimizer.trials_f AS SELECT run_id, 't' || j AS trial_id,
    created_at_ms + 1000 + j AS recorded_at_ms, '{{"stop":' || j || '}}' AS params_json,
    sin(j) AS pnl FROM optimizer.runs_d, range({TRIALS_OF_A_RUN}) u(j);
""")
        return runs

    def expect_whole(self, runs, message):
        """Whoever answers, no run has lost any of its trials."""
        rows = self.query("SELECT count(*) AS runs, min(trials) AS least, max(trials) AS most, "
                          "count(*) FILTER (status <> 'completed') AS open FROM latest_runs")
        self.assertEqual(rows, [{"runs": runs, "least": TRIALS_OF_A_RUN, "most": TRIALS_OF_A_RUN,
                                 "open": 0}], message)

    def kill_import_after(self, seconds):
        process = subprocess.Popen([old_file.OPTIONS.daybook, "legacy", "import", "lab",
                                    "--ledger", str(self.ledger)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        return process.wait()

    def test_an_import_that_is_killed_is_finished_by_the_next(self):
        runs = self.write_large()
        events = runs * (TRIALS_OF_A_RUN + EVENTS_OF_A_RUN)
        self.daybook("legacy", "attach", self.file)
        self.expect_whole(runs, "the file alone")
        began = time.monotonic()
        self.import_file("--dry-run")
        duration = time.monotonic() - began
        known = 0
        points = ["legacy.copied", "lane.taken", "writer.before_write:2", "lane.written:2",
                  "writer.before_write:9"]
        for point in points:
            self.daybook("legacy", "import", "lab", code=-signal.SIGKILL, kill_at=point)
            self.expect_whole(runs, point)
        for _ in range(3):
            code = self.kill_import_after(random.Random().uniform(0.2, 1) * duration)
            self.expect_whole(runs, f"exit {code}")
            half = self.import_file("--dry-run")
            self.assertGreaterEqual(half["known"], known)
            self.assertEqual(half["known"] + half["written"], events)
            known = half["known"]
        self.assertGreater(known, 0)
        report = self.import_file()
        self.assertEqual((report["events"], report["runs"]), (events, runs))
        self.assertEqual((report["changed"], report["invalid"]), (0, 0))
        self.expect_whole(runs, "imported")
        self.assertEqual(self.sources(), {"event_log"})
        again = self.import_file()
        self.assertEqual((again["known"], again["written"]), (events, 0))
        ids = set()
        lines = 0
        for part in self.parts():
            with open(part, "rb") as file:
                for line in file:
                    lines += 1
                    ids.add(json.loads(line)["event_id"])
        self.assertEqual((lines, len(ids)), (events + 1, events + 1), "and one ledger.imported")
        self.daybook("legacy", "detach", "lab")
        self.expect_whole(runs, "the log alone")
        self.daybook("verify", code=os.EX_OK)


if __name__ == "__main__":
    old_file.main(__doc__)

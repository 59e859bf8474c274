#!/usr/bin/env python3
"""Moves old files in, the whole way: attach, look, compare, import, compare, detach, look again.

    tests/legacy/moving_in.py --daybook build/dev/daybook --modules tools/deps/python [--seed 7]

The files are made of random rows.  After the detachment every question must have the answer that
it had while the file was attached.
"""

import json

import old_file
from old_file import CUTOVER, CUTOVER_MS, LAST_DAY_BEFORE


class MovingIn(old_file.OldFile):
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

        self.daybook("legacy", "import", "lab", "--early-times")
        self.compare("--until", LAST_DAY_BEFORE, code=0)
        again = self.import_file()
        self.assertEqual((again["written"], again["changed"], again["invalid"]), (0, 0, 0))
        self.assertEqual((again["known"], again["runs"]), (again["events"], runs))
        equal = self.compare("--until", LAST_DAY_BEFORE, code=0)
        self.assertEqual(equal["runs_in_both"], runs)
        self.assertEqual(equal["explained"], [], "an import says all that the file says")
        self.assertEqual(sum(table["equal"] for table in equal["tables"]), rows)

        self.daybook("legacy", "detach", "lab")
        self.file.unlink()
        after = self.answers()
        for table, rows_before in before.items():
            self.assertEqual(after[table], rows_before, f"seed {old_file.OPTIONS.seed}: {table}")
        self.assertEqual({run["source"] for run in self.query("SELECT source FROM latest_runs")},
                         {"event_log"})
        self.daybook("verify")

    def test_what_was_written_twice_is_compared(self):
        """A program that writes to the file and to the log draws two times of everything."""
        events = []
        for n in range(20):
            events += self.draw_twice(f"r{n}", CUTOVER_MS + n * 60_000)
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
        self.daybook("legacy", "import", "lab", "--early-times")
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


if __name__ == "__main__":
    old_file.main(__doc__)

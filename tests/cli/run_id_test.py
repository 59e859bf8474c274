#!/usr/bin/env python3
"""Whose id a run has, and whose child it is.

    tests/cli/run_id_test.py --daybook build/dev/daybook [unittest's arguments]
"""

import unittest

from run_rig import DAYBOOK, PATIENCE_S, RunRig


class RunIdTest(RunRig):
    def test_a_run_inside_a_run_is_its_child(self):
        self.run_daybook("run", "--run-id", "outer", "--",
                         DAYBOOK, "run", "--run-id", "inner", "--",
                         DAYBOOK, "emit", "--event-type", "run.tagged", "--json",
                         '{"event_type":"run.tagged","run_id":"inner","tags":{"a":"1"}}')
        self.assertEqual(self.show("inner")["run"]["parent_run_id"], "outer")
        self.assertIsNone(self.show("outer")["run"]["parent_run_id"])

    def test_a_run_in_another_ledger_is_nobodys_child(self):
        self.run_daybook("run", "--run-id", "outer", "--",
                         DAYBOOK, "run", "--ledger", "other", "--run-id", "inner", "--", "true")
        self.env["DAYBOOK_LEDGER"] = str(self.dir / "other")
        self.assertIsNone(self.show("inner")["run"]["parent_run_id"])

    def test_of_many_with_one_id_at_once_one_runs(self):
        for round_number in range(3):
            run_id = f"same{round_number}"
            script = f"echo ran >> {run_id}"
            started = [self.start("run", "--run-id", run_id, "--", "sh", "-c", script)
                       for _ in range(4)]
            told = [process.communicate(timeout=PATIENCE_S)[1] for process in started]
            self.assertEqual(sorted(process.returncode for process in started), [0, 2, 2, 2], told)
            self.assertEqual(b"".join(told).count(b"expected an id that is new"), 3, told)
            self.assertEqual((self.dir / run_id).read_text(), "ran\n")
        self.assertEqual(len(self.events("run.created")), 3)

    def test_an_attempt_that_started_nothing_leaves_its_id_free(self):
        words = ("run", "--run-id", "r", "--id-file")
        self.assertEqual(self.run_daybook(*words, "no/such/folder", "--", "true"), 2)
        self.assertEqual(self.run_daybook(*words, "id", "--", "true"), 0, self.err)

    def test_an_empty_id_is_refused(self):
        self.assertEqual(self.run_daybook("run", "--run-id", "", "--", "touch", "ran"), 2)
        self.assertIn(b"--run-id: found \"\"", self.err)
        self.assertFalse((self.dir / "ran").exists())

    def test_a_variable_that_is_no_id_stops_no_program(self):
        self.env["DAYBOOK_RUN_ID"] = "a\nb"
        self.assertEqual(self.run_daybook("run", "--", "true"), 0, self.err)
        self.assertIn(b"DAYBOOK_RUN_ID: found 3 bytes that are no id of a run", self.err)
        self.assertIsNone(self.show()["run"]["parent_run_id"])


if __name__ == "__main__":
    unittest.main()

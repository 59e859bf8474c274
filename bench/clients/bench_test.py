"""Tests of what bench/clients/run rests on: python3 bench/clients/bench_test.py"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True

from measure import Contender, Crew, Sample, Unmeasured, quantile, take_turns  # noqa: E402
from report import (  # noqa: E402
    Figure,
    Report,
    at_least,
    at_most,
    ratio_at_least,
    ratio_at_most,
)

# A worker that works by sleeping, and says that it made as many calls as its number and one.
WORKER = """
import json, sys, time
number = int(sys.argv[2])
print("opened", flush=True)
print("ready", flush=True)
sys.stdin.read()
begin = time.monotonic_ns()
time.sleep(float(sys.argv[3]))
print(json.dumps({"calls": 1 + number, "begin_ns": begin, "end_ns": time.monotonic_ns(),
                  "processor_us": number / 2, "p50_us": number, "p99_us": 10 + number,
                  "worst_us": 20 + number}), flush=True)
"""


def crew(source: str, processes: int = 1) -> Crew:
    return Crew([sys.executable, "-c", source, "worker"], dict(os.environ), processes, 0.2)


class MeasureTest(unittest.TestCase):
    def test_a_quantile_lies_between_its_neighbours(self) -> None:
        self.assertEqual(quantile([], 0.5), 0)
        self.assertEqual(quantile([3, 1, 2, 10], 0), 1)
        self.assertEqual(quantile([3, 1, 2, 10], 0.5), 2.5)
        self.assertEqual(quantile([3, 1, 2, 10], 1), 10)

    def test_the_order_turns_and_the_first_round_does_not_count(self) -> None:
        turns = []

        def contender(name: str, values: list[float]) -> Contender:
            def turn() -> Sample:
                turns.append(name)
                return Sample(value=values[turns.count(name) - 1])

            return Contender(name, turn)

        medians = take_turns([contender("a", [100, 1, 2, 9]), contender("b", [0, 5, 6, 7])], 3)
        self.assertEqual(medians, [Sample(value=2), Sample(value=6)])
        self.assertEqual("".join(turns), "abbaabba")

    def test_a_crew_s_rate_is_that_of_all_and_its_times_the_slowest_worker_s(self) -> None:
        sample = crew(WORKER, processes=3).turn()
        self.assertEqual((sample.processor_us, sample.p50_us), (1, 2))
        self.assertEqual((sample.p99_us, sample.worst_us), (12, 22))
        # 6 calls in 0.2 s and a little: they were let go together.
        self.assertGreater(sample.value, 6 / 2)
        self.assertLessEqual(sample.value, 6 / 0.2)

    def test_a_worker_that_dies_is_told_with_its_words(self) -> None:
        for at, source in {
            "before it opens": "import sys; sys.exit('no such peer')",
            "at work": WORKER.replace("time.sleep", "sys.exit('no such peer') or time.sleep"),
        }.items():
            with self.subTest(at), self.assertRaisesRegex(Unmeasured, "no such peer"):
                crew(source, processes=2).turn()


class ReportTest(unittest.TestCase):
    def test_a_target_is_met_at_its_limit(self) -> None:
        for target, at_limit, beyond in (
            (at_least(10), 10, 9.9),
            (at_most(10), 10, 10.1),
            (ratio_at_least(5), 10, 9.9),
            (ratio_at_most(5), 10, 10.1),
        ):
            for value, is_met in ((at_limit, True), (beyond, False)):
                figure = Figure("x", value, "/s", peer="y", peer_value=2, target=target)
                self.assertEqual(figure.is_met, is_met, figure)
        self.assertTrue(Figure("x", 0, "/s").is_met)

    def test_a_row_shows_both_values_their_classes_the_ratio_and_the_verdict(self) -> None:
        figure = Figure("trials", 1234567, "/s", "process", "SQLite", 10, "power", at_least(2e6))
        parts = ("process", "1,234,567 /s", "SQLite (power)", "123,456.70 x", ">= 2,000,000 /s")
        for part in parts:
            self.assertIn(part, figure.row())
        self.assertTrue(figure.row().endswith("MISSED"))

    def test_the_document_counts_targets_and_finish_says_if_one_was_missed(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            report = Report("json")
            report.begin("here")
            report.add(Figure("a", 3, "ms", target=at_most(3)))
            report.add(Figure("b", 4, "ms", target=at_most(3)))
            report.add(Figure("c", 5, "ms"))
            self.assertFalse(report.finish())
        document = json.loads(out.getvalue())
        self.assertEqual((document["targets"], document["met"]), (2, 1))
        self.assertEqual(
            [figure.get("target", {}).get("met") for figure in document["figures"]],
            [True, False, None],
        )


if __name__ == "__main__":
    unittest.main()

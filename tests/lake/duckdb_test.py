#!/usr/bin/env python3
"""The guide's questions to archives, docs/guide/lake.md, as it has them, answered by DuckDB.

    tests/lake/duckdb_test.py --daybook build/dev/daybook --modules tools/deps/python
"""

import argparse
import os
import sys
import tempfile
import unittest
from pathlib import Path

from lake_ledger import (DAYS, LABEL, TRIALS, LakeLedger, best_trials, blocks, count_by_type)

arguments = None
duckdb = None


class LakeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.ledger = LakeLedger(Path(cls.directory.name) / "ledger", arguments.daybook)
        os.chdir(cls.ledger.root)

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.directory.cleanup()

    def ask(self, sql: str) -> list[tuple]:
        with duckdb.connect() as connection:
            return connection.execute(sql).fetchall()

    def test_every_question_of_the_guide_has_its_answer(self):
        ledger = self.ledger
        by_type, best, beside, all_of_it = blocks("DuckDB", "sql")
        rows = self.ask(by_type)
        self.assertEqual([row[:2] for row in rows], count_by_type(ledger.archived))
        self.assertEqual({str(day) for row in rows for day in row[2:]},
                         {"2026-01-21", "2026-01-23"})
        self.assertEqual(self.ask(best), best_trials(ledger.archived))
        archived = [(f"run-{day}", "completed", TRIALS + 2) for day in range(DAYS)]
        self.assertEqual(self.ask(beside), [*archived, ("run-now", "completed", 0)])
        self.assertEqual(self.ask(all_of_it), count_by_type(ledger.events))

    def test_lines_are_what_was_recorded(self):
        rows = self.ask("""SELECT DISTINCT line ->> '$.params.label'
            FROM read_parquet('archive/*/*.parquet') WHERE event_type = 'trial.recorded'""")
        self.assertEqual(rows, [(LABEL,)])

    def test_what_is_no_event_has_no_envelope_and_all_its_bytes(self):
        rows = self.ask("""SELECT line, damaged_bytes FROM read_parquet('archive/*/*.parquet')
            WHERE event_type IS NULL ORDER BY part, "offset" """)
        self.assertEqual(rows, [(None, b'{"event_type":"bad \xff\xfe"}'), ("not an event", None),
                                ('{"torn":', None)])

    def test_days_that_are_not_asked_for_are_not_opened(self):
        with duckdb.connect() as connection:
            plan = connection.execute("""EXPLAIN ANALYZE
                SELECT count(*) FROM read_parquet('archive/*/*.parquet', hive_partitioning = true)
                WHERE day = '2026-01-22'""").fetchall()
        self.assertIn("1/3", plan[0][1].replace(" ", ""))


def main() -> None:
    global arguments, duckdb
    parser = argparse.ArgumentParser()
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--modules", required=True)
    arguments = parser.parse_args()
    arguments.daybook = str(Path(arguments.daybook).resolve())
    sys.path.insert(0, str(Path(arguments.modules).resolve()))
    import duckdb as module

    duckdb = module
    unittest.main(argv=[sys.argv[0]])


if __name__ == "__main__":
    main()

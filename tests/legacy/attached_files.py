#!/usr/bin/env python3
"""Attaches DuckDB files that have owners: live writers, other versions of DuckDB, damage, deaths.

    tests/legacy/attached_files.py --daybook build/dev/daybook --modules tools/deps/python \
        --newer tools/deps/venv/bin/python

The files are written by the Python package duckdb of --modules (the oldest that is promised to read
a snapshot), in processes of their own, and by that of the interpreter --newer.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path

arguments = None
DAY_MS = 86_400_000
CREATED = 1_769_126_400_000  # 2026-01-23T00:00:00Z

SCHEMA = """
CREATE SCHEMA optimizer;
CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at_ms BIGINT,
    config_json VARCHAR, data_fingerprint VARCHAR);
CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, recorded_at_ms BIGINT,
    params_json VARCHAR, metrics_json VARCHAR);
"""


def rows(first: int, count: int, trials: int = 3) -> str:
    """SQL that adds `count` runs from number `first` on, an hour apart, each with trials."""
    return f"""
INSERT INTO optimizer.runs_d SELECT 'r' || i, 'policy', {CREATED} + i * 3600000,
    '{{"fee":' || i || '}}', 'f' FROM range({first}, {first + count}) t(i);
INSERT INTO optimizer.trials_f SELECT 'r' || i, 't' || j, {CREATED} + i * 3600000 + j,
    '{{"stop":' || j || '}}', '{{"pnl":' || i * j || '.5}}'
    FROM range({first}, {first + count}) t(i), range({trials}) u(j);
"""


class Writer:
    """A Python process with DuckDB that does what it is told, line by line, until it is killed."""

    PROGRAM = """
        import sys
        import duckdb
        connection = None
        for line in sys.stdin:
            what, _, rest = line.rstrip("\\n").partition(" ")
            rest = rest.replace("\\x1f", "\\n")
            if what == "open":
                connection = duckdb.connect(rest)
            elif what == "read":
                connection = duckdb.connect(rest, read_only=True)
            elif what == "sql":
                connection.execute(rest)
            elif what == "close":
                connection.close()
            print(duckdb.__version__, flush=True)
    """

    def __init__(self, newer: bool = False):
        environment = dict(os.environ)
        if not newer:
            environment["PYTHONPATH"] = str(arguments.modules)
        program = arguments.newer if newer else sys.executable
        self.process = subprocess.Popen([program, "-c", textwrap.dedent(self.PROGRAM)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)

    def tell(self, what: str, rest: object = "") -> str:
        text = str(rest).replace("\n", "\x1f")
        self.process.stdin.write(f"{what} {text}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"the writer died of: {what} {rest}")
        return answer.strip()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class AttachedFiles(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="daybook-legacy-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.ledger = self.folder / "ledger"
        self.file = self.folder / "lab.duckdb"
        self.cache = self.ledger / "index" / "legacy" / "lab"

    def writer(self, newer: bool = False) -> Writer:
        writer = Writer(newer)
        self.addCleanup(writer.kill)
        return writer

    def write(self, sql: str, path: Path | None = None) -> None:
        """One writer's whole life: it opens the file, writes, and closes it."""
        writer = self.writer()
        writer.tell("open", path or self.file)
        writer.tell("sql", sql)
        writer.tell("close")
        writer.kill()

    def daybook(self, *words: object, code: int = 0,
                kill_at: str = "") -> subprocess.CompletedProcess:
        environment = {**os.environ, "DAYBOOK_LEDGER": str(self.ledger)}
        if kill_at:
            environment["DAYBOOK_KILL_AT"] = kill_at
        done = subprocess.run([arguments.daybook, *map(str, words)], env=environment, text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def attach(self, *words: object, code: int = 0,
               kill_at: str = "") -> subprocess.CompletedProcess:
        return self.daybook("legacy", "attach", self.file, "--wait", 0, *words, code=code,
                            kill_at=kill_at)

    def status(self, code: int = 0) -> dict:
        done = self.daybook("legacy", "status", "lab", "--format", "json", code=code)
        return json.loads(done.stdout)[0]

    def expect_rows(self, runs: int, trials: int, state: str = "current") -> dict:
        status = self.status()
        counts = {table["table"] + " " + table["event"]: table["rows"]
                  for table in status["tables"]}
        self.assertEqual(status["state"], state, status)
        self.assertEqual(status["runs"], runs, status)
        self.assertEqual(counts["optimizer.runs_d run.created"], runs)
        self.assertEqual(counts["optimizer.trials_f trial.recorded"], trials)
        self.assertEqual(status["runs_in_file_alone"], runs, "the index of the rows")
        return status

    def test_a_file_is_attached_refreshed_and_detached(self) -> None:
        self.write(SCHEMA + rows(0, 10))
        before = self.file.read_bytes()
        self.attach("--cutover", "2026-01-24")
        status = self.expect_rows(10, 30)
        self.assertEqual(status["cutover"], "2026-01-24")
        self.assertEqual(self.file.read_bytes(), before)
        self.write(rows(10, 5))
        self.assertEqual(self.status()["state"], "changed")
        self.daybook("runs")
        self.expect_rows(15, 45)
        self.assertEqual([path.name for path in self.cache.glob("rows-*")], ["rows-000001"])
        self.daybook("legacy", "detach", "lab")
        self.assertFalse(self.cache.exists())
        self.assertNotIn("legacy", json.loads((self.ledger / "ledger.json").read_text()))
        self.daybook("legacy", "detach", "lab", code=2)

    def test_rows_that_change_or_go_are_others_or_gone(self) -> None:
        self.write(SCHEMA + rows(0, 10))
        self.attach()
        self.write("UPDATE optimizer.runs_d SET config_json = '{\"fee\":-1}' WHERE run_id = 'r3';"
                   "DELETE FROM optimizer.trials_f WHERE run_id = 'r4'")
        self.daybook("runs")
        self.expect_rows(10, 27)
        answer = self.daybook("query", "--format", "csv",
                              "SELECT config->>'fee' AS fee FROM latest_runs WHERE run_id = 'r3'")
        self.assertEqual(answer.stdout.split()[-1], "-1", answer.stdout)
        self.assertEqual(sorted(path.name for path in self.cache.glob("rows-*")),
                         ["rows-000001", "rows-000002"])
        self.write(rows(10, 1))
        self.daybook("runs")
        self.expect_rows(11, 30)
        self.assertEqual([path.name for path in self.cache.glob("rows-*")], ["rows-000002"])

    def test_a_live_writer_is_named_and_the_last_copy_answers(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        writer = self.writer()
        writer.tell("open", self.file)
        refused = self.attach(code=1)
        self.assertIn(f"pid {writer.process.pid} (", refused.stderr)
        self.assertIn("has it open for writing; nothing was attached", refused.stderr)
        self.assertEqual(self.daybook("legacy", "status", code=2).stdout, "")
        writer.tell("close")
        self.attach()

        writer.tell("open", self.file)
        writer.tell("sql", rows(4, 4))
        self.expect_rows(4, 12, state="held")
        answer = self.daybook("runs", "--format", "csv")
        self.assertIn(f"source 'lab': copy {self.file}: pid {writer.process.pid} (", answer.stderr)
        self.assertIn("the answers are those of the copy of ", answer.stderr)
        self.assertEqual(len(answer.stdout.splitlines()), 1 + 4)
        # The owner is never in anybody's way, nor anybody in his.
        writer.tell("sql", "CHECKPOINT")
        writer.tell("close")
        answer = self.daybook("runs", "--format", "csv")
        self.assertEqual(answer.stderr, "")
        self.assertEqual(len(answer.stdout.splitlines()), 1 + 8)

    def test_a_reader_is_in_nobodys_way(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.writer().tell("read", self.file)
        self.attach()
        self.expect_rows(4, 12)

    def test_what_only_the_write_ahead_log_has_is_there(self) -> None:
        writer = self.writer()
        writer.tell("open", self.file)
        writer.tell("sql", SCHEMA + "SET wal_autocheckpoint = '1TB';" + rows(0, 6))
        writer.kill()
        self.assertGreater(self.file.with_name("lab.duckdb.wal").stat().st_size, 0)
        self.attach()
        self.expect_rows(6, 18)
        self.assertTrue(self.file.with_name("lab.duckdb.wal").exists())

    def test_older_files_answer_and_newer_ones_say_who_wrote_them(self) -> None:
        writer = self.writer()
        writer.tell("open", ":memory:")
        writer.tell("sql", f"ATTACH '{self.file}' AS x (STORAGE_VERSION 'v0.10.2'); USE x;"
                    + SCHEMA + rows(0, 3) + "USE memory; DETACH x")
        self.assertEqual(self.file.read_bytes()[12], 64, "that is the version of v0.10.2")
        self.attach()
        self.expect_rows(3, 9)

        self.file.unlink()
        newer = self.writer(newer=True)
        version = newer.tell("open", self.file)
        newer.tell("sql", SCHEMA + rows(0, 5))
        newer.tell("close")
        if self.file.read_bytes()[12] in range(64, 68):
            self.fail(f"DuckDB {version} writes no newer storage version: this shows nothing")
        answer = self.daybook("runs", "--format", "csv")
        self.assertIn(f"DuckDB v{version} wrote it in a storage version", answer.stderr)
        self.assertEqual(len(answer.stdout.splitlines()), 1 + 3)
        self.daybook("legacy", "detach", "lab")
        refused = self.attach(code=1)
        self.assertIn("COPY FROM DATABASE", refused.stderr)

    def test_damage_leaves_the_last_copy_or_says_what_is_wrong(self) -> None:
        self.write(SCHEMA + rows(0, 5000))
        whole = self.file.read_bytes()
        for name, content, words in [
                ("cut short", whole[:len(whole) // 2], f"it has {len(whole) // 2} bytes of"),
                ("a text", b"x" * 50_000, "it is no DuckDB database"),
                ("empty", b"", "it is no DuckDB database, with 0 bytes")]:
            with self.subTest(name):
                self.file.write_bytes(content)
                self.assertIn(words, self.attach(code=1).stderr)
        self.file.write_bytes(whole)
        self.attach()
        self.file.write_bytes(whole[:len(whole) // 2])
        answer = self.daybook("runs", "--format", "csv", "--limit", 0)
        self.assertIn("the answers are those of the copy of", answer.stderr)
        self.assertEqual(self.status()["state"], "changed")
        self.file.unlink()
        answer = self.daybook("runs")
        self.assertIn("there is no such file; the answers are those of the copy of", answer.stderr)
        self.assertEqual(self.status()["state"], "missing")

    def test_an_unknown_file_is_refused_with_what_is_in_it(self) -> None:
        self.write("CREATE TABLE birds (name VARCHAR); INSERT INTO birds VALUES ('tit')")
        self.assertIn("birds", self.attach(code=1).stderr)
        self.assertFalse((self.ledger / "ledger.json").exists())

    def test_the_index_may_be_deleted_at_any_time(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.attach()
        shutil.rmtree(self.ledger / "index")
        self.assertEqual(self.status(code=1)["state"], "no copy")
        self.assertEqual(len(self.daybook("runs", "--format", "csv").stdout.splitlines()), 1 + 4)
        self.expect_rows(4, 12)

    def test_many_at_once_make_one_cache(self) -> None:
        self.write(SCHEMA + rows(0, 300, trials=50))
        self.attach()
        for number in range(3):
            self.write(rows(300 + number, 1))
            if number == 2:
                shutil.rmtree(self.ledger / "index")
            answers = []

            def ask() -> None:
                answers.append(self.daybook("runs", "--format", "csv", "--limit", 0))

            threads = [threading.Thread(target=ask) for _ in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(answers), 5)
            for answer in answers:
                runs = len(answer.stdout.splitlines()) - 1
                new = 301 + number
                if runs != new:  # Who comes second is told that his answer is the older one.
                    self.assertEqual(runs, new - 1, answer.stderr)
                    self.assertIn("another process is about to read its changes", answer.stderr)
            self.assertIn(new, [len(answer.stdout.splitlines()) - 1 for answer in answers])
            self.assertEqual(len(list(self.cache.glob("rows-*"))), 1)

    def test_a_refresh_that_is_killed_anywhere_is_finished_by_the_next(self) -> None:
        points = ["legacy.copied", "legacy.wal_replayed", "legacy.copy_named", "legacy.imported",
                  "legacy.indexed", "legacy.state_written", "legacy.old_removed"]
        runs = 5
        for change in ["first", "more rows", "other rows", "a log"]:
            for point in points:
                with self.subTest(change=change, point=point):
                    if change == "first":
                        shutil.rmtree(self.ledger, ignore_errors=True)
                        self.file.unlink(missing_ok=True)
                        runs = 5
                        self.write(SCHEMA + rows(0, runs))
                    elif change == "other rows":
                        self.write(f"UPDATE optimizer.trials_f SET metrics_json = '{{\"pnl\":9}}'"
                                   f" WHERE run_id = 'r0'; {rows(runs, 1)}")
                        runs += 1
                    elif change == "more rows":
                        self.write(rows(runs, 1))
                        runs += 1
                    else:
                        writer = self.writer()
                        writer.tell("open", self.file)
                        writer.tell("sql", "SET wal_autocheckpoint = '1TB';" + rows(runs, 1))
                        writer.kill()
                        runs += 1
                    self.attach(code=-signal.SIGKILL, kill_at=point)
                    if change != "first":
                        self.assertIn(self.status()["runs"], (runs - 1, runs))
                    self.attach()
                    self.expect_rows(runs, 3 * runs)
                    # What was not removed goes with the next change.
                    copies = 2 if point == "legacy.state_written" else 1
                    self.assertLessEqual(len(list(self.cache.glob("copy-*"))), copies)
                    self.assertEqual(list(self.cache.glob("incoming*")), [])
                    self.assertLessEqual(len(list(self.cache.glob("rows-*"))), 2)


def main() -> None:
    global arguments
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", type=Path, required=True)
    parser.add_argument("--modules", type=Path, required=True)
    parser.add_argument("--newer", type=Path, required=True)
    arguments, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)


if __name__ == "__main__":
    main()

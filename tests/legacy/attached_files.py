#!/usr/bin/env python3
"""Attaches DuckDB files that have owners: live writers, other versions of DuckDB, damage.

    tests/legacy/attached_files.py --daybook build/dev/daybook --modules tools/deps/python \
        --newer tools/deps/venv/bin/python

The files are written by the Python package duckdb of --modules (the oldest that is promised to read
a snapshot), in processes of their own, and by that of the interpreter --newer.
"""

import json
import os
import shutil
import subprocess
import sys

import attached
from attached import SCHEMA, AttachedTest, rows


class AttachedFiles(AttachedTest):
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
        self.assertEqual([path.name for path in self.cache.glob("rows-*")], ["rows-000002"])
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

    def test_an_attach_that_fails_takes_no_copy_of_an_attached_file_along(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.attach()
        writer = self.writer()
        writer.tell("open", self.file)
        link = self.folder / "link.duckdb"
        link.symlink_to(self.file)
        self.daybook("legacy", "attach", link, "--name", "lab", "--wait", 0, code=1)
        writer.tell("close")
        self.assertEqual(len(list(self.cache.glob("copy-*"))), 1)
        self.assertIn("copied_at_ms", self.status())
        self.assertEqual(len(self.daybook("runs", "--format", "csv").stdout.splitlines()), 1 + 4)

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
        # What it had before is in the last copy alone.
        self.assertIn("--force", self.daybook("legacy", "detach", "lab", code=1).stderr)
        self.daybook("legacy", "detach", "lab", "--force")
        refused = self.attach(code=1)
        self.assertIn("COPY FROM DATABASE", refused.stderr)

    def test_a_file_that_is_replaced_in_mid_query_changes_no_answer(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.attach()
        self.write(SCHEMA + rows(100, 9), self.folder / "other.duckdb")
        query = subprocess.Popen(
            [attached.arguments.daybook, "query", "--ledger", self.ledger, "--format", "csv",
             "SELECT run_id FROM range(200000), latest_runs"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # It has begun, and a pipe that nobody reads keeps it from its end.
        self.assertEqual(query.stdout.readline(), "run_id\n")
        os.replace(self.folder / "other.duckdb", self.file)
        self.assertIsNone(query.poll(), "it was over before")
        # Another one reads the new file, and removes what was read of the old one.
        for _ in range(3):
            self.assertEqual(
                len(self.daybook("runs", "--format", "csv").stdout.splitlines()), 1 + 9)
            os.utime(self.file)
        with query:
            answered = query.stdout.read().split()
            self.assertEqual(len(answered), 4 * 200_000, query.stderr.read())
        self.assertEqual(set(answered), {"r0", "r1", "r2", "r3"})

    def test_nulls_and_odd_types_answer_or_are_counted(self) -> None:
        self.write("""
            CREATE SCHEMA optimizer;
            CREATE TYPE mood AS ENUM ('policy', 'baseline');
            CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type mood, created_at TIMESTAMPTZ,
                config STRUCT(a DECIMAL(18, 4), b HUGEINT, c UUID, d BLOB), data_fingerprint UUID,
                span INTERVAL, days DATE[], words MAP(VARCHAR, INTEGER), bits BIT, clock TIMETZ,
                nothing INTEGER);
            INSERT INTO optimizer.runs_d VALUES
                ('odd', 'policy', '2026-01-23 01:00:00+01',
                 {'a': 1.5, 'b': 170141183460469231731687303715884105727,
                  'c': '00000000-0000-0000-0000-000000000001', 'd': '\\xFF\\x00'::BLOB},
                 '00000000-0000-0000-0000-000000000002', INTERVAL 3 DAYS, ['2026-01-01', NULL],
                 MAP {'x': 1, 'y': NULL}, '0101', '12:00:00+02', NULL),
                ('nulls', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                (NULL, 'policy', '2026-01-23', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
            CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id BIGINT,
                created_at TIMESTAMP_NS, params MAP(VARCHAR, DOUBLE), sharpe DOUBLE, pnl FLOAT);
            INSERT INTO optimizer.trials_f VALUES
                ('odd', 1, '2026-01-23 00:00:00.123456789', MAP {'stop': 0.5}, 'NaN', '-Infinity'),
                ('nulls', 2, '2026-01-23', NULL, NULL, NULL), ('nulls', NULL, NULL, NULL, 1, 2);
            """)
        self.attach()
        status = self.status()
        self.assertEqual(status["runs"], 2)
        self.assertGreater(sum(table["invalid"] for table in status["tables"]), 0, "no run_id")
        runs = json.loads(self.daybook("runs", "--format", "json").stdout)
        self.assertEqual({run["run_id"] for run in runs}, {"odd", "nulls"})
        shown = self.daybook("query", "--format", "json",
                             "SELECT config, metric_values['sharpe'] AS s FROM latest_runs "
                             "JOIN trial_results USING (run_id) WHERE run_id = 'odd'")
        [row] = json.loads(shown.stdout)
        config = row["config"] if isinstance(row["config"], dict) else json.loads(row["config"])
        self.assertEqual(float(config["a"]), 1.5)
        self.assertEqual(config["c"], "00000000-0000-0000-0000-000000000001")

    def snapshot_runs(self) -> list[str]:
        """What a DuckDB client sees that opens the published snapshot."""
        done = subprocess.run(
            [sys.executable, "-c",
             "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True);"
             "print(*[r for r, in c.sql('SELECT run_id FROM latest_runs ORDER BY 1').fetchall()])",
             self.ledger / "index" / "runs.duckdb"],
            env={**os.environ, "PYTHONPATH": str(attached.arguments.modules)}, text=True,
            capture_output=True, check=True)
        return done.stdout.split()

    def test_the_snapshot_shows_what_is_attached_and_no_more(self) -> None:
        self.write(SCHEMA + rows(0, 2))
        self.daybook("emit", "--json", '{"event_type":"run.created","run_id":"own",'
                     '"run_type":"policy","config":{},"data_fingerprint":"f"}')
        self.daybook("index")
        self.attach()
        self.assertEqual(self.snapshot_runs(), ["own", "r0", "r1"])
        self.daybook("legacy", "detach", "lab")
        self.assertEqual(self.snapshot_runs(), ["own"])

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
        self.assertEqual(self.status()["state"], "unreadable")
        self.file.unlink()
        answer = self.daybook("runs")
        self.assertIn("there is no such file; the answers are those of the copy of", answer.stderr)
        self.assertEqual(self.status()["state"], "missing")

    def test_an_encrypted_file_says_what_to_do(self) -> None:
        made = (f"import duckdb; duckdb.sql(\"ATTACH '{self.file}' AS e (ENCRYPTION_KEY 'k'); "
                "CREATE TABLE e.t AS SELECT 1 AS a\")")
        subprocess.run([sys.executable, "-c", made], check=True,
                       env=os.environ | {"PYTHONPATH": str(attached.arguments.modules)})
        refused = self.attach(code=1).stderr
        self.assertIn(f"read a copy of {self.file}: it is encrypted; make one that is not", refused)

    def test_an_unknown_file_is_refused_with_what_is_in_it(self) -> None:
        self.write("CREATE TABLE birds (name VARCHAR); INSERT INTO birds VALUES ('tit')")
        self.assertIn("birds", self.attach(code=2).stderr)
        self.assertIn("birds", self.daybook("legacy", "import", self.file, code=2).stderr)
        self.write("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (name VARCHAR)")
        self.assertIn("optimizer.runs_d", self.attach(code=2).stderr)
        self.assertFalse(self.ledger.exists(), "nothing stays of a ledger that was not there")

    def test_the_index_may_be_deleted_at_any_time(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.attach()
        shutil.rmtree(self.ledger / "index")
        self.assertEqual(self.status(code=1)["state"], "no copy")
        self.assertEqual(len(self.daybook("runs", "--format", "csv").stdout.splitlines()), 1 + 4)
        self.expect_rows(4, 12)


if __name__ == "__main__":
    attached.main(__doc__)

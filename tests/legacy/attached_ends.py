#!/usr/bin/env python3
"""Attached files and the ends of those who are about them: deaths, Ctrl-C, and who comes too many.

    tests/legacy/attached_ends.py --daybook build/dev/daybook --modules tools/deps/python \
        --newer tools/deps/venv/bin/python
"""

import json
import os
import select
import shutil
import signal
import subprocess
import threading
import time

import attached
from attached import CREATED, DAY_MS, SCHEMA, AttachedTest, rows


class AttachedEnds(AttachedTest):
    def die_in_a_checkpoint(self) -> None:
        """The newer DuckDB is killed while it checkpoints a file that the program's own reads."""
        second = self.file.with_name("lab.duckdb.wal.checkpoint")
        for _ in range(20):
            for path in self.folder.glob("lab.duckdb*"):
                path.unlink()
            newer = self.writer(newer=True)
            newer.tell("open", ":memory:")
            newer.tell("sql", f"ATTACH '{self.file}' AS x (STORAGE_VERSION 'v1.2.0'); USE x;"
                       + SCHEMA + rows(0, 3) + "CREATE TABLE ballast (i BIGINT, v VARCHAR);"
                       + "CHECKPOINT; SET wal_autocheckpoint = '1TB';")
            for _ in range(10):
                newer.tell("sql", "INSERT INTO ballast SELECT range, md5(range::VARCHAR) "
                           "FROM range(200000)")
            newer.ask("checkpoint", rows(3, 1))
            while newer.process.poll() is None:
                try:
                    if second.stat().st_size > 200:
                        newer.kill()
                        return
                except FileNotFoundError:
                    pass
                if select.select([newer.process.stdout], [], [], 0)[0]:
                    newer.kill()  # It was over before anything was committed: once more.
        self.fail("no checkpoint was met while rows were committed")

    def test_what_a_checkpoint_that_was_cut_off_has_left_is_not_passed_over(self) -> None:
        self.die_in_a_checkpoint()
        refused = self.attach(code=1)
        self.assertIn("left rows in", refused.stderr)
        self.assertIn("lab.duckdb.wal.checkpoint", refused.stderr)
        # As the message says.
        newer = self.writer(newer=True)
        newer.tell("open", self.file)
        newer.tell("close")
        newer.kill()
        self.attach()
        self.assertGreater(self.status()["events"], 3)
        answer = self.daybook("runs", "--format", "csv")
        self.assertEqual(len(answer.stdout.splitlines()), 1 + 4, "a row of the second log")

    def test_what_takes_long_is_left_to_who_has_time(self) -> None:
        self.write(SCHEMA + rows(0, 4))
        self.attach()
        state = json.loads((self.cache / "state.json").read_text())
        self.assertGreater(state["took_ms"], 0)
        # As if the file were large: a read takes a minute.
        (self.cache / "state.json").write_text(json.dumps({**state, "took_ms": 60_000}))
        self.write(rows(4, 1))
        answer = self.daybook("runs", "--format", "csv")
        self.assertIn("it has changed, and reading it takes about ", answer.stderr)
        self.assertIn("'daybook index'", answer.stderr)
        self.assertEqual(len(answer.stdout.splitlines()), 1 + 4)
        self.daybook("index")
        answer = self.daybook("runs", "--format", "csv")
        self.assertEqual((answer.stderr, len(answer.stdout.splitlines())), ("", 1 + 5))

    def stopped(self, words: list[object], number: int, stage: str) -> tuple[int, float]:
        """The exit code of a command that is told to stop once there is a file like `stage` in the
        cache, and how long that took it."""
        process = subprocess.Popen([attached.arguments.daybook, *map(str, words)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "DAYBOOK_LEDGER": str(self.ledger)})
        while not list(self.cache.glob(stage)):
            self.assertIsNone(process.poll(), f"{words} was over before {stage}")
            time.sleep(0.005)
        began = time.monotonic()
        process.send_signal(number)
        code = process.wait(timeout=60)
        return code, time.monotonic() - began

    def test_ctrl_c_and_the_daemons_end_are_heard_while_a_file_is_read(self) -> None:
        self.write(SCHEMA + rows(0, 1000, trials=400))
        attach = ["legacy", "attach", self.file]
        stages = ["lock", "copy-*", "rows-000001", "rows-000001/events/day=*/part-*"]
        for stage in stages:
            code, took_s = self.stopped(attach, signal.SIGINT, stage)
            self.assertEqual(code, 130, stage)
            self.assertLess(took_s, 5, stage)
        self.assertFalse(self.ledger.exists(), "nothing was attached, and nothing stays of it")
        self.attach()
        shutil.rmtree(self.ledger / "index")
        for words, number, expected in [(["runs"], signal.SIGINT, 130),
                                        (["serve", "--no-http"], signal.SIGTERM, 0)]:
            code, took_s = self.stopped(words, number, stages[-1])
            self.assertEqual(code, expected, words)
            self.assertLess(took_s, 5, words)
            shutil.rmtree(self.ledger / "index")

    def test_many_at_once_make_one_cache(self) -> None:
        self.write(SCHEMA + rows(0, 300, trials=2))
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

    def test_a_refresh_that_is_killed_never_leaves_a_mixture(self) -> None:
        self.write(SCHEMA + rows(0, 5))
        self.attach()
        self.write("UPDATE optimizer.runs_d SET run_type = 'other';" + rows(5, 1))
        # The new run is in the rows' ledger, then in its index; the others are still as they were.
        self.attach(code=-signal.SIGKILL, kill_at="legacy.imported")
        self.attach(code=-signal.SIGKILL, kill_at="publisher.dir_synced")
        self.assertEqual(len(list((self.cache / "rows-000001" / "index").glob("gen-*"))), 2,
                         "the second one died behind that, or this shows nothing")
        hidden = self.file.rename(self.folder / "hidden.duckdb")
        answer = self.daybook("query", "--format", "csv",
                              "SELECT count(*), count(*) FILTER (run_type = 'policy') "
                              "FROM latest_runs")
        self.assertIn("the answers are those of the copy of", answer.stderr)
        self.assertEqual(answer.stdout.split()[-1], "5,5")
        hidden.rename(self.file)
        self.attach()
        answer = self.daybook("query", "--format", "csv",
                              "SELECT count(*), count(*) FILTER (run_type = 'other') "
                              "FROM latest_runs")
        self.assertEqual(answer.stdout.split()[-1], "6,5")

    def test_a_refresh_that_is_killed_anywhere_is_finished_by_the_next(self) -> None:
        points = ["legacy.copied", "legacy.wal_replayed", "legacy.copy_named", "legacy.imported",
                  "legacy.indexed", "legacy.state_written", "legacy.old_removed"]
        runs = 5
        late = 0
        for change in ["first", "more rows", "other rows", "a log"]:
            for point in points:
                with self.subTest(change=change, point=point):
                    if change == "first":
                        shutil.rmtree(self.ledger, ignore_errors=True)
                        self.file.unlink(missing_ok=True)
                        runs = 5
                        late = 0
                        self.write(SCHEMA + rows(0, runs))
                    elif change == "other rows":
                        self.write(f"UPDATE optimizer.trials_f SET metrics_json = '{{\"pnl\":9}}'"
                                   f" WHERE run_id = 'r0'; {rows(runs, 1)}")
                        runs += 1
                    elif change == "more rows":
                        # An old run goes on, too.
                        late += 1
                        self.write(rows(runs, 1) + "INSERT INTO optimizer.trials_f VALUES ('r0', "
                                   f"'late{late}', {CREATED + DAY_MS + late}, '{{}}', '{{}}')")
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
                    self.expect_rows(runs, 3 * runs + late)
                    # What was not removed goes with the next change.
                    copies = 2 if point == "legacy.state_written" else 1
                    self.assertLessEqual(len(list(self.cache.glob("copy-*"))), copies)
                    self.assertEqual(list(self.cache.glob("incoming*")), [])
                    self.assertLessEqual(len(list(self.cache.glob("rows-*"))), 2)


if __name__ == "__main__":
    attached.main(__doc__)

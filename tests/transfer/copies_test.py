#!/usr/bin/env python3
"""Ledgers that are copied, merged and backed up while processes write to them.

    tests/transfer/copies_test.py --daybook build/dev/daybook [unittest's arguments]

"May I just rsync it?" is answered here, and so is how a cluster without a server makes one ledger
of many.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

DAYBOOK = None
BATCH = 25


def daybook(*words, codes=(0,), stdin=None):
    done = subprocess.run([DAYBOOK, *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=300, check=False)
    if done.returncode not in codes:
        raise AssertionError(f"daybook {words}: exit code {done.returncode}\n"
                             f"{done.stdout[-3000:]}{done.stderr}")
    return done.stdout


def rsync(source, target):
    """As docs/operating/backup.md has it."""
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["rsync", "-a", "--exclude=/index", f"{source}/", f"{target}/"],
                          capture_output=True, text=True, timeout=300, check=False)
    # 24: a file has gone between its listing and its reading.
    if done.returncode not in (0, 24):
        raise AssertionError(done.stderr)


class Writer(threading.Thread):
    """One process after the other, each of a run of its own, until it is told to stop."""

    def __init__(self, ledger, name):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.name = name
        self.acknowledged = []  # trial ids; only ever appended to
        self.failure = None
        self.stopped = threading.Event()

    def run(self):
        number = 0
        try:
            while not self.stopped.is_set():
                number += 1
                self.write_run(f"{self.name}-{number}")
                time.sleep(0.03)  # for the one who copies
        except AssertionError as failure:
            self.failure = failure

    def write_run(self, run):
        trials = [f"{run}-{i}" for i in range(BATCH)]
        events = [{"event_type": "run.created", "run_id": run, "run_type": "grid", "config": {},
                   "data_fingerprint": "f"}]
        events += [{"event_type": "trial.recorded", "run_id": run, "trial_id": trial,
                    "params": {"n": i}, "metrics": {"m": i * 0.5}, "pad": "x" * (i * 40)}
                   for i, trial in enumerate(trials)]
        artifact = f"artifacts/runs/{run}/log.txt"
        path = self.ledger / artifact
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(run)
        events.append({"event_type": "artifact.created", "run_id": run, "artifact_type": "log",
                       "artifact_path": artifact, "size_bytes": len(run)})
        lines = "".join(json.dumps(event) + "\n" for event in events)
        answer = json.loads(daybook("emit", "--stdin", "--ledger", self.ledger, stdin=lines))
        if answer["accepted"] != len(events):
            raise AssertionError(answer)
        self.acknowledged.extend(trials)

    def stop(self):
        self.stopped.set()
        self.join()
        if self.failure:
            raise self.failure


def trials_of(ledger):
    rows = daybook("query", "--ledger", ledger, "--format", "csv",
                   "SELECT trial_id FROM trial_results")
    return set(rows.split()[1:])


def event_lines(ledger):
    """Each event by its id, without the trailer; an id that is there twice fails."""
    events = {}
    for part in sorted((ledger / "events").rglob("part-*.jsonl")):
        for line in part.read_text().splitlines():
            body = re.sub(r',"seq":\d+(,"synced":\d+)?,"checksum":"[0-9a-f]{16}"}$', "", line)
            event_id = json.loads(line)["event_id"]
            if event_id in events:
                raise AssertionError(f"{event_id} is there twice")
            events[event_id] = body
    return events


class CopiesTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = Path(directory.name)
        self.writers = []

    def tearDown(self):
        for writer in self.writers:
            writer.stopped.set()
            writer.join()

    def start(self, ledger, *names):
        started = [Writer(ledger, name) for name in names]
        self.writers += started
        for writer in started:
            writer.start()
        return started

    def wait_for_events(self, writers, batches):
        while any(len(writer.acknowledged) < batches * BATCH for writer in writers):
            for writer in writers:
                if writer.failure:
                    raise writer.failure
            time.sleep(0.02)

    def expect_clean(self, ledger):
        answer = json.loads(daybook("verify", "--ledger", ledger, "--deep", "--format", "json"))
        self.assertEqual([f for f in answer["findings"] if f["kind"] != "torn"], [])

    def test_a_copy_by_rsync_has_all_that_was_acknowledged_before_it(self):
        ledger = self.dir / "ledger"
        writers = self.start(ledger, "a", "b", "c")
        self.wait_for_events(writers, 2)
        for attempt in range(2):
            acknowledged = {trial for writer in writers for trial in list(writer.acknowledged)}
            copy = self.dir / f"copy{attempt}"
            rsync(ledger, copy)
            self.expect_clean(copy)
            self.assertEqual(acknowledged - trials_of(copy), set())
        # Over a copy that is there already.
        acknowledged = {trial for writer in writers for trial in list(writer.acknowledged)}
        rsync(ledger, self.dir / "copy0")
        self.assertEqual(acknowledged - trials_of(self.dir / "copy0"), set())
        for writer in writers:
            writer.stop()

    def test_a_backup_under_load_has_all_that_was_acknowledged_before_it(self):
        ledger = self.dir / "ledger"
        writers = self.start(ledger, "a", "b")
        self.wait_for_events(writers, 2)
        for attempt in range(2):
            acknowledged = {trial for writer in writers for trial in list(writer.acknowledged)}
            words = ["--incremental"] if attempt > 0 else []
            daybook("backup", self.dir / "backup", "--ledger", ledger, *words)
            back = self.dir / f"back{attempt}"
            daybook("restore", self.dir / "backup", back)
            self.expect_clean(back)
            self.assertEqual(acknowledged - trials_of(back), set())
        for writer in writers:
            writer.stop()

    def test_a_cluster_becomes_one_ledger(self):
        nodes = [self.dir / f"node{i}" for i in range(3)]
        one = self.dir / "one"
        writers = [writer for node in nodes for writer in self.start(node, f"{node.name}x",
                                                                    f"{node.name}y")]
        self.wait_for_events(writers, 1)
        for _ in range(2):
            for node in nodes:
                rsync(node, self.dir / "copies" / node.name)
                daybook("merge", self.dir / "copies" / node.name, "--ledger", one)
        for writer in writers:
            writer.stop()
        for node in nodes:
            rsync(node, self.dir / "copies" / node.name)
            daybook("merge", self.dir / "copies" / node.name, "--ledger", one)

        expected = {}
        for node in nodes:
            expected.update(event_lines(node))
        found = event_lines(one)
        own = {key for key, body in found.items() if '"event_type":"ledger.imported"' in body}
        self.assertEqual({k: v for k, v in found.items() if k not in own}, expected)
        self.assertEqual(trials_of(one), {t for w in writers for t in w.acknowledged})
        for node in nodes:
            for path in (node / "artifacts").rglob("*.txt"):
                self.assertEqual((one / path.relative_to(node)).read_bytes(), path.read_bytes())
        self.expect_clean(one)
        self.assertEqual(self.digest(one), self.digest(self.union(nodes, one, own)))

        # Again, nothing is read; without what it remembers, all is, and nothing is written.
        before = event_lines(one)
        for node in nodes:
            answer = json.loads(daybook("merge", self.dir / "copies" / node.name, "--ledger", one,
                                        "--format", "json"))
            self.assertEqual((answer["bytes_read"], answer["written"]), (0, 0))
        shutil.rmtree(one / "_imports")
        for node in nodes:
            daybook("merge", node, "--ledger", one)
        self.assertEqual(event_lines(one), before)

    @staticmethod
    def digest(ledger):
        return daybook("index", "--ledger", ledger, "--digest").strip()

    def union(self, nodes, one, own):
        """A ledger whose parts are those of all nodes, under numbers of their own."""
        union = self.dir / "union"
        number = 0
        for node in nodes:
            for part in sorted((node / "events").rglob("part-*.jsonl")):
                number += 1
                target = union / "events" / part.parent.name / f"part-{number:06}.jsonl"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(part, target)
        # What merging says of itself.
        for part in sorted((one / "events").rglob("part-*.jsonl")):
            number += 1
            lines = [line for line in part.read_text().splitlines(keepends=True)
                     if json.loads(line)["event_id"] in own]
            target = union / "events" / part.parent.name / f"part-{number:06}.jsonl"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(lines))
        return union


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--daybook", required=True)
    options, rest = parser.parse_known_args()
    DAYBOOK = options.daybook
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/env python3
"""Both write to one ledger at once: the seed's tools, with their races, and Daybook, killed often.

    tests/mixed/mixed_test.py --daybook build/dev/daybook
        --writer build/dev/tests/crash/daybook_storm_writer --modules tools/deps/python
        [--seconds 20] [unittest's arguments]

The seed's own losses are the seed's: lines that no writer of it was told are written, and halves
that it read while another wrote.  What is looked at here is Daybook's part: each event that it
acknowledged is in the log, no line of the seed's that was whole has gone, and what is damaged is
told, kept, and recovered where it can be.
"""

import argparse
import hashlib
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SEED_WRITER = Path(__file__).resolve().parent / "seed_writer.py"
OPTIONS = None
FIRST_DAY_MS = 1_769_126_400_000
DAY_MS = 86_400_000


def daybook(*words, codes=(0,)):
    done = subprocess.run([OPTIONS.daybook, *map(str, words)], capture_output=True, text=True,
                          timeout=300, check=False)
    if done.returncode not in codes:
        said = done.stdout[-3000:] + done.stderr
        raise AssertionError(f"daybook {words}: exit code {done.returncode}\n{said}")
    return done.stdout


def answer(command, *words, codes=(0, 1)):
    return json.loads(daybook(command, *words, "--format", "json", codes=codes))


def findings(command, *words, codes=(0, 1)):
    return answer(command, *words, codes=codes)["findings"]


def parts_of(ledger):
    return sorted((ledger / "events").rglob("part-*.jsonl"))


def lines_of(part):
    """(offset, line) of every line that has its newline."""
    offset = 0
    for line in part.read_bytes().split(b"\n")[:-1]:
        yield offset, line
        offset += len(line) + 1


def object_of(line):
    """The JSON object that a line is; None if it is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def good_events(ledger):
    """The events that stand on a line of their own."""
    found = (object_of(line) for part in parts_of(ledger) for _, line in lines_of(part))
    return [event for event in found if event and "event_id" in event]


def is_of_halves(finding):
    """Halves of two copies of a seed's line can make a line once more, with an id that is there."""
    return (finding["kind"] == "conflicting" and
            re.match(r"event \d{13}_[0-9a-f]{8} ", finding["detail"]) is not None)


class DaybookWriter:
    """A process that appends, and the numbers of the events that it has acknowledged."""

    def __init__(self, ledger, name, first):
        self.reports, theirs = os.pipe()
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec 3>&{theirs}; exec "$0" "$@"', OPTIONS.writer, "ledger",
             "calm", str(ledger), name, str(first), "4000000"], pass_fds=[theirs])
        os.close(theirs)
        self.told = b""
        os.set_blocking(self.reports, False)

    def listen(self):
        """Takes what it has reported, lest the pipe be full."""
        try:
            while piece := os.read(self.reports, 1 << 16):
                self.told += piece
        except BlockingIOError:
            pass

    def kill(self):
        """Ends it and returns the last number that it has acknowledged, or 0."""
        self.process.kill()
        self.process.wait()
        self.listen()
        os.close(self.reports)
        whole = len(self.told) // 4 * 4
        return struct.unpack("<I", self.told[whole - 4:whole])[0] if whole else 0


class Seeds:
    """Several processes of the seed's kind."""

    def __init__(self, ledger, folder, count, pause_ms):
        self.outputs = [open(folder / f"seed-{number}.out", "w") for number in range(count)]
        self.processes = [subprocess.Popen(
            [sys.executable, "-B", SEED_WRITER, ledger / "events", f"s{number}", "1000000",
             "--pause", str(pause_ms), "--halves", "0.1"], stdout=output)
            for number, output in enumerate(self.outputs)]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()
        for output in self.outputs:
            output.close()


class MixedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        self.ledger = self.dir / "ledger"

    def seed_once(self, name, count):
        subprocess.run([sys.executable, "-B", SEED_WRITER, self.ledger / "events", name, str(count),
                        "--pause", "0"], stdout=subprocess.DEVNULL, check=True)

    def write_together(self, seconds):
        """Returns what Daybook acknowledged: {name: greatest number}, from 1 on."""
        rng = random.Random(7)
        seeds = Seeds(self.ledger, self.dir, 3, 2)
        names = ["w0", "w1", "w2"]
        acknowledged = dict.fromkeys(names, 0)
        writers = {name: DaybookWriter(self.ledger, name, 1) for name in names}
        kills = 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(rng.uniform(0.1, 0.6))
            for writer in writers.values():
                writer.listen()
            name = rng.choice(names)
            acknowledged[name] = max(acknowledged[name], writers[name].kill())
            kills += 1
            # What was not acknowledged may be there or not; the next one begins with it.
            writers[name] = DaybookWriter(self.ledger, name, acknowledged[name] + 1)
        for name, writer in writers.items():
            acknowledged[name] = max(acknowledged[name], writer.kill())
        seeds.stop()
        self.assertGreater(kills, seconds / 2)
        return acknowledged

    def age(self):
        """What was written a moment ago is nobody's any more."""
        old = time.time() - 120
        for path in (self.ledger / "events").rglob("part-*"):
            os.utime(path, (old, old))

    def tree(self):
        """What every file holds; locks hold who had them last."""
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in self.ledger.rglob("*") if path.is_file() and path.suffix != ".lock"}

    def test_each_acknowledged_event_and_each_whole_foreign_line_is_there(self):
        self.seed_once("first", 50)
        daybook("adopt", self.ledger)
        acknowledged = self.write_together(OPTIONS.seconds)
        promised = {f"{name}-{number}" for name, last in acknowledged.items()
                    for number in range(1, last + 1)}
        self.assertGreater(len(promised), 100)
        self.assertEqual(promised - self.trials(), set())
        self.look_at_damage()
        self.repair_twice()
        self.assertEqual(promised - self.trials(), set())

    def trials(self):
        return {event.get("trial_id") for event in good_events(self.ledger)}

    def look_at_damage(self):
        """verify names exactly the lines that are no JSON object, by file and offset."""
        broken = {(str(part), offset) for part in parts_of(self.ledger)
                  for offset, line in lines_of(part) if object_of(line) is None}
        found = findings("verify", "--ledger", self.ledger)
        told = {(finding["file"], finding["offset"])
                for finding in found if finding["kind"] == "damaged"}
        self.assertEqual(told, broken)
        self.look_whether_they_met(broken)
        self.assertEqual([finding for finding in found if finding["kind"] not in
                          ("damaged", "torn") and not is_of_halves(finding)], [])

    def look_whether_they_met(self, broken):
        """A whole line of ours was swallowed by a half of theirs, and one of theirs was cut."""
        lines = [line for part in parts_of(self.ledger) for offset, line in lines_of(part)
                 if (str(part), offset) in broken]
        ours = re.compile(rb'.\{"event_type":[^\n]*"checksum":"[0-9a-f]+"\}$')
        swallowed = [line for line in lines if b"seed-" in line and ours.search(line)]
        self.assertGreater(len(swallowed), 0, f"{len(lines)} damaged lines, none of them so")

    def whole_events_anywhere(self):
        """The ids of the seed's events that lie whole in a part or beside it, wherever."""
        event = re.compile(rb'\{"event_type":"trial\.recorded","timestamp_ms":\d+,"run_id":"seed-'
                           rb'[^{}]*\{\}[^{}]*\{[^{}]*\}[^{}]*\}')
        found = (object_of(match.group()) for path in (self.ledger / "events").rglob("part-*")
                 for match in event.finditer(path.read_bytes()))
        return {event["event_id"] for event in found if event}

    def repair_twice(self):
        """Each whole event of the seed's is on a line of its own then, and no byte has gone."""
        lying = self.whole_events_anywhere()
        self.age()
        before = {part: part.read_bytes() for part in parts_of(self.ledger)}
        daybook("repair", "--ledger", self.ledger, codes=(0, 1))
        for part, content in before.items():
            self.assertTrue(part.read_bytes().startswith(content), f"{part} has lost bytes")
        there = {event["event_id"] for event in good_events(self.ledger)}
        self.assertEqual(lying - there, set())
        self.assertEqual(list((self.ledger / "events").rglob("*.tmp")), [])
        self.age()
        content = self.tree()
        daybook("repair", "--ledger", self.ledger, codes=(0, 1))
        self.assertEqual(content, self.tree())
        found = findings("verify", "--ledger", self.ledger)
        self.assertEqual([finding for finding in found
                          if finding["problem"] and not is_of_halves(finding)], [])
        daybook("adopt", self.ledger, codes=(0, 1))

    def test_a_seed_that_begins_the_day_takes_nothing_with_it(self):
        """The seed renames a file onto the day's first part, whatever is there by then."""
        self.seed_once("first", 1)
        daybook("adopt", self.ledger)
        promised = set()
        met = 0
        for day in range(20):
            moment = FIRST_DAY_MS + day * DAY_MS
            names = [f"d{day}-{number}" for number in range(20)]
            text = "".join(f'{{"event_type":"run.tagged","run_id":"{name}","tags":{{}},'
                           f'"timestamp_ms":{moment}}}\n' for name in names)
            seed = subprocess.Popen(
                [sys.executable, "-B", SEED_WRITER, self.ledger / "events", "s", "3",
                 "--pause", "0", "--day-ms", str(moment), "--stall", "400"],
                stdout=subprocess.DEVNULL)
            # Begins at about the moment at which the seed's interpreter has started, or while the
            # seed stalls between its look for a part and its rename.
            if day % 2 == 0:
                time.sleep(random.Random(day).uniform(0.0, 0.2))
            else:
                self.wait_for_temporary(moment)
            done = subprocess.run([OPTIONS.daybook, "emit", "--stdin", "--ledger", self.ledger],
                                  input=text, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            promised.update(names)
            seed.wait()
            name = f"day={time.strftime('%Y-%m-%d', time.gmtime(moment / 1000))}"
            numbers = {part.name for part in parts_of(self.ledger) if part.parent.name == name}
            met += {"part-000001.jsonl", "part-000002.jsonl"} <= numbers
        self.assertEqual(promised - {event.get("run_id") for event in good_events(self.ledger)},
                         set())
        # Daybook began its part after the seed had found none, and before it began its own.
        self.assertGreater(met, 0)

    def wait_for_temporary(self, moment_ms):
        folder = f"day={time.strftime('%Y-%m-%d', time.gmtime(moment_ms / 1000))}"
        until = time.monotonic() + 30
        while not list((self.ledger / "events" / folder).glob("*.tmp")):
            self.assertLess(time.monotonic(), until, "the seed has begun nothing")
            time.sleep(0.002)

    def test_readers_of_the_seeds_kind_read_a_mixed_ledger(self):
        self.seed_once("s", 20)
        daybook("adopt", self.ledger)
        for _ in range(3):
            daybook("emit", "--event-type", "run.started", "--run-id", "ours",
                    "--ledger", self.ledger)
            self.seed_once("t", 5)
        # Line by line, as Python's json reads it: a line that is none would raise.
        events = []
        for part in parts_of(self.ledger):
            with open(part) as lines:
                events += [json.loads(line) for line in lines]
        self.assertEqual(sum(event["run_id"] == "seed-s" for event in events), 20)
        self.assertEqual(sum(event["run_id"] == "seed-t" for event in events), 15)
        ours = [event for event in events if event["run_id"] == "ours"]
        self.assertEqual([event["seq"] for event in ours], [1, 2, 3])
        self.assertEqual(self.count_by_duckdb(), {"seed-s": 20, "seed-t": 15, "ours": 3})
        self.assertIn(": clean", daybook("verify", "--ledger", self.ledger))
        rows = answer("query", "SELECT run_id, count(*)::INTEGER AS n FROM trial_results "
                        "GROUP BY ALL ORDER BY ALL", "--ledger", self.ledger)
        self.assertEqual(rows, [{"run_id": "seed-s", "n": 20}, {"run_id": "seed-t", "n": 5}])

    def count_by_duckdb(self):
        script = ("import duckdb, json, sys\n"
                  "rows = duckdb.sql('SELECT run_id, count(*) FROM read_json_auto(' + sys.argv[1]"
                  " + ', format=\\'newline_delimited\\', union_by_name=true) GROUP BY ALL')\n"
                  "print(json.dumps(dict(rows.fetchall())))\n")
        files = repr([str(part) for part in parts_of(self.ledger)])
        done = subprocess.run(
            [sys.executable, "-B", "-c", script, files],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": OPTIONS.modules})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--daybook", required=True)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--modules", required=True, help="where the Python package duckdb is")
    parser.add_argument("--seconds", type=float, default=20)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()

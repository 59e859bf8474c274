#!/usr/bin/env python3
"""A writer as the seed system's scripts are, with their races: no lock, one temporary file.

    tests/mixed/seed_writer.py EVENTS_DIRECTORY NAME COUNT [--pause MS] [--day-ms MS]
        [--stall MS] [--halves SHARE]

Each event goes this way:

1. The part is the greatest of the day's, if it has less than 100 MiB; else the number after it.
2. The line is appended to `<part>.jsonl.tmp`, which all writers share, and synced.
3. Where there is no such part, the temporary file is renamed onto its name.  Else what the
   temporary file holds by now is appended to the part, and the temporary file is removed.

Two at once see each other's lines there, or find the file gone: then the emitter is told of an
error, although its line may be in the part.  For each event one line goes to standard output: the
event's id, and whether the emitter was told that it is written.
"""

import argparse
import datetime
import json
import os
import random
import time
import uuid
from pathlib import Path

PART_BYTES_MAX = 100 * 1024 * 1024
HALVES_PAUSE_S = 0.003


def append(events, event, stall_s, halves):
    """As the seed does it; raises what the seed raises."""
    day = datetime.datetime.fromtimestamp(event["timestamp_ms"] / 1000, tz=datetime.timezone.utc)
    folder = events / f"day={day:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted(folder.glob("part-*.jsonl"))
    number = int(parts[-1].stem.split("-")[1]) if parts else 1
    if parts and parts[-1].stat().st_size >= PART_BYTES_MAX:
        number += 1
    part = folder / f"part-{number:06d}.jsonl"
    shared = folder / f"part-{number:06d}.jsonl.tmp"
    with open(shared, "a") as file:
        file.write(json.dumps(event, separators=(",", ":")) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if not part.exists():
        time.sleep(stall_s)
        shared.rename(part)
        return
    with open(part, "a") as target, open(shared) as source:
        text = source.read()
        # A text that is longer than a tool's buffer goes out in pieces.
        pieces = [text]
        if random.random() < halves:
            pieces = [text[:len(text) // 2], text[len(text) // 2:]]
        for number, piece in enumerate(pieces):
            if number > 0:
                time.sleep(HALVES_PAUSE_S)
            target.write(piece)
            target.flush()
    shared.unlink()


def event_of(name, number, now_ms):
    return {
        "event_type": "trial.recorded",
        "timestamp_ms": now_ms,
        "run_id": f"seed-{name}",
        "trial_id": f"{name}-{number}",
        "params": {},
        "metrics": {"x": number},
        "padding": "p" * (20_000 if number % 37 == 0 else 150),
        "event_id": f"{now_ms}_{uuid.uuid4().hex[:8]}",
    }


def main():
    options = argparse.ArgumentParser()
    options.add_argument("events", type=Path)
    options.add_argument("name")
    options.add_argument("count", type=int)
    options.add_argument("--pause", type=float, default=1, help="milliseconds after each event")
    options.add_argument("--day-ms", type=int, help="the time of all events; else it is now")
    options.add_argument("--stall", type=float, default=0,
                         help="milliseconds before a part is begun")
    options.add_argument("--halves", type=float, default=0,
                         help="the share of the texts that go out in two writes")
    arguments = options.parse_args()
    for number in range(arguments.count):
        now_ms = arguments.day_ms or int(time.time() * 1000)
        event = event_of(arguments.name, number, now_ms)
        try:
            append(arguments.events, event, arguments.stall / 1000, arguments.halves)
            told = "written"
        except OSError:
            told = "failed"
        print(event["event_id"], told, flush=True)
        time.sleep(arguments.pause / 1000)


if __name__ == "__main__":
    main()

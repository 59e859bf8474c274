"""What recording from Python costs, beside SQLite; a machine with nothing else to do is wanted.

    export PYTHONPATH=build/release/clients/python
    tools/deps/venv/bin/python clients/python/bench/record.py

Prints the median of five rounds: trials a second (4 parameters, 5 metrics, durability `process`:
each is one write), by the clock and by the processor time of the thread, the slowest of a hundred,
the same rows into SQLite (WAL, synchronous NORMAL, autocommit), the import, and the first event
after it.  Exit status 1: a floor is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

PARAMS = {"stop": 0.05, "take": 0.1, "bars": 5, "mode": "fixed"}
METRICS = {"sharpe": 1.5, "sortino": 2.5, "return": 3.5, "drawdown": 0.1, "share": 0.25}
ROUNDS = 5
FLOORS = {"trials/s": 150_000, "times SQLite": 20}
CEILINGS = {"p99 us": 30, "import ms": 20, "first event ms": 3}


def daybook_rate(folder: str, count: int) -> dict[str, float]:
    import daybook

    with daybook.start_run("bench", ledger=os.path.join(folder, "ledger"), capture=False) as run:
        names = [f"t{i}" for i in range(count)]
        clock, processor = time.perf_counter(), time.thread_time()
        for name in names:
            run.record_trial(name, PARAMS, METRICS)
        clock, processor = time.perf_counter() - clock, time.thread_time() - processor
        waits = []
        for name in names:
            began = time.perf_counter_ns()
            run.record_trial(name, PARAMS, METRICS)
            waits.append(time.perf_counter_ns() - began)
        waits.sort()
    return {
        "trials/s": count / clock,
        "trials/processor s": count / processor,
        "p50 us": waits[count // 2] / 1e3,
        "p99 us": waits[count * 99 // 100] / 1e3,
    }


def sqlite_rate(folder: str, count: int) -> float:
    connection = sqlite3.connect(os.path.join(folder, "peer.sqlite"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE IF NOT EXISTS trials (id TEXT, params TEXT, metrics TEXT)")
    began = time.perf_counter()
    for i in range(count):
        row = (f"t{i}", json.dumps(PARAMS), json.dumps(METRICS))
        connection.execute("INSERT INTO trials VALUES (?, ?, ?)", row)
    seconds = time.perf_counter() - began
    connection.close()
    return count / seconds


# The first event is a trial: that of a start is synced, which is the disk's figure and not ours.
START = """
import sys, time
began = time.perf_counter()
import daybook
imported = time.perf_counter()
daybook.attach("r", ledger=sys.argv[1]).record_trial("t", {"stop": 0.05}, {"sharpe": 1.5})
print((imported - began) * 1e3, (time.perf_counter() - imported) * 1e3)
"""


def start(folder: str) -> tuple[float, float]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", START, os.path.join(folder, "first")]
    out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    imported, first = map(float, out.stdout.split())
    return imported, first


def one_round(folder: str, count: int) -> dict[str, float]:
    figures = daybook_rate(folder, count)
    figures["SQLite rows/s"] = sqlite_rate(folder, count // 10)
    figures["times SQLite"] = figures["trials/s"] / figures["SQLite rows/s"]
    figures["import ms"], figures["first event ms"] = start(folder)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200_000, help="trials a round (200000)")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(dir=".") as folder:
        start(folder)  # Writes the byte code.
        rounds = [one_round(folder, count) for _ in range(ROUNDS)]
    missed = 0
    for name in rounds[0]:
        median = statistics.median(figures[name] for figures in rounds)
        low, high = FLOORS.get(name, 0.0), CEILINGS.get(name, float("inf"))
        verdict = "" if low <= median <= high else f"  missed: {low or high}"
        missed += bool(verdict)
        print(f"{name:20} {median:14,.1f}{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""One process of a crew (measure.py): makes the same call again and again, against the clock.

    worker.py CONTENDER DIRECTORY TRIALS PROCESS SECONDS rate|latencies
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from array import array
from itertools import islice
from typing import Any

sys.dont_write_bytecode = True

from contenders import BY_NAME, Record  # noqa: E402
from measure import quantile  # noqa: E402
from trials import read_trials  # noqa: E402

now_ns = time.monotonic_ns  # The same clock in all processes.

WARM_UP_CALLS = 8
CALLS_PER_LOOK = 16
LATENCIES_MAX = 1 << 20


def clock_cost_ns() -> float:
    """What one look at the clock takes: the median of many."""
    costs = []
    for _ in range(1001):
        before = now_ns()
        costs.append(now_ns() - before)
    return quantile(costs, 0.5)


def work_for_rate(record: Record, trials: Any, seconds: float) -> dict[str, float]:
    """Looks at the clock now and then only, so that its cost is not in the rate."""
    calls = 0
    processor_ns = time.process_time_ns()
    begin_ns = end_ns = now_ns()
    deadline_ns = begin_ns + int(seconds * 1e9)
    while end_ns < deadline_ns:
        for trial_id, params, metrics in islice(trials, CALLS_PER_LOOK):
            record(trial_id, params, metrics)
        calls += CALLS_PER_LOOK
        end_ns = now_ns()
    processor_us = (time.process_time_ns() - processor_ns) / 1e3 / calls
    return {
        "calls": calls,
        "begin_ns": begin_ns,
        "end_ns": end_ns,
        "processor_us": processor_us,
    }


class Latencies:
    """Takes the time of each call.  One that is under way at the end is waited for, and counts."""

    def __init__(self) -> None:
        # Touched before the start, so that no page fault is taken for a slow call.
        self._latencies_ns = array("q", bytes(8 * LATENCIES_MAX))
        self._clock_ns = clock_cost_ns()

    def work(self, record: Record, trials: Any, seconds: float) -> dict[str, float]:
        latencies_ns = self._latencies_ns
        calls = 0
        begin_ns = after_ns = now_ns()
        deadline_ns = begin_ns + int(seconds * 1e9)
        for trial_id, params, metrics in trials:
            before_ns = now_ns()
            record(trial_id, params, metrics)
            after_ns = now_ns()
            latencies_ns[calls] = after_ns - before_ns
            calls += 1
            if after_ns >= deadline_ns or calls == LATENCIES_MAX:
                break
        ordered = sorted(latencies_ns[:calls])
        result: dict[str, float] = {"calls": calls, "begin_ns": begin_ns, "end_ns": after_ns}
        for name, q in (("p50_us", 0.5), ("p99_us", 0.99), ("worst_us", 1)):
            result[name] = max(0.0, quantile(ordered, q) - self._clock_ns) / 1e3
        return result


def main() -> None:
    name, directory, trials_path, process, seconds, kind = sys.argv[1:]
    # What peers print goes where it does not spoil the results.
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    trials = read_trials(trials_path)
    work = Latencies().work if kind == "latencies" else work_for_rate
    opened = BY_NAME[name](directory, int(process))
    print("opened", file=results, flush=True)
    for trial_id, params, metrics in islice(trials, WARM_UP_CALLS):
        opened.record(trial_id, params, metrics)
    # The collector is on as in any program, but looks at nothing that is ours.
    gc.collect()
    gc.freeze()
    print("ready", file=results, flush=True)
    sys.stdin.read()
    result = {"processor_us": 0.0, "p50_us": 0.0, "p99_us": 0.0, "worst_us": 0.0}
    result.update(work(opened.record, trials, float(seconds)))
    # Closed before the result is told: a failure while closing is one of the turn.
    opened.close()
    print(json.dumps(result), file=results, flush=True)


main()

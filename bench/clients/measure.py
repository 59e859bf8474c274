"""Measuring: contenders that take turns, each turn in processes of its own.

The same rules as in bench/measure.h and bench/crew.h: machines are noisy, and noise comes in
stretches, so contenders run in turn within one round, the order turns with every round, and what
counts is the median.  A turn's processes open their files and make a few calls before the clock
starts.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Unmeasured(Exception):
    """Something that had to be measured could not be; the message says what and why."""


@dataclass(frozen=True)
class Sample:
    """What one turn came to; of single calls the time in microseconds, 0 where none was taken."""

    value: float = 0
    # What a call costs the process on all its threads: it tells contenders apart on a busy machine.
    processor_us: float = 0
    p50_us: float = 0
    p99_us: float = 0
    worst_us: float = 0


@dataclass(frozen=True)
class Contender:
    """Who takes turns; `turn` is one of them."""

    name: str
    turn: Callable[[], Sample]


def quantile(values: Sequence[float], q: float) -> float:
    """The value below which the fraction `q` of `values` lies (type 7); 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median(samples: Sequence[Sample]) -> Sample:
    """Field by field."""
    return Sample(
        **{
            field.name: quantile([getattr(sample, field.name) for sample in samples], 0.5)
            for field in dataclasses.fields(Sample)
        }
    )


def take_turns(contenders: Sequence[Contender], rounds: int) -> list[Sample]:
    """The medians of `rounds` rounds, after one that does not count, in the contenders' order."""
    samples: list[list[Sample]] = [[] for _ in contenders]
    for number in range(rounds + 1):
        for place in range(len(contenders)):
            turn = (place + number) % len(contenders)
            show_progress(f"round {number} of {rounds}: {contenders[turn].name}")
            try:
                sample = contenders[turn].turn()
            except Unmeasured as error:
                raise Unmeasured(f"{contenders[turn].name}: {error}") from error
            # Round 0 fills caches, and makes what is made once.
            if number > 0:
                samples[turn].append(sample)
    show_progress("")
    return [median(of_one) for of_one in samples]


def show_progress(text: str) -> None:
    """One line on a terminal, overwritten by the next; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Crew:
    """Workers that make the same call again and again; `argv` starts one.

    A worker gets its number, the seconds to work, and "rate" or "latencies" as further arguments.
    It prints one line when it has opened its files, another after its first calls, waits for the
    end of its standard input, works, and prints what came of it as JSON.
    """

    argv: Sequence[str]
    env: dict[str, str]
    processes: int = 1
    seconds: float = 0.5
    latencies: bool = False

    def turn(self) -> Sample:
        """Lets the crew work.  The rate is that of all together, times are the slowest worker's."""
        reading, writing = os.pipe()
        workers: list[_Worker] = []
        try:
            for number in range(self.processes):
                kind = "latencies" if self.latencies else "rate"
                argv = [*self.argv, str(number), str(self.seconds), kind]
                workers.append(_Worker(argv, self.env, reading))
                # The first makes what all share.
                if number == 0:
                    workers[0].read_line()
            for worker in workers[1:]:
                worker.read_line()
            for worker in workers:
                worker.read_line()
            os.close(writing)  # Lets them all go.
            writing = -1
            return _sum_up([worker.result() for worker in workers])
        finally:
            os.close(reading)
            if writing >= 0:
                os.close(writing)
            for worker in workers:
                worker.end()


class _Worker:
    """A process of a crew.  What it says beside its results is shown if it fails."""

    def __init__(self, argv: Sequence[str], env: dict[str, str], start: int) -> None:
        self._name = argv[2]
        # A file, not a pipe: nobody reads it while the worker works.
        self._words = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            argv, env=env, stdin=start, stdout=subprocess.PIPE, stderr=self._words
        )

    def read_line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line.endswith(b"\n"):
            return line
        code = self._process.wait()
        self._words.seek(0)
        said = self._words.read().decode(errors="replace").strip()[-4000:]
        raise Unmeasured(f"worker {self._name!r} ended with {code} before it was done: {said}")

    def result(self) -> dict[str, float]:
        result: dict[str, float] = json.loads(self.read_line())
        return result

    def end(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
        try:
            # What it does after its result is closing its files.
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()


def _sum_up(results: Sequence[dict[str, float]]) -> Sample:
    calls = sum(result["calls"] for result in results)
    begin_ns = min(result["begin_ns"] for result in results)
    end_ns = max(result["end_ns"] for result in results)
    return Sample(
        value=calls * 1e9 / (end_ns - begin_ns),
        processor_us=max(result["processor_us"] for result in results),
        p50_us=max(result["p50_us"] for result in results),
        p99_us=max(result["p99_us"] for result in results),
        worst_us=max(result["worst_us"] for result in results),
    )

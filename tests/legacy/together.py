#!/usr/bin/env python3
"""The owner of an old file, a daemon and 16 readers work at once: nobody meets a lock.

    tests/legacy/together.py [--count SECONDS] [--seed N] [--dir DIR]
                             [--daybook PROGRAM] [--duckdb PYTHON]

The owner is a process with the Python package duckdb (of --duckdb) that opens the attached file,
writes runs and trials, and closes it, now at once, now after a second or two; another writer
emits runs to the log.  `daybook serve` publishes what comes.  Twelve readers ask `daybook runs` and
`daybook query`, four are DuckDB clients that open index/runs.duckdb.  Nobody may see an error; no
reader may see fewer runs than before; in the end all see all.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CREATED_MS = 1_769_126_400_000
CLIENTS = 4
QUESTIONS = 12
RUNS_A_TURN = 5
LOCK_WORDS = re.compile(r"could not set lock|conflicting lock|is locked|resource temporarily",
                        re.IGNORECASE)

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS optimizer;
CREATE TABLE IF NOT EXISTS optimizer.runs_d (run_id VARCHAR, run_type VARCHAR,
    created_at_ms BIGINT, config_json VARCHAR, data_fingerprint VARCHAR);
CREATE TABLE IF NOT EXISTS optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR,
    recorded_at_ms BIGINT, params_json VARCHAR, metrics_json VARCHAR);
"""


def own(path: str, seed: int) -> None:
    """The owner's life: each line that comes is a turn with the file, each answer its last run."""
    import duckdb

    draw = random.Random(seed)
    count = 0
    for _ in sys.stdin:
        connection = duckdb.connect()
        # A version that the program's own DuckDB reads, for a file that is made now.
        connection.execute(f"ATTACH '{path}' AS x (STORAGE_VERSION 'v1.2.0'); USE x; {SCHEMA}")
        for _ in range(RUNS_A_TURN):
            time_ms = CREATED_MS + count * 1000
            connection.execute(f"""
                INSERT INTO optimizer.runs_d
                    VALUES ('old{count}', 'policy', {time_ms}, '{{}}', 'f');
                INSERT INTO optimizer.trials_f SELECT 'old{count}', 't' || i, {time_ms} + i,
                    '{{}}', '{{"x":' || i || '}}' FROM range(20) t(i)""")
            count += 1
        time.sleep(draw.choice([0, 0, 0.1, 0.5, 1.5]))
        connection.execute("USE memory; DETACH x")
        connection.close()
        print(count, flush=True)


def ask_snapshot(path: str) -> None:
    """A DuckDB client's life: each line is a question, each answer how many runs there are."""
    import duckdb

    for _ in sys.stdin:
        with duckdb.connect(path, read_only=True) as connection:
            [count] = connection.execute("SELECT count(*) FROM latest_runs").fetchone()
        print(count, flush=True)


class Talker:
    """A process of this script in one of the roles above."""

    def __init__(self, python: str, *role: object):
        self.process = subprocess.Popen([python, "-B", __file__, *map(str, role)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def ask(self) -> int:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(self.process.stderr.read())
        return int(answer)

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.process.stderr.close()


class Together:
    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options = options
        self.draw = random.Random(options.seed)
        self.file = folder / "lab.duckdb"
        self.ledger = folder / "ledger"
        self.stop = threading.Event()
        self.failures = []
        self.figures = {"turns": 0, "questions": 0, "openings": 0, "emitted": 0, "older_copies": 0}
        self.mutex = threading.Lock()

    def count(self, figure: str, by: int = 1) -> None:
        with self.mutex:
            self.figures[figure] += by

    def daybook(self, *words: object, given: str = "") -> str:
        done = subprocess.run([self.options.daybook, *map(str, words), "--ledger", self.ledger],
                              input=given, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0 or LOCK_WORDS.search(done.stderr):
            raise RuntimeError(f"{words}: exit code {done.returncode}: {done.stderr}")
        if "the answers are those of the copy" in done.stderr:
            self.count("older_copies")
        return done.stdout

    def emit(self, number: int) -> None:
        event = {"run_id": f"new{number}", "event_type": "run.created", "run_type": "policy",
                 "config": {}, "data_fingerprint": "f"}
        self.daybook("emit", "--stdin", given=json.dumps(event) + "\n")
        self.count("emitted")

    def runs_by_question(self, number: int) -> int:
        if number % 2 == 0:
            return len(json.loads(self.daybook("runs", "--format", "json", "--limit", 0)))
        answer = self.daybook("query", "SELECT count(*) AS n FROM latest_runs", "--format", "json")
        return json.loads(answer)[0]["n"]

    def live(self, name: str, turn) -> None:
        """Calls `turn` until all are to stop; what it raises is a failure of the rig."""
        try:
            while not self.stop.is_set():
                turn()
        except Exception as error:  # whatever somebody meets is told
            self.failures.append(f"{name}: {error}")
            self.stop.set()

    def watch(self, name: str, ask, figure: str) -> threading.Thread:
        """A reader that never sees fewer runs than before."""
        seen = 0

        def turn() -> None:
            nonlocal seen
            count = ask()
            if count < seen:
                raise RuntimeError(f"saw {count} runs after {seen}")
            seen = count
            self.count(figure)

        return threading.Thread(target=self.live, args=(name, turn))

    def start_daemon(self, log: Path) -> subprocess.Popen:
        with log.open("w") as output:
            return subprocess.Popen(
                [self.options.daybook, "serve", "--no-http", "--interval", "1",
                 "--ledger", self.ledger], stdout=output, stderr=subprocess.STDOUT)

    def run(self, log: Path) -> None:
        owner = Talker(self.options.duckdb, "--own", self.file, self.options.seed)
        written = owner.ask()
        self.emit(0)
        self.daybook("legacy", "attach", self.file)
        self.daybook("index")
        daemon = self.start_daemon(log)
        clients = [Talker(self.options.duckdb, "--ask", self.ledger / "index" / "runs.duckdb")
                   for _ in range(CLIENTS)]
        threads = [self.watch(f"reader {n}", lambda n=n: self.runs_by_question(n), "questions")
                   for n in range(QUESTIONS)]
        threads += [self.watch(f"client {n}", client.ask, "openings")
                    for n, client in enumerate(clients)]

        def own_turn() -> None:
            nonlocal written
            written = owner.ask()
            self.count("turns")
            time.sleep(self.draw.choice([0, 0.05, 0.3]))

        def emit_turn() -> None:
            self.emit(self.figures["emitted"])
            time.sleep(0.05)

        threads += [threading.Thread(target=self.live, args=("owner", own_turn)),
                    threading.Thread(target=self.live, args=("emitter", emit_turn))]
        for thread in threads:
            thread.start()
        self.stop.wait(self.options.count)
        self.stop.set()
        for thread in threads:
            thread.join()
        for talker in [owner, *clients]:
            talker.end()
        if not self.failures:
            self.expect_all(written + self.figures["emitted"])
        self.end_daemon(daemon, log)

    def expect_all(self, runs: int) -> None:
        # A question may leave a file that takes long to read, as it may here, to others.
        self.daybook("index")
        for number in range(2):
            found = self.runs_by_question(number)
            if found != runs:
                self.failures.append(f"in the end: {found} runs of {runs}")
        client = Talker(self.options.duckdb, "--ask", self.ledger / "index" / "runs.duckdb")
        until = time.monotonic() + 60
        while (found := client.ask()) != runs and time.monotonic() < until:
            time.sleep(0.1)
        if found != runs:
            self.failures.append(f"the daemon has published {found} runs of {runs}")
        client.end()

    def end_daemon(self, daemon: subprocess.Popen, log: Path) -> None:
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(timeout=60)
        text = log.read_text()
        bad = [line for line in text.splitlines() if LOCK_WORDS.search(line) or "error" in line]
        if code != 0 or bad:
            self.failures.append(f"serve ended with {code}; " + "\n".join(bad or [text[-2000:]]))


def main() -> int:
    if sys.argv[1:2] == ["--own"]:
        own(sys.argv[2], int(sys.argv[3]))
        return 0
    if sys.argv[1:2] == ["--ask"]:
        ask_snapshot(sys.argv[2])
        return 0
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=120, help="seconds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--case", type=int, help="there is one")
    parser.add_argument("--dir", help="where the files go")
    parser.add_argument("--daybook", default=str(ROOT / "build" / "dev" / "daybook"))
    parser.add_argument("--duckdb", help="a Python with the package duckdb",
                        default=str(ROOT / "tools" / "deps" / "venv" / "bin" / "python"))
    options = parser.parse_args()
    os.environ.pop("DAYBOOK_LEDGER", None)
    with tempfile.TemporaryDirectory(prefix="daybook-together-", dir=options.dir) as folder:
        rig = Together(options, Path(folder))
        began = time.monotonic()
        rig.run(Path(folder) / "serve.log")
    for failure in rig.failures:
        print(f"legacy: {failure}", file=sys.stderr)
    if rig.failures:
        print(f"  tools/rig legacy --seed {options.seed} --count {options.count}", file=sys.stderr)
    figures = ", ".join(f"{name} {value}" for name, value in rig.figures.items())
    word = "FAILED" if rig.failures else "passed"
    print(f"legacy: {word}, {time.monotonic() - began:.0f} s, seed {options.seed}: {figures}")
    return 1 if rig.failures else 0


if __name__ == "__main__":
    sys.exit(main())

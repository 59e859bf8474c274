"""What the tests of attached files share: DuckDB files whose owners are processes of their own."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
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
            elif what == "checkpoint":
                # Commits go on meanwhile.
                import threading
                cursor = connection.cursor()
                cursor.execute("USE x")
                thread = threading.Thread(target=cursor.execute, args=("CHECKPOINT",))
                thread.start()
                while thread.is_alive():
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

    def ask(self, what: str, rest: object = "") -> None:
        text = str(rest).replace("\n", "\x1f")
        self.process.stdin.write(f"{what} {text}\n")
        self.process.stdin.flush()

    def tell(self, what: str, rest: object = "") -> str:
        self.ask(what, rest)
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


class AttachedTest(unittest.TestCase):
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


def main(description: str) -> None:
    global arguments
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", type=Path, required=True)
    parser.add_argument("--modules", type=Path, required=True)
    parser.add_argument("--newer", type=Path, required=True)
    arguments, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)

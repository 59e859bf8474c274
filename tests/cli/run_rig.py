"""What tests of `daybook run` share: a directory, a ledger in it, and the program."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PATIENCE_S = 60


def daybook_program():
    """The program of `--daybook PROGRAM`, which unittest is not to see."""
    at = sys.argv.index("--daybook")
    program = os.path.abspath(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return program


DAYBOOK = daybook_program()


def wait_for(condition, what):
    """Waits until `condition` holds and returns what it gave."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


class RunRig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        self.env = {"PATH": os.environ["PATH"], "HOME": folder.name, "TZ": "UTC"}
        self.env["DAYBOOK_LEDGER"] = str(self.dir / "ledger")

    def start(self, *words, **options):
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([DAYBOOK, *words], cwd=self.dir, env=self.env, **options)

    def run_daybook(self, *words, **options):
        process = self.start(*words, **options)
        self.out, self.err = process.communicate(timeout=PATIENCE_S)
        return process.returncode

    def answer(self, *words):
        code = self.run_daybook(*words, "--format", "json")
        self.assertEqual(code, 0, self.err)
        return json.loads(self.out)

    def show(self, run="@latest"):
        return self.answer("show", run)

    def events(self, kind):
        self.run_daybook("tail", "-n", "1000", "--json")
        events = [json.loads(line) for line in self.out.splitlines()]
        return [event for event in events if event["event_type"] == kind]

    def pid_in(self, name):
        path = self.dir / name
        return int(wait_for(lambda: path.exists() and path.read_text().strip(), name))

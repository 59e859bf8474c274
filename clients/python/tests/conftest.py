"""What the tests share: real ledgers, read back from their files and by the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# The build's program; DAYBOOK_PROGRAM where the tests are started by hand.
PROGRAM = os.environ.get("DAYBOOK_PROGRAM", "daybook")


class LedgerReader:
    """A ledger's directory, and what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def events(self, *types: str) -> list[dict[str, Any]]:
        """All events in the order of their files and lines; of these types if any are named."""
        found = []
        for part in sorted(self.path.glob("events/day=*/part-*.jsonl")):
            for line in part.read_text(encoding="utf-8").split("\n")[:-1]:
                event = json.loads(line)
                if not types or event["event_type"] in types:
                    found.append(event)
        return found

    def one(self, event_type: str) -> dict[str, Any]:
        events = self.events(event_type)
        assert len(events) == 1, [event["event_type"] for event in self.events()]
        return events[0]

    def types(self) -> list[str]:
        return [event["event_type"] for event in self.events()]

    def query(self, sql: str) -> list[dict[str, Any]]:
        command = [PROGRAM, "query", sql, "--format", "ndjson", "--ledger", str(self.path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test meets the ledger, or the run, of whoever started it."""
    for name in ("DAYBOOK_LEDGER", "DAYBOOK_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerReader]:
    yield LedgerReader(tmp_path / "ledger")


class Script:
    """Runs a piece of Python in a process of its own, with LEDGER as the ledger's path."""

    def __init__(self, ledger: LedgerReader) -> None:
        self.ledger = ledger
        self.count = 0

    def command(self, text: str) -> list[str]:
        head = f"import daybook, os, sys, time\nLEDGER = {str(self.ledger.path)!r}\n"
        self.count += 1
        path = self.ledger.path.parent / f"script_{self.count}.py"
        path.write_text(head + textwrap.dedent(text))
        # Python 3.12 and later warn of every fork() of a process with threads.
        return [sys.executable, "-W", "ignore::DeprecationWarning", str(path)]

    def run(self, text: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(text), capture_output=True, text=True, timeout=120, check=False, **more
        )

    def run_mounted(
        self, mount: str, text: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """The same after a shell command in a mount namespace of its own."""
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        shell = ["sh", "-c", f'{mount} && exec "$@"', "_"]
        command = [*unshare, *shell, *self.command(text), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def start(self, text: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(text),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )


@pytest.fixture
def script(ledger: LedgerReader) -> Script:
    return Script(ledger)

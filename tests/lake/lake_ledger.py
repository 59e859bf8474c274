"""A ledger with archived days, what is known of it, and the guide's blocks to be run on it."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "guide" / "lake.md"

FIRST_MS = 1_768_953_600_000  # 2026-01-21
DAY_MS = 86_400_000
DAYS = 3
TRIALS = 40
# Text that is JSON, and that a reader who takes bytes for Latin-1 would spoil.
LABEL = "μ-Größe \"x\" \\ \U0001f4c8"


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of `language` below the guide's heading, down to the next one."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", GUIDE.read_text(), re.M | re.S)
    assert section, heading
    found = re.findall(rf"^```{language}\n(.*?)^```$", section[1], re.M | re.S)
    assert found, (heading, language)
    return found


class LakeLedger:
    """Three archived days with a run each, a day that is not archived, a line that is no event."""

    def __init__(self, root: Path, daybook: str):
        self.root = root
        self.daybook = daybook
        self.events: list[dict] = []
        self.archived: list[dict] = []
        for day in range(DAYS):
            self.archived += self.emit_run(f"run-{day}", FIRST_MS + day * DAY_MS)
        # A foreign tool's line that is no text, and one of its own that is torn.
        part = root / "events" / "day=2026-01-22" / "part-000001.jsonl"
        with part.open("ab") as out:
            out.write(b'{"event_type":"bad \xff\xfe"}\nnot an event\n{"torn":')
        self.run("seal")
        self.run("archive", "--older-than", "1d")
        self.emit_run("run-now", None)
        self.run("index")

    def run(self, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run([self.daybook, *arguments, "--ledger", str(self.root)], input=stdin,
                              capture_output=True, text=True)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)

    def emit_run(self, run: str, first_ms: "int | None") -> list[dict]:
        made = [{"event_type": "run.started"}]
        made += [{"event_type": "trial.recorded", "trial_id": f"t{i}", "params": {"label": LABEL},
                  "metrics": {"sharpe": sharpe(run, i)}} for i in range(TRIALS)]
        made += [{"event_type": "run.completed", "summary": {}, "artifact_paths": {}}]
        for number, event in enumerate(made):
            event["run_id"] = run
            if first_ms is not None:
                event["timestamp_ms"] = first_ms + number * 1000
        lines = "".join(json.dumps(event) + "\n" for event in made)
        self.run("emit", "--stdin", stdin=lines)
        self.events += made
        return made


def sharpe(run: str, number: int) -> float:
    return ((number * 37 + len(run) * 11 + ord(run[-1]) * 7) % 1000) / 64


def count_by_type(events: list[dict]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for event in events:
        counts[event["event_type"]] = counts.get(event["event_type"], 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def best_trials(events: list[dict]) -> list[tuple[str, str, float]]:
    trials = [(e["run_id"], e["trial_id"], e["metrics"]["sharpe"])
              for e in events if e["event_type"] == "trial.recorded"]
    return sorted(trials, key=lambda trial: (-trial[2], trial[0], trial[1]))[:5]

"""The table of figures, and whether each keeps what is promised of it: as bench/report.h."""

from __future__ import annotations

import json
from dataclasses import dataclass

ROW = "{:<44}{:<9}{:>15}  {:<38}{:>15}{:>11}  {:<16}{}"
WHOLE_UNITS = ("/s", "MB", "")


@dataclass(frozen=True)
class Target:
    """What is promised of the measured value itself, or of its ratio to the peer's."""

    of: str  # "value" or "ratio"
    bound: str  # ">=" or "<="
    limit: float


def at_least(limit: float) -> Target:
    return Target("value", ">=", limit)


def at_most(limit: float) -> Target:
    return Target("value", "<=", limit)


def ratio_at_least(limit: float) -> Target:
    return Target("ratio", ">=", limit)


def ratio_at_most(limit: float) -> Target:
    return Target("ratio", "<=", limit)


@dataclass(frozen=True)
class Figure:
    """A row.  The durabilities say what the two calls promise when they return."""

    what: str
    value: float
    unit: str  # "/s", "us", "ms"
    durability: str = ""
    peer: str = ""
    peer_value: float = 0
    peer_durability: str = ""
    target: Target | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.peer_value if self.peer_value else 0

    @property
    def is_met(self) -> bool:
        """True if there is no target."""
        if self.target is None:
            return True
        measured = self.ratio if self.target.of == "ratio" else self.value
        if self.target.bound == ">=":
            return measured >= self.target.limit
        return measured <= self.target.limit

    def row(self) -> str:
        peer = f"{self.peer} ({self.peer_durability})" if self.peer_durability else self.peer
        return ROW.format(
            self.what,
            self.durability,
            shown(self.value, self.unit),
            peer,
            shown(self.peer_value, self.unit) if self.peer else "",
            f"{self.ratio:,.2f} x" if self.peer else "",
            self._shown_target(),
            "" if self.target is None else "ok" if self.is_met else "MISSED",
        ).rstrip()

    def document(self) -> dict[str, object]:
        """The figure as daybook_bench prints it with --format json."""
        document: dict[str, object] = {
            "figure": self.what,
            "durability": self.durability,
            "value": self.value,
            "unit": self.unit,
        }
        if self.peer:
            document["peer"] = self.peer
            document["peer_durability"] = self.peer_durability
            document["peer_value"] = self.peer_value
            document["ratio"] = self.ratio
        if self.target is not None:
            document["target"] = {**vars(self.target), "met": self.is_met}
        return document

    def _shown_target(self) -> str:
        if self.target is None:
            return ""
        limit = self.target.limit
        if self.target.of == "value":
            return f"{self.target.bound} {shown(limit, self.unit)}"
        return f"{self.target.bound} {limit:g} x"


def shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if unit in WHOLE_UNITS else f"{value:.2f} {unit}"


class Report:
    """Prints rows as they come, or one document at the end."""

    def __init__(self, form: str) -> None:
        self._is_table = form == "table"
        self._conditions = ""
        self._figures: list[Figure] = []
        self._notes: list[str] = []

    def begin(self, conditions: str) -> None:
        """Says what is measured where, and prints the table's head."""
        self._conditions = conditions
        if self._is_table:
            head = ROW.format("figure", "class", "measured", "beside", "", "ratio", "target", "")
            print(f"{conditions}\n\n{head.rstrip()}", flush=True)

    def add(self, figure: Figure) -> None:
        self._figures.append(figure)
        if self._is_table:
            print(figure.row(), flush=True)

    def add_note(self, note: str) -> None:
        """Says what a row cannot."""
        self._notes.append(note)
        if self._is_table:
            print(f"  {note}", flush=True)

    def finish(self) -> bool:
        """Prints the last line, or the whole document.  True if no target was missed."""
        targets = [figure for figure in self._figures if figure.target is not None]
        met = sum(figure.is_met for figure in targets)
        if self._is_table:
            print(f"\n{met} of {len(targets)} targets met")
        else:
            document = {
                "conditions": self._conditions,
                "targets": len(targets),
                "met": met,
                "notes": self._notes,
                "figures": [figure.document() for figure in self._figures],
            }
            print(json.dumps(document, indent=2))
        return met == len(targets)

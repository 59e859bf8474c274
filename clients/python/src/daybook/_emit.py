"""One event given as its fields: what the functions of `daybook.events` share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, Optional, Union

from daybook import _life

PathName = Union[str, "os.PathLike[str]"]
Durability = Optional[Literal["buffered", "process", "power"]]


def emit(
    event_type: str,
    run_id: str,
    fields: dict[str, Any],
    event_id: str | None,
    timestamp_ms: int | None,
    extra: Mapping[str, Any] | None,
    ledger: PathName | None,
    durability: Durability,
    strict: bool,
) -> str | None:
    """Appends the event, without the fields that are None, and returns its id."""
    event: dict[str, Any] = {
        "event_type": event_type,
        "event_id": event_id,
        "timestamp_ms": timestamp_ms,
        "run_id": run_id,
    }
    event.update(fields)
    event = {name: value for name, value in event.items() if value is not None}
    if extra:
        event.update(extra)
    return _life.open_ledger(ledger, strict).emit(event, durability)

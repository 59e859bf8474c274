"""The trials that all contenders record, in every language the same: 4 parameters, 5 metrics."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

# So many have different values, and so many an id of their own.
COUNT = 1024
IDS = 128 * COUNT


def write_trials(path: Path) -> None:
    """Writes them as a JSON array of {"params", "metrics"}, which workers read before the clock."""
    source = random.Random(6)
    trials = [
        {
            "params": {
                "stop": source.randrange(1, 40) / 200,
                "take_profit": source.randrange(1, 100) / 20,
                "trail": source.randrange(1, 40) / 200,
                "lookback_bars": source.randrange(5, 500),
            },
            # What divisions and logarithms leave: as many digits as a double has.
            "metrics": {
                "sharpe": source.gauss(0.5, 1),
                "return_bps": source.gauss(120, 300),
                "drawdown_bps": -source.expovariate(1 / 400),
                "win_rate": source.random(),
                "trades": source.randrange(20, 4000),
            },
        }
        for _ in range(COUNT)
    ]
    path.write_text(json.dumps(trials))


def read_trials(path: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """An endless stream of (id, parameters, metrics) that costs a caller next to nothing."""
    trials = json.loads(Path(path).read_text())
    ready = [
        (f"trial_{number:07}", trials[number % COUNT]["params"], trials[number % COUNT]["metrics"])
        for number in range(IDS)
    ]
    return cycle(ready)

#!/usr/bin/env python3
"""Makes the tables from the log: `daybook index` under the name of the script before it.

    tools/ledger/rebuild_index.py --db data/ledger/index/runs.duckdb --since-date 2026-01-23
    tools/ledger/rebuild_index.py --full-rebuild

`--db LEDGER/index/runs.duckdb` names the ledger by its snapshot; another file gets a copy.
"""

import sys

import daybook_program

if __name__ == "__main__":
    daybook_program.become("index", *daybook_program.without_published(sys.argv[1:]))

#!/usr/bin/env python3
"""Keeps the tables up to date: `daybook serve` under the name of the script before it.

    tools/ledger/index_daemon.py --interval 30 --verbose

`--db LEDGER/index/runs.duckdb` names the ledger by its snapshot.  Nothing listens on a port, as
before; `daybook serve` has an interface over HTTP.
"""

import sys

import daybook_program


def arguments():
    """Those of the daemon; another file than the ledger's own snapshot it does not publish."""
    given = daybook_program.without_published(sys.argv[1:])
    if "--db" in given:
        other = given[given.index("--db") + 1]
        print(
            f"index_daemon.py: --db: found {other}, expected LEDGER/index/runs.duckdb; a copy"
            " elsewhere is made by rebuild_index.py --db",
            file=sys.stderr,
        )
        sys.exit(2)
    return given


if __name__ == "__main__":
    daybook_program.become("serve", "--no-http", *arguments())

#!/usr/bin/env python3
"""Appends an event: `daybook emit` under the name and with the flags of the script before it.

    tools/ledger/emit_event.py --event-type run.started --run-id r1

Prints {"success":true,"event_id":…} or {"success":false,"error":…} and exits with 0 or 1.
"""

import sys

import daybook_program

if __name__ == "__main__":
    daybook_program.become("emit", *sys.argv[1:])

"""Appends the event in its argument list to a file: what a process each event comes to."""

import json
import sys

path, text = sys.argv[1:]
event = json.loads(text)
with open(path, "a", encoding="utf-8") as file:
    file.write(json.dumps(event) + "\n")

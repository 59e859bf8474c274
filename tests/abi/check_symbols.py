#!/usr/bin/env python3
"""Checks what libdaybook.so exports against the recorded list, and what it needs.

    check_symbols.py libdaybook.so libdaybook.symbols

Functions are added, never removed; no C++ symbol and no other library's is to be seen; neither
DuckDB nor an HTTP library is needed.
"""
import subprocess
import sys
from pathlib import Path


def exported(library: str) -> set[str]:
    lines = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=posix", library],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    # "daybook_version@@DAYBOOK_1"; the version itself is a symbol too.
    names = {line.split()[0].split("@")[0] for line in lines}
    return names - {"DAYBOOK_1"}


def needed(library: str) -> list[str]:
    text = subprocess.run(["readelf", "--dynamic", "--wide", library], check=True,
                          capture_output=True, text=True).stdout
    return [line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line]


def main(library: str, record: str) -> int:
    recorded = set(Path(record).read_text().split())
    found = exported(library)
    problems = [f"{name} is gone: programs that use it break" for name in recorded - found]
    problems += [f"{name} is exported and not recorded: add it to {record}, or hide it"
                 for name in found - recorded]
    problems += [f"it needs {name}" for name in needed(library)
                 if any(part in name for part in ("duckdb", "http", "curl"))]
    for problem in sorted(problems):
        print(f"{library}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

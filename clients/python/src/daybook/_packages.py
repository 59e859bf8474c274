"""Which packages are installed, and in which version.

Read from the names of the folders of the metadata: that takes a millisecond, and reading the
metadata itself a hundred, during which the program that records would wait for the interpreter.
"""

from __future__ import annotations

import os
import sys


def installed() -> dict[str, str]:
    """Name, as on PyPI, to version; of two of a name the one that is imported."""
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:  # A zip file, or nothing: neither has packages that were installed.
            continue
        for entry in entries:
            stem, dot, suffix = entry.rpartition(".")
            if dot and suffix in ("dist-info", "egg-info") and "-" in stem:
                name, version = stem.split("-")[:2]
                found.setdefault(name.replace("_", "-").lower(), version)
    return dict(sorted(found.items()))

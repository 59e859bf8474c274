"""What the scripts beside this file share: they become the `daybook` program.

No package needs to be installed.  The program is the one that DAYBOOK_PROGRAM names, else a build
of this repository, else the one on the PATH.
"""

import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find():
    """The program's path; ends this one with a message if there is none."""
    named = os.environ.get("DAYBOOK_PROGRAM")
    built = [os.path.join(ROOT, "build", preset, "daybook") for preset in ("release", "dev")]
    for path in [named] if named else [*built, shutil.which("daybook")]:
        if path and os.access(path, os.X_OK):
            return path
    tried = named or f"{', '.join(built)}, and the PATH"
    script = os.path.basename(sys.argv[0])
    print(
        f"{script}: the daybook program is not there: looked for {tried}; run 'make build', install"
        " daybook-ledger, or set DAYBOOK_PROGRAM to its path",
        file=sys.stderr,
    )
    sys.exit(1)


def without_published(arguments):
    """`--db LEDGER/index/runs.duckdb`, the ledger's own snapshot, as `--ledger LEDGER`."""
    kept = []
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if flag != "--db":
            kept.append(argument)
            continue
        value = value if equals else next(rest, "")
        folder, name = os.path.split(value)
        if (os.path.basename(folder), name) == ("index", "runs.duckdb"):
            kept += ["--ledger", os.path.dirname(folder) or "."]
        else:
            kept += ["--db", value]
    return kept


def become(*arguments):
    """Runs the program in this process's place: output and exit code are its own."""
    path = find()
    try:
        os.execv(path, [path, *arguments])
    except OSError as error:
        print(f"run {path}: {error.strerror}", file=sys.stderr)
        sys.exit(1)

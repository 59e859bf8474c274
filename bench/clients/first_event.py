"""A fresh process's first event: prints the milliseconds from the end of the import until then.

    first_event.py daybook DIRECTORY     a run is started there, as programs start one
    first_event.py raw DIRECTORY         the raw limit: a new file, it and its name synced
"""

import os
import sys
import time


def main() -> None:
    contender, directory = sys.argv[1:]
    if contender == "daybook":
        import daybook

        begin = time.perf_counter()
        run = daybook.start_run("bench", {"stop": 0.05}, ledger=directory)
        taken = time.perf_counter() - begin
        stats = run.stats()
        if stats["failures"]:
            sys.exit(f"daybook could not record: {stats}")
    else:
        os.mkdir(directory)
        begin = time.perf_counter()
        file = os.open(f"{directory}/first", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(file, b"{}\n" * 100)
        os.fdatasync(file)
        names = os.open(directory, os.O_RDONLY)
        os.fsync(names)
        taken = time.perf_counter() - begin
    print(taken * 1e3)


main()

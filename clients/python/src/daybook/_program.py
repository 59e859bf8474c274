"""The `daybook` program: where it is, running it, and the console script that becomes it."""

from __future__ import annotations

import os
import shutil
import sys

from daybook._errors import Error, NotFound, error_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def program() -> str:
    """DAYBOOK_PROGRAM, else the program that the package carries, else that of the PATH."""
    named = os.environ.get("DAYBOOK_PROGRAM")
    if named:
        return named
    inside = os.path.join(os.path.dirname(__file__), "bin", "daybook")
    if os.access(inside, os.X_OK):
        return inside
    found = shutil.which("daybook")
    # The console script of this very package would find itself.
    if found is not None and not _is_script(found):
        return found
    raise NotFound(
        f"run daybook: it is neither {inside} nor on the PATH; install the wheel, or set"
        " DAYBOOK_PROGRAM to the program"
    )


def _is_script(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def run(arguments: Sequence[str], text: str | None = None) -> str:
    """Runs the program to its end, `text` on its standard input, and returns its output.

    Raises daybook.Error if it fails; what it has to say beside its output is told otherwise.
    """
    import subprocess

    path = program()
    given = None if text is None else text.encode()
    try:
        result = subprocess.run([path, *arguments], input=given, capture_output=True, check=False)
    except OSError as error:
        raise NotFound(f"run {path}: {error.strerror}") from error
    said = result.stderr.decode(errors="backslashreplace").strip()
    if result.returncode != 0:
        # What it had to say before is no part of the error.
        message = said.rpartition("daybook: error: ")[2]
        code = _code_of(result.returncode, message)
        raise error_of(code, message or f"{path} ended with {result.returncode}")
    if said and sys.stderr is not None:
        print(said, file=sys.stderr)
    return result.stdout.decode()


def _code_of(status: int, message: str) -> str:
    if message.startswith(("find the ledger: ", "open the ledger ")) and status == 2:
        return "not_found"
    # What DuckDB says of a statement that is wrong.
    is_wrong = message.startswith(("Parser Error", "Binder Error", "Catalog Error"))
    return "invalid_argument" if status == 2 or is_wrong else "internal"


def ledger_flags(ledger: str | os.PathLike[str] | None) -> list[str]:
    """The flag that names a ledger; none: the program's own default."""
    return [] if ledger is None else ["--ledger", os.fspath(ledger)]


def main() -> NoReturn:
    """Becomes the program: what the console script `daybook` does."""
    try:
        path = program()
        os.execv(path, [path, *sys.argv[1:]])
    except (Error, OSError) as error:
        print(f"daybook: {error}", file=sys.stderr)
    sys.exit(1)

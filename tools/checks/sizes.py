"""Lines, functions and files that fit a reader's screen and head."""

import re
from collections.abc import Iterator

from . import cpp
from .tree import File, Finding, Tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

_SOURCES = (".h", ".cc", ".py", ".cmake", ".sh", "CMakeLists.txt", "Makefile", "tools/bootstrap")


def check(tree: Tree) -> Iterator[Finding]:
    for file in tree.files.values():
        if not file.path.endswith(_SOURCES) or file.is_generated:
            continue
        count = len(file.lines) - 1
        if count > FILE_LINES_MAX:
            yield Finding(file.path, 0, "file-size", f"{count} lines, over {FILE_LINES_MAX}")
        for number, line in enumerate(file.lines, start=1):
            if len(line) > COLUMNS_MAX and not _is_test_data(file, number):
                message = f"{len(line)} columns, over {COLUMNS_MAX}"
                yield Finding(file.path, number, "columns", message)
        if file.is_cpp:
            for function in cpp.functions(file.code):
                lines = function.last_line - function.first_line + 1
                if lines > FUNCTION_LINES_MAX:
                    message = f"a function of {lines} lines, over {FUNCTION_LINES_MAX}"
                    yield Finding(file.path, function.first_line, "function-size", message)


def _is_test_data(file: File, number: int) -> bool:
    """Whether a line of a test would fit but for its literals: data is best seen whole."""
    if not (file.is_cpp and file.is_test):
        return False
    code = file.code_lines[number - 1]
    return len(re.sub(r'" *"', '""', code).rstrip()) <= COLUMNS_MAX

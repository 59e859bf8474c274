"""As much of C++ as the rules need: code without comments and literals, includes, functions."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment> //[^\n]* | /\*.*?\*/ )
  | R"(?P<fence>[^\s()\\]{0,16})\((?P<raw>.*?)\)(?P=fence)"
  | "(?P<string> (?:[^"\\\n]|\\.)* )"
  | (?<![0-9A-Fa-f])'(?P<char> (?:[^'\\\n]|\\.)+ )'
    """,
    re.VERBOSE | re.DOTALL,
)

_INCLUDE = re.compile(r'[ \t]*#[ \t]*include\s*(<[^>]+>|"[^"]+")')


def _blank(match: re.Match[str]) -> str:
    # An include's name looks like a string, but the rules want to see it.
    start = match.string.rfind("\n", 0, match.start()) + 1
    if _INCLUDE.match(match.string, start):
        return match.group() if match["comment"] is None else " "
    text = match.group()
    blank = re.sub(r"[^\n]", " ", text)
    if match["comment"] is not None:
        return blank
    quote = min(text.find(mark) for mark in "\"'" if mark in text)
    return blank[:quote] + text[quote] + blank[quote + 1 : -1] + text[-1]


def strip(text: str) -> str:
    """`text` with comments and the contents of literals blanked; lines keep their numbers."""
    return _TOKEN.sub(_blank, text)


class Include(NamedTuple):
    line: int
    name: str
    quoted: bool


def includes(code_lines: list[str]) -> Iterator[Include]:
    for number, line in enumerate(code_lines, start=1):
        if match := _INCLUDE.match(line):
            yield Include(number, match[1][1:-1], match[1][0] == '"')


class Function(NamedTuple):
    first_line: int
    last_line: int


# What may stand before a "{" that opens neither a function nor anything inside one.
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b(?![^()]*\))")


def functions(code: str) -> Iterator[Function]:
    """The outermost functions: a "{" after a parameter list, outside any other function."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", _keep_newlines, code, flags=re.MULTILINE)
    depth, opened_at, head_start, first_line, line = 0, 0, 0, 0, 1
    for position, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            head = code[head_start:position]
            if not opened_at and "(" in head and not _SCOPE.search(head):
                opened_at = depth + 1
                first_line = line - head.lstrip().count("\n")
            depth += 1
        elif char == "}":
            if opened_at == depth:
                yield Function(first_line, line)
                opened_at = 0
            depth -= 1
        if char in ";{}":
            head_start = position + 1


def _keep_newlines(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")

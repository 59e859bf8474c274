#!/usr/bin/env python3
"""Runs transcripts: what is typed, and what the program answers.

    tests/cli/run_transcripts.py --daybook build/dev/daybook tests/cli/*.transcript

A transcript is a text file:

    # A comment, up to the first command or between two of them.
    $ daybook version
    daybook [..]
    $ daybook runs --status nonsense
    daybook: error: [..]
    ? 2

Lines after a command are what it prints, standard output and error together, in the order in
which they come; blank lines at its end do not count.  `[..]` stands for any text within a line, a
line that is only `...` for any number of lines.  `? N` is the exit code; none means 0.  Lines
`| text` right below a command continue it (a here document, a loop).  $TMP and $REPO stand for the
working directory and the repository.

Each transcript runs in a directory of its own, under bash with `pipefail`, its commands one after
the other in one shell, so that variables and files stay.  The environment is bare: no
DAYBOOK_LEDGER, UTC, a fixed locale.  `--update` writes what was printed into the transcripts
(wildcards that still match are kept): read the difference before you commit it.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SENTINEL = "@@end-of-command@@"
TIMEOUT_S = 120


@dataclass
class Step:
    line: int  # of its `$`, from 1
    command: str
    before: list[str]  # comments and blank lines above it, as they stand
    expected: list[str] = field(default_factory=list)
    exit_code: int = 0


def parse(text: str) -> tuple[list[Step], list[str]]:
    """The steps of a transcript, and the lines after the last one."""
    steps: list[Step] = []
    before: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(("$ ", "#")) and steps and not before:
            # Blank lines at the end of what is printed only set the next command apart.
            while steps[-1].expected and not steps[-1].expected[-1]:
                before.append(steps[-1].expected.pop())
        if line.startswith("$ "):
            steps.append(Step(number, line[2:], before))
            before = []
        elif line.startswith("#") or before or not steps:
            if line and not line.startswith("#"):
                raise ValueError(f"line {number}: output without a command")
            before.append(line)
        elif line.startswith("|") and not steps[-1].expected:
            steps[-1].command += "\n" + line[2:]
        elif match := re.fullmatch(r"\? (\d+)", line):
            steps[-1].exit_code = int(match[1])
        else:
            steps[-1].expected.append(line)
    while steps and steps[-1].expected and not steps[-1].expected[-1]:
        steps[-1].expected.pop()
    return steps, before


def line_pattern(line: str, directory: str) -> re.Pattern[str]:
    line = line.replace("$TMP", directory).replace("$REPO", str(REPOSITORY))
    pieces = [re.escape(p) for p in line.split("[..]")]
    return re.compile(".*".join(pieces))


def console_blocks(markdown: str) -> str:
    """The ```console blocks of a page, as one transcript whose line numbers are the page's."""
    lines = []
    inside = False
    for line in markdown.splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        if fence:
            inside = line == "```console"
    return "\n".join(lines)


def shape(line: str) -> str:
    """The line without what differs from run to run."""
    line = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", line)
    return re.sub(r" {2,}|-{2,}", "  ", re.sub(r"\d+", "#", line)).rstrip()


def matches(expected: list[str], actual: list[str], directory: str) -> bool:
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[n:], directory) for n in range(len(actual) + 1))
    if not actual or not line_pattern(expected[0], directory).fullmatch(actual[0]):
        return False
    return matches(expected[1:], actual[1:], directory)


def merged(expected: list[str], actual: list[str], directory: str) -> list[str]:
    """`actual`, keeping lines of `expected` that still match it."""
    wild = [line for line in expected if "[..]" in line]
    result = []
    for line in actual:
        kept = next((w for w in wild if line_pattern(w, directory).fullmatch(line)), None)
        named = line.replace(directory, "$TMP").replace(str(REPOSITORY), "$REPO")
        result.append(kept if kept is not None else named)
    return result


class Shell:
    """One bash that runs the commands of a transcript."""

    def __init__(self, directory: str, daybook: Path):
        environment = {
            "PATH": f"{daybook.parent}:{os.environ['PATH']}",
            "HOME": directory,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "USER": "tester",
            "REPO": str(REPOSITORY),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LLVM_PROFILE_FILE"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-s"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=environment,
        )
        self._process.stdin.write(b"set -o pipefail\n")

    def run(self, command: str) -> tuple[list[str], int]:
        """What the command printed, and its exit code."""
        # The command must not eat the script that follows it, hence its empty standard input.
        script = f"{{ {command}\n}} </dev/null\nprintf '\\n{SENTINEL} %d\\n' $?\n"
        self._process.stdin.write(script.encode())
        self._process.stdin.flush()
        output = b""
        while not (match := re.search(rb"\n" + SENTINEL.encode() + rb" (\d+)\n$", output)):
            piece = self._process.stdout.readline()
            if not piece:
                raise ValueError("the shell ended: " + output.decode(errors="backslashreplace"))
            output += piece
        text = output[: match.start()].decode(errors="backslashreplace")
        lines = text.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        return lines, int(match[1])

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def report(path: Path, step: Step, lines: list[str], code: int, directory: str) -> None:
    print(f"{path}:{step.line}: $ {step.command}")
    for line in step.expected:
        print(f"    expected: {line}")
    for line in lines:
        print(f"    printed:  {line.replace(directory, '$TMP')}")
    if code != step.exit_code:
        print(f"    exit code {code}, expected {step.exit_code}")


def run_transcript(path: Path, daybook: Path, update: bool) -> int:
    """Runs one file; returns the number of steps that went otherwise than it says."""
    is_page = path.suffix == ".md"
    steps, after = parse(console_blocks(path.read_text()) if is_page else path.read_text())
    failures = 0
    rewritten: list[str] = []
    with tempfile.TemporaryDirectory(prefix="daybook-cli-") as directory:
        directory = os.path.realpath(directory)
        shell = Shell(directory, daybook)
        try:
            for step in steps:
                lines, code = shell.run(step.command)
                if is_page:
                    good = [shape(e) for e in step.expected] == [shape(g) for g in lines]
                else:
                    good = matches(step.expected, lines, directory)
                good = good and code == step.exit_code
                if not good:
                    failures += 1
                    if not update:
                        report(path, step, lines, code, directory)
                expected = step.expected if good else merged(step.expected, lines, directory)
                first, *more = step.command.split("\n")
                rewritten += step.before + [f"$ {first}"]
                rewritten += [f"| {line}".rstrip() for line in more] + expected
                if code != 0:
                    rewritten.append(f"? {code}")
        finally:
            shell.close()
    if update and failures and not is_page:
        path.write_text("\n".join(rewritten + after) + "\n")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs transcripts of the command line.")
    parser.add_argument("--daybook", type=Path, required=True, help="the program under test")
    parser.add_argument("--update", action="store_true", help="write what was printed")
    parser.add_argument("transcripts", type=Path, nargs="+")
    arguments = parser.parse_args()

    failures = 0
    start = time.monotonic()
    for path in arguments.transcripts:
        failures += run_transcript(path, arguments.daybook.resolve(), arguments.update)
    seconds = time.monotonic() - start
    print(f"{len(arguments.transcripts)} transcripts, {failures} failures, {seconds:.1f} s")
    return 1 if failures and not arguments.update else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the clang tools and the compiler find: format, clang-tidy, headers that stand alone.

A file that passed is remembered under build/tidy/ by the hash of all that its result depends on:
its text, the text of every header of ours below it, the configuration, and how it is compiled.  So
a second run looks only at what has changed.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import cpp
from .tree import File, Finding, Tree

# In tests only what finds mistakes: GoogleTest's macros make every further check slow.
TEST_CHECKS = (
    "-*,bugprone-unused-return-value,bugprone-use-after-move,bugprone-dangling-handle,"
    "bugprone-unused-raii,bugprone-infinite-loop,misc-redundant-expression,"
    "readability-identifier-naming,modernize-use-override"
)

_DIAGNOSTIC = re.compile(r"^(.+?):(\d+):\d+: (?:error|warning): (.*?)(?: \[([\w.,-]+)\])?$")


def check(tree: Tree, root: Path, share: int = 1) -> list[Finding]:
    """With a share of N, clang-tidy looks at one file in N: at all of them in N days of commits."""
    ours = [f for f in tree.cpp_files() if not f.is_generated]
    checker = _Checker(tree, root)
    compiled = [file for file in ours if file.path in checker.commands]
    day = head_day(root) if share > 1 else 0
    jobs = [(checker.tidy, file) for file in compiled if is_in_share(file.path, day, share)]
    jobs += [(checker.stands_alone, file) for file in ours if file.path.startswith("include/")]
    # The largest first, so that no core is left alone with one at the end.
    jobs.sort(key=lambda job: -len(job[1].text))
    findings = list(format_findings(ours, root))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for result in pool.map(lambda job: job[0](job[1]), jobs):
            findings += result
    return findings


def head_day(root: Path) -> int:
    """The day of the newest commit.  What mends a finding of a share does not change the share."""
    command = ["git", "log", "-1", "--format=%ct"]
    seconds = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return int(seconds) // 86_400


def is_in_share(path: str, day: int, share: int) -> bool:
    digest = hashlib.sha256(path.encode()).digest()
    return (int.from_bytes(digest[:8], "big") + day) % share == 0


def format_findings(files: list[File], root: Path) -> Iterator[Finding]:
    if not files:
        return
    command = ["clang-format-19", "--dry-run", "-Werror", *(file.path for file in files)]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    seen = set()
    for path, line, _ in parse_diagnostics(result.stderr):
        if path not in seen:
            seen.add(path)
            yield Finding(path, line, "format", "not as clang-format has it: run `make fmt`")


def parse_diagnostics(output: str) -> Iterator[tuple[str, int, str]]:
    """File, line, and message with the check's name."""
    for line in output.split("\n"):
        if match := _DIAGNOSTIC.match(line):
            name = (match[4] or "").removesuffix(",-warnings-as-errors")
            yield match[1], int(match[2]), f"{match[3]} [{name}]" if name else match[3]


def _on_its_own(command: str) -> str:
    """Without precompiled headers: they are g++'s, and would hide an #include that is missing."""
    return re.sub(r" -Winvalid-pch| -include \S+", "", command)


class _Checker:
    def __init__(self, tree: Tree, root: Path) -> None:
        self._tree = tree
        self._root = root
        self._passed = root / "build" / "tidy"
        self._passed.mkdir(parents=True, exist_ok=True)
        self._closures: dict[str, frozenset[str]] = {}
        built = json.loads((root / "build" / "dev" / "compile_commands.json").read_text())
        entries = [{**entry, "command": _on_its_own(entry["command"])} for entry in built]
        (self._passed / "compile_commands.json").write_text(json.dumps(entries))
        self.commands = {
            os.path.relpath(entry["file"], root): entry["command"] for entry in entries
        }

    def tidy(self, file: File) -> list[Finding]:
        command = ["clang-tidy-19", "-p", str(self._passed), "--quiet"]
        if file.is_test:
            command.append(f"--checks={TEST_CHECKS}")
        return self._run([*command, file.path], file, "clang-tidy")

    def stands_alone(self, file: File) -> list[Finding]:
        """A public header compiles by itself, with nothing of src/ in reach."""
        command = ["g++", "-std=c++20", "-fsyntax-only", "-x", "c++", "-Iinclude", file.path]
        return self._run(command, file, "self-contained")

    def _run(self, command: list[str], file: File, rule: str) -> list[Finding]:
        stamp = self._passed / self._key(command, file)
        if stamp.exists():
            return []
        result = subprocess.run(command, cwd=self._root, capture_output=True, text=True)
        if result.returncode == 0:
            stamp.touch()
            return []
        found = [
            Finding(os.path.relpath(self._root / path, self._root), line, rule, message)
            for path, line, message in parse_diagnostics(result.stdout + result.stderr)
        ]
        words = (result.stdout + result.stderr).strip()[-2000:]
        return found or [Finding(file.path, 0, rule, f"{command[0]} failed: {words}")]

    def _key(self, command: list[str], file: File) -> str:
        digest = hashlib.sha256()
        for part in (*command, self.commands.get(file.path, ""), self._configuration()):
            digest.update(part.encode() + b"\0")
        for path in sorted(self._closure(file.path)):
            digest.update(f"{path}\0{self._tree.files[path].text}\0".encode())
        return digest.hexdigest()

    def _configuration(self) -> str:
        configuration = self._tree.files.get(".clang-tidy")
        return configuration.text if configuration else ""

    def _closure(self, path: str) -> frozenset[str]:
        """The file and every file of ours that it includes, directly or not."""
        if path not in self._closures:
            reached, waiting = {path}, [path]
            while waiting:
                for include in cpp.includes(self._tree.files[waiting.pop()].code_lines):
                    for name in (f"src/{include.name}", f"include/{include.name}"):
                        if name in self._tree.files and name not in reached:
                            reached.add(name)
                            waiting.append(name)
            self._closures[path] = frozenset(reached)
        return self._closures[path]

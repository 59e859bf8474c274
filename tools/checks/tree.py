"""What the rules look at: the files of the repository, as text."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import cpp


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that does not hold.  `line` is 0 where the whole file is meant."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: [{self.rule}] {self.message}"


@dataclass(frozen=True)
class File:
    """One text file; `path` is relative to the root."""

    path: str
    text: str
    is_executable: bool = False

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def code(self) -> str:
        """The C++ text with comments and the contents of literals blanked."""
        return cpp.strip(self.text)

    @cached_property
    def code_lines(self) -> list[str]:
        return self.code.split("\n")

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith((".h", ".cc"))

    @property
    def is_generated(self) -> bool:
        return "/generated/" in self.path or self.text.startswith(("// GENERATED", "# GENERATED"))

    @property
    def is_test(self) -> bool:
        """Whether it is outside the library and the program: tests, measurements, examples."""
        name = self.path.split("/")[-1]
        test_folders = ("tests/", "bench/", "fuzz/", "examples/")
        return (
            name.endswith("_test.cc")
            or name.startswith("test_")
            or self.path.startswith(test_folders)
        )

    @property
    def module(self) -> str | None:
        """The module of a file under src/."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else None


@dataclass
class Tree:
    """All files, by path.  A test makes a small one by hand."""

    files: dict[str, File] = field(default_factory=dict)

    @staticmethod
    def of(texts: dict[str, str]) -> "Tree":
        return Tree({path: File(path, text) for path, text in texts.items()})

    @staticmethod
    def of_repository(root: Path) -> "Tree":
        """What git knows of and what it would add, where it is text."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
        tree = Tree()
        for path in filter(None, names.decode().split("\0")):
            if (root / path).is_file():
                data = (root / path).read_bytes()
                if b"\0" not in data:
                    text = data.decode(errors="replace")
                    tree.files[path] = File(path, text, os.access(root / path, os.X_OK))
        return tree

    def cpp_files(self) -> Iterator[File]:
        return (file for file in self.files.values() if file.is_cpp)

    def has_folder(self, path: str) -> bool:
        return any(name.startswith(path.rstrip("/") + "/") for name in self.files)

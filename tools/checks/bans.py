"""What may be used in one place only, and what nowhere."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import cpp
from .tree import File, Finding, Tree


def in_module(*names: str) -> Callable[[File], bool]:
    """Allowed there, and in what is compiled for tests only."""
    return lambda file: file.module in names or file.is_test


def only_in_module(*names: str) -> Callable[[File], bool]:
    """Allowed there, and not even tests are excepted."""
    return lambda file: file.module in names


def nowhere(_: File) -> bool:
    return False


def about_legacy(file: File) -> bool:
    """Left out of a build without the module, by its place or its name."""
    name = file.path.rsplit("/", 1)[-1]
    return (
        file.module == "legacy"
        or file.path.startswith("tests/legacy/")
        or name.startswith(("legacy_", "command_legacy"))
    )


class Ban(NamedTuple):
    rule: str
    pattern: re.Pattern[str]
    allowed: Callable[[File], bool]
    message: str


# Headers, by name.
HEADERS = [
    Ban("system-calls",
        re.compile(r"(unistd|dirent|poll|termios|pwd|sched|sys/.+|linux/.+)\.h"
                   r"|fstream|filesystem"),
        in_module("os"), "only src/os talks to the kernel: use os/file.h and its neighbours"),
    Ban("dlopen", re.compile(r"dlfcn\.h"), in_module("duck", "server"),
        "only src/duck and src/server load a library"),
    Ban("duckdb", re.compile(r"duckdb\.h(pp)?"), only_in_module("duck"),
        "only src/duck knows DuckDB's C API: use duck/"),
    Ban("simdjson", re.compile(r"simdjson\.h"), only_in_module("json"),
        "only src/json knows simdjson: use json/"),
    Ban("httplib", re.compile(r"httplib\.h"), lambda file: file.path == "src/server/http.cc",
        "the HTTP library stays in src/server/http.cc"),
    Ban("valijson", re.compile(r"valijson/.*"), in_module("schema"),
        "only src/schema validates against a JSON Schema; tests may"),
    Ban("pcre2", re.compile(r"pcre2\.h"), only_in_module("schema"),
        "only src/schema matches regular expressions of PCRE2: use schema/pattern.h"),
    Ban("toml", re.compile(r"toml\+\+/.*"), only_in_module("legacy"),
        "only src/legacy reads TOML: mappings are its own"),
    Ban("legacy", re.compile(r"legacy/.*"), about_legacy,
        "everything but src/legacy, tests/legacy and files called legacy_* or command_legacy* is "
        "built without that module too"),
    Ban("hashes", re.compile(r"(xxhash\.h|openssl/.*)"), only_in_module("base"), "use base/hash.h"),
    Ban("cli11", re.compile(r"CLI/.*"), only_in_module("cli"), "only src/cli reads argv"),
    Ban("spdlog", re.compile(r"spdlog/.*"), in_module("server"), "only the server keeps a log"),
    Ban("heavy-header", re.compile(r"(nlohmann/json\.hpp|CLI/CLI\.hpp)"),
        lambda file: file.path.endswith((".cc", "_json.h")) or file.is_test,
        "too heavy for a header: every file that includes this one would pay for it"),
]  # fmt: skip

_CALLS = (
    "open openat creat close read pread readv write pwrite writev lseek fsync fdatasync ftruncate "
    "truncate fallocate rename renameat link unlink mkdir rmdir chmod fchmod stat fstat lstat "
    "fcntl flock ioctl mmap munmap fork vfork execv execve execvp posix_spawn waitpid kill getpid "
    "gethostname isatty pipe dup dup2 socket access opendir readdir"
).split()

# Code, outside comments and literals.
CODE = [
    Ban("system-calls", re.compile(r"(?<![\w>:])::(" + "|".join(_CALLS) + r")\s*\("),
        in_module("os"), "only src/os talks to the kernel: use os/file.h and its neighbours"),
    Ban("system-calls",
        re.compile(r"\bstd::(filesystem|[io]?fstream)\b|\b(fopen|freopen|popen)\s*\("),
        in_module("os"), "only src/os talks to the kernel: use os/file.h and its neighbours"),
    Ban("stdout",
        re.compile(r"\bstd::cout\b|(?<![\w:>.])(std::)?(printf|puts|putchar)\s*\(|\bstdout\b"
                   r"|\bfmt::print(ln)?\s*\(\s*(?!stderr|std::cerr|\s)"),
        in_module("cli"), "only src/cli writes to standard output"),
    Ban("clock",
        re.compile(r"_clock::now\b|(?<![\w.>:])(std::|::)?time\s*\(\s*(NULL|nullptr|0|&)"
                   r"|\b(gettimeofday|clock_gettime|localtime|localtime_r|mktime)\s*\("),
        in_module("base", "os"), "time is a parameter: take a Clock (base/clock.h)"),
    Ban("randomness", re.compile(r"\bstd::(random_device|mt19937\w*)\b|(?<![\w:.>])s?rand\s*\("),
        in_module("base"), "randomness is a parameter: take a RandomSource (base/random.h)"),
    Ban("throw", re.compile(r"\bthrow\b"), lambda file: file.is_test,
        "nothing of ours throws: return fail(…)"),
    Ban("skipped-test", re.compile(r"\bGTEST_SKIP\b|\bDISABLED_\w"), nowhere,
        "a test that does not run shows nothing: mend it or delete it"),
    Ban("using-namespace", re.compile(r"\busing\s+namespace\b(?!\s+std::(\w+_)?literals)"), nowhere,
        "names come from where they say they come from"),
    Ban("assert", re.compile(r"(?<![\w.])assert\s*\(|<cassert>"), nowhere,
        "use DAYBOOK_CHECK, which is on in release builds too"),
]  # fmt: skip

# Any text.  Spelt so that this file does not find itself.
_MARKERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")


def check(tree: Tree) -> Iterator[Finding]:
    for file in tree.files.values():
        if file.path.endswith((".csv", "package-lock.json")):
            continue
        for number, line in enumerate(file.lines, start=1):
            if match := _MARKERS.search(line):
                message = f"{match[0]}: do it, or write down as fact what is so"
                yield Finding(file.path, number, "marker", message)
        if file.text.startswith("#!") and not file.is_executable:
            yield Finding(file.path, 1, "not-executable", "it names its interpreter: chmod +x")
        if file.is_cpp and not file.is_generated:
            yield from _check_cpp(file, tree)


def _check_cpp(file: File, tree: Tree) -> Iterator[Finding]:
    for include in cpp.includes(file.code_lines):
        for ban in HEADERS:
            if ban.pattern.fullmatch(include.name) and not ban.allowed(file):
                message = f"{include.name}: {ban.message}"
                yield Finding(file.path, include.line, ban.rule, message)
    for number, line in enumerate(file.code_lines, start=1):
        for ban in CODE:
            if (match := ban.pattern.search(line)) and not ban.allowed(file):
                yield Finding(file.path, number, ban.rule, f"{match[0].strip()}: {ban.message}")
    if file.path.endswith(".h") and not re.search(r"^#pragma once$", file.text, re.MULTILINE):
        yield Finding(file.path, 1, "pragma-once", "a header begins with #pragma once")
    if file.module and file.path.endswith(".cc") and not file.is_test:
        test = _test_of(file.path)
        if not file.path.endswith("/main.cc") and test not in tree.files:
            yield Finding(file.path, 0, "untested", f"{test} is missing")


def _test_of(path: str) -> str:
    """What tests a source: the file beside it, or for a command of the program its transcript."""
    if match := re.fullmatch(r"src/cli/command_(\w+)\.cc", path):
        return f"tests/cli/{match[1]}.transcript"
    return path.removesuffix(".cc") + "_test.cc"

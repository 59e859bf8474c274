"""Documents that say what is so: links, titles, commands, paths."""

import posixpath
import re
from collections.abc import Iterator

from .tree import File, Finding, Tree

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE_SPAN = re.compile(r"`([^`]+)`")
_MAKE = re.compile(r"(?:^|[`;&(]|\$ )\s*make ([a-z][a-z -]*)")
# A path that a reader would look for; "…", "<name>" and "*" stand for more than one.
_PATH = re.compile(
    r"(?:\.ci|bench|cmake|docs|examples|fuzz|include|schemas|src|tests|tools)/[\w./-]+[\w/]"
)


def check(tree: Tree) -> Iterator[Finding]:
    makefile = tree.files.get("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile.text, re.MULTILINE)) if makefile else set()
    for file in tree.files.values():
        if file.path.endswith(".md"):
            yield from _check_titles(file)
            yield from _check_links(file, tree)
            yield from _check_paths(file, tree)
            yield from _check_make(file, targets)
            yield from _check_listed(file, tree)


def _prose(file: File) -> Iterator[tuple[int, str, bool]]:
    """Line number, line, and whether it lies inside a fenced block."""
    fenced = False
    for number, line in enumerate(file.lines, start=1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        else:
            yield number, line, fenced


def _anchors(file: File) -> set[str]:
    """What GitHub calls the headings of a document."""
    anchors = set()
    for _, line, fenced in _prose(file):
        if not fenced and (match := re.match(r"#+ (.*)", line)):
            kept = re.sub(r"[^\w\- ]", "", match[1].lower())
            anchors.add(kept.strip().replace(" ", "-"))
    return anchors


def _check_titles(file: File) -> Iterator[Finding]:
    titles = [n for n, line, fenced in _prose(file) if not fenced and line.startswith("# ")]
    if len(titles) != 1:
        line = titles[1] if titles else 1
        yield Finding(file.path, line, "title", f"{len(titles)} titles (`# …`), not one")


def _check_links(file: File, tree: Tree) -> Iterator[Finding]:
    for number, line, fenced in _prose(file):
        if fenced:
            continue
        for target in _LINK.findall(_CODE_SPAN.sub("", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            folder = posixpath.dirname(file.path)
            path = posixpath.normpath(posixpath.join(folder, path)) if path else file.path
            if path not in tree.files and not tree.has_folder(path):
                yield Finding(file.path, number, "link", f"{target}: there is no {path}")
            elif anchor and path in tree.files and anchor not in _anchors(tree.files[path]):
                yield Finding(file.path, number, "link", f"{target}: no such heading in {path}")


def _check_paths(file: File, tree: Tree) -> Iterator[Finding]:
    for number, line, fenced in _prose(file):
        for span in [] if fenced else _CODE_SPAN.findall(line):
            path = span.rstrip("/")
            if _PATH.fullmatch(path) and path not in tree.files and not tree.has_folder(path):
                if not path.startswith("tools/deps/node_modules"):
                    yield Finding(file.path, number, "path", f"`{span}` is not in the tree")


def _check_make(file: File, targets: set[str]) -> Iterator[Finding]:
    for number, line, fenced in _prose(file):
        text = line if fenced else " ".join(f"`{span}`" for span in _CODE_SPAN.findall(line))
        for match in _MAKE.finditer(text):
            for target in match[1].split():
                if target not in targets:
                    message = f"make {target}: the Makefile has no such target"
                    yield Finding(file.path, number, "make-target", message)


def _check_listed(file: File, tree: Tree) -> Iterator[Finding]:
    """Each page of a folder that has an index is in it."""
    folder, _, name = file.path.rpartition("/")
    index = tree.files.get(f"{folder}/README.md")
    if folder and index and index is not file and f"({name})" not in index.text:
        yield Finding(file.path, 0, "unlisted", f"{index.path} does not link to it")

"""Who may include whom: the DEPS line of a module is the only list."""

import re
from collections.abc import Iterator

from . import cpp
from .tree import File, Finding, Tree

# Public headers that a module implements: including one is including that module.
PUBLIC_HEADER_MODULES = {"daybook/ledger.h": "ledger", "daybook/run.h": "ledger"}

_MODULE_CALL = re.compile(r"daybook_module\(\s*(\w+)([^)]*)\)")


class Dependencies:
    """What one module's CMakeLists.txt lets it include."""

    def __init__(self, cmake_text: str) -> None:
        text = re.sub(r"#[^\n]*", "", cmake_text)
        match = _MODULE_CALL.search(text)
        self.found = match is not None
        self.name = match[1] if match else ""
        keywords: dict[str, list[str]] = {"DEPS": [], "TEST_LIBS": [], "LIBS": [], "": []}
        keyword = ""
        for word in match[2].split() if match else []:
            if word in keywords:
                keyword = word
            else:
                keywords[keyword].append(word)
        self.deps = set(keywords["DEPS"])
        self.test_deps = {
            lib.removeprefix("daybook_") for lib in keywords["TEST_LIBS"] if "daybook_" in lib
        }

    def allow(self, module: str, *, in_test: bool) -> bool:
        return (
            module == self.name or module in self.deps or (in_test and module in self.test_deps)
        )


def dependencies(tree: Tree) -> dict[str, Dependencies]:
    """By module: every folder of src/ that has sources."""
    modules = {file.module for file in tree.cpp_files() if file.module}
    return {name: Dependencies(_cmake_text(tree, name)) for name in modules}


def _cmake_text(tree: Tree, module: str) -> str:
    file = tree.files.get(f"src/{module}/CMakeLists.txt")
    return file.text if file else ""


def check(tree: Tree) -> Iterator[Finding]:
    modules = dependencies(tree)
    for name, deps in sorted(modules.items()):
        path = f"src/{name}/CMakeLists.txt"
        if not deps.found or deps.name != name:
            yield Finding(path, 0, "module", f"daybook_module({name} DEPS …) is missing")
        for dep in sorted(deps.deps - modules.keys()):
            yield Finding(path, 0, "module", f"DEPS names {dep}, and there is no src/{dep}")
    yield from _cycles(modules)
    for file in tree.cpp_files():
        if file.module:
            yield from _check_includes(file, modules, tree)
            yield from _check_own_header(file, tree)
        elif file.path.startswith("include/"):
            yield from _check_public_header(file)


def _cycles(modules: dict[str, Dependencies]) -> Iterator[Finding]:
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> Iterator[Finding]:
        if name in path:
            circle = " -> ".join(path[path.index(name) :] + [name])
            yield Finding(f"src/{name}/CMakeLists.txt", 0, "cycle", f"in a circle: {circle}")
        elif name not in done and name in modules:
            for dep in sorted(modules[name].deps):
                yield from visit(dep, path + [name])
            done.add(name)

    for name in sorted(modules):
        yield from visit(name, [])


def _check_includes(
    file: File, modules: dict[str, Dependencies], tree: Tree
) -> Iterator[Finding]:
    deps = modules[file.module]
    for include in cpp.includes(file.code_lines):
        if not include.quoted:
            continue
        top = include.name.split("/")[0]
        if top == "daybook":
            top = PUBLIC_HEADER_MODULES.get(include.name, file.module)
        elif file.is_test and f"tests/{include.name}" in tree.files:
            continue
        elif top == file.module and include.name.split("/")[-1] in _cmake_text(tree, top):
            continue  # The build makes it.
        elif f"src/{include.name}" not in tree.files:
            message = f'"{include.name}" is no file below src/: write "module/file.h"'
            yield Finding(file.path, include.line, "include-path", message)
            continue
        if not deps.allow(top, in_test=file.is_test):
            message = f"{file.module} may not include {top}: its DEPS line does not name it"
            yield Finding(file.path, include.line, "layering", message)


def _check_own_header(file: File, tree: Tree) -> Iterator[Finding]:
    """A source whose header comes first shows that the header stands alone."""
    header = file.path.removesuffix(".cc") + ".h"
    if file.path.endswith(".cc") and header in tree.files:
        first = next(cpp.includes(file.code_lines), None)
        if first is None or f"src/{first.name}" != header:
            line = first.line if first else 1
            message = f'the first include must be "{header.removeprefix("src/")}"'
            yield Finding(file.path, line, "own-header-first", message)


def _check_public_header(file: File) -> Iterator[Finding]:
    for include in cpp.includes(file.code_lines):
        if include.quoted and not include.name.startswith("daybook/"):
            message = f'a public header may not include "{include.name}", which is not installed'
            yield Finding(file.path, include.line, "public-header", message)

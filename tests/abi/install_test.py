#!/usr/bin/env python3
"""Installs Daybook into an empty prefix and uses it as a stranger would: by pkg-config and
by find_package().

    install_test.py --build build/dev --source .
"""
import argparse
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

CONSUMER = """\
cmake_minimum_required(VERSION 3.20)
project(consumer LANGUAGES C)
find_package(daybook 0.1 REQUIRED)
add_executable(consumer {source})
target_link_libraries(consumer PRIVATE daybook::daybook m)
"""


def run(*command: str | Path, **more) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if result.returncode != 0:
        raise SystemExit(f"{shlex.join(str(word) for word in command)}: exit code "
                         f"{result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def expect_recorded(program: Path, ledger: Path, environment: dict[str, str]) -> None:
    printed = run(program, ledger, env=environment)
    if not printed.startswith("recorded grid_search-"):
        raise SystemExit(f"{program}: found {printed!r}, expected 'recorded grid_search-…'")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--source", type=Path, required=True)
    arguments = parser.parse_args()
    example = arguments.source / "examples/c/record_search.c"
    with tempfile.TemporaryDirectory(prefix="daybook-install-") as directory:
        root = Path(directory)
        prefix = root / "prefix"
        run("cmake", "--install", arguments.build, "--prefix", prefix)
        config = next(prefix.glob("**/daybook.pc")).parent
        libraries = config.parent
        environment = os.environ | {"PKG_CONFIG_PATH": str(config),
                                    "LD_LIBRARY_PATH": str(libraries)}
        flags = run("pkg-config", "--cflags", "--libs", "daybook", env=environment).split()
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", example, "-o", root / "shared",
            *flags, "-lm")
        expect_recorded(root / "shared", root / "ledger-1", environment)

        ask = ["pkg-config", "--variable=cxx_libs", "daybook"]
        flags = run("pkg-config", "--cflags", "daybook", env=environment).split()
        libraries_of_cxx = run(*ask, env=environment).split()
        run("c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", *flags,
            arguments.source / "examples/cpp/record_search.cc", "-o", root / "static",
            *libraries_of_cxx)
        expect_recorded(root / "static", root / "ledger-3", os.environ)

        (root / "consumer").mkdir()
        (root / "consumer/CMakeLists.txt").write_text(CONSUMER.format(source=example))
        run("cmake", "-S", root / "consumer", "-B", root / "consumer/build",
            f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", root / "consumer/build")
        expect_recorded(root / "consumer/build/consumer", root / "ledger-2", environment)


if __name__ == "__main__":
    main()

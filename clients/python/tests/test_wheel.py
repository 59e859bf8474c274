"""A wheel, built and installed into an empty environment, and what can be done with it there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SOURCE = Path(os.environ["DAYBOOK_SOURCE"])
BUILD = Path(os.environ["DAYBOOK_BUILD"])


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """The Python of an environment that has the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, because a build writes beside its source.
    package = folder / "source" / "clients" / "python"
    shutil.copytree(SOURCE / "clients" / "python", package)
    for name in ("include", "share", "cmake"):
        (folder / "source" / name).symlink_to(SOURCE / name)
    launcher = shutil.which("ccache") or ""
    pip(
        "wheel", str(package), "--no-deps", "--no-index", "--no-build-isolation",
        "--wheel-dir", str(folder / "out"),
        "-Cbuild-dir=" + str(folder / "build"),
        # What this build has made already: a whole one takes ten minutes.
        "-Cbuild.targets=daybook_python",
        f"-Ccmake.define.DAYBOOK_PREBUILT={BUILD}",
        f"-Ccmake.define.CMAKE_CXX_COMPILER_LAUNCHER={launcher}",
    )  # fmt: skip
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    inside = folder / "venv" / "bin" / "python"
    (wheel,) = (folder / "out").glob("daybook_ledger-*.whl")
    pip("--python", str(inside), "install", "--no-deps", "--no-index", str(wheel))
    return inside


def run(python: Path, folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(textwrap.dedent(text))
    return subprocess.run(
        [python, "program.py"], cwd=folder, env={"PATH": "/nowhere"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_records_and_answers(python, tmp_path):
    result = run(
        python,
        tmp_path,
        """
        import daybook
        with daybook.start_run("policy", {"stop": 0.05}, run_id="r1") as run:
            run.record_trial("t1", {"stop": 0.05}, {"sharpe": 1.5})
        loaded = open("/proc/self/maps").read()
        assert "duckdb" not in loaded and "/daybook/bin/" not in loaded
        assert "/daybook/lib/libfmt" in loaded
        print(daybook.query("SELECT run_id, status FROM latest_runs"))
        print(daybook.trials(run)[0]["sharpe"], len(daybook.runs()))
        daybook.rebuild_index()
        """,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "[{'run_id': 'r1', 'status': 'completed'}]\n1.5 1\n"
    assert (tmp_path / "data" / "ledger" / "index" / "runs.duckdb").exists()


def test_what_is_not_installed_is_named(python, tmp_path):
    result = run(
        python,
        tmp_path,
        """
        import daybook
        daybook.start_run("p").complete()
        for ask in (
            lambda: daybook.query("FROM runs_d", to="pandas"),
            lambda: daybook.query("FROM runs_d", fresh=False),
        ):
            try:
                ask()
            except ImportError as error:
                print(error)
        run = daybook.start_run("p")
        print(run.add_table("x", {"a": [1]}))
        """,
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "pip install pandas" in lines[0] and "pip install duckdb" in lines[1]
    assert lines[2] == "None" and "pip install pyarrow" in result.stderr


def test_the_program_is_there_with_its_queries(python, tmp_path):
    program = python.parent / "daybook"
    environment = {"PATH": "/nowhere", "DAYBOOK_LEDGER": str(tmp_path / "ledger")}

    def daybook(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments], env=environment, capture_output=True, text=True, check=False
        )

    assert daybook("version").stdout.startswith("daybook ")
    assert "best-trials" in daybook("query", "--list").stdout
    result = daybook("query", "SELECT 1")
    assert result.returncode == 2, "there is no ledger"
    (carried,) = python.parent.parent.glob("lib/python*/site-packages/daybook/bin/daybook")
    libraries = subprocess.run(["ldd", carried], capture_output=True, text=True, check=True).stdout
    assert "site-packages/daybook/bin/../lib/libsimdjson" in libraries


def test_its_daemon_serves(python, tmp_path):
    environment = {"PATH": "/nowhere", "DAYBOOK_LEDGER": str(tmp_path / "ledger")}
    program = python.parent / "daybook"
    emit = [program, "emit", "--event-type", "run.started", "--run-id", "r1"]
    subprocess.run(emit, env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [program, "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        said = ""
        try:
            while "listening on http://" not in said:
                line = daemon.stderr.readline()
                assert line, said
                said += line
            loaded = Path(f"/proc/{daemon.pid}/maps").read_text()
        finally:
            daemon.terminate()
        daemon.communicate(timeout=30)
    inside = ["bin/libdaybook_http", *(f"lib/lib{name}" for name in ("cpp-httplib", "brotlidec"))]
    assert [name for name in inside if f"site-packages/daybook/{name}" not in loaded] == []


def test_the_extension_shows_nothing_of_what_is_inside(python):
    (extension,) = python.parent.parent.glob("lib/python*/site-packages/daybook/_core*.so")
    found = subprocess.run(
        ["nm", "--dynamic", "--defined-only", "--format=posix", extension],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    strong = [line.split()[0] for line in found.splitlines() if line.split()[1] in "TDBR"]
    assert strong == ["PyInit__core"]

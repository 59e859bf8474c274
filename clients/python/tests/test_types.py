"""The package's types are whole, and say what is so."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

PACKAGE = Path(os.environ["DAYBOOK_SOURCE"]) / "clients" / "python"


def mypy(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cwd / "cache")]
    environment = {**os.environ, "MYPYPATH": str(PACKAGE / "src")}
    return subprocess.run(
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, env=environment,
        check=False,
    )  # fmt: skip


def test_the_package_passes_strict(tmp_path):
    config = str(PACKAGE / "pyproject.toml")
    found = mypy("--config-file", config, str(PACKAGE / "src" / "daybook"), cwd=tmp_path)
    assert found.returncode == 0, found.stdout


def test_all_of_it_is_python_3_9():
    for path in (PACKAGE / "src" / "daybook").glob("*.py"):
        ast.parse(path.read_text(), str(path), feature_version=(3, 9))


def test_a_program_is_checked_against_them(tmp_path):
    program = """
        import daybook

        with daybook.start_run("policy", {"stop": 0.05}, strict=True) as run:
            with run.phase("load") as phase:
                phase.summary["rows"] = 3
            run.record_trial("t", {"a": 1}, {"b": 2.0}, state="pruned")
            run.log({"loss": 0.5}, step=3)
            reveal_type(run.id)
            run.record_trial("t", state="done")  # line 10
            run.add_artifact(5, "rows")  # line 11
            daybook.start_runn("policy")  # line 12
    """
    (tmp_path / "program.py").write_text(textwrap.dedent(program))
    found = mypy("--follow-imports=silent", "program.py", cwd=tmp_path)
    assert 'Revealed type is "str"' in found.stdout
    wrong = [line.split(":")[1] for line in found.stdout.splitlines() if ": error:" in line]
    assert wrong == ["10", "11", "12"], found.stdout

"""What the suites share: where they write, what they start, and the report they add to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from measure import Contender, Crew, Sample, Unmeasured, quantile
from report import Report
from trials import write_trials

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Where tools/bootstrap --bench installs what requirements.txt lists.
PEERS_PYTHON = ROOT / "tools/deps/peers/bin/python"


@dataclass
class Stage:
    """One run of the program.

    `build` is the build directory that has the clients.  What is written lies in a directory of its
    own below `directory`, which close() removes.
    """

    build: Path
    directory: Path
    rounds: int
    scale: float
    report: Report
    trials: Path = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unmeasured(f"make {self.directory}: {error.strerror}: name another with --dir")
        argv = ["stat", "--file-system", "--format=%T", str(self.directory)]
        kind = subprocess.run(argv, capture_output=True, text=True).stdout.strip()
        if kind in ("tmpfs", "ramfs"):
            raise Unmeasured(f"{self.directory} is in memory ({kind}): name another with --dir")
        made = tempfile.mkdtemp(prefix="daybook-clients-", dir=self.directory.resolve())
        self.directory = Path(made)
        self.trials = self.directory / "trials.json"
        write_trials(self.trials)

    def close(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def fresh(self, name: str = "turn") -> Path:
        """An empty directory.  What the last turn left goes, and its dirty pages with it, so that
        no contender pays for another's."""
        path = self.directory / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def env(self) -> dict[str, str]:
        """Without what would make contenders record elsewhere or otherwise."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DAYBOOK_", "MLFLOW_", "WANDB_", "AIM_", "PYTHON"))
        }
        kept["PYTHONPATH"] = str(self.python_package().parent)
        kept["DAYBOOK_PACKAGE"] = str(self.build / "clients/node/package")
        kept["DAYBOOK_BENCH_PYTHON"] = os.path.realpath(PEERS_PYTHON)
        return kept

    def python_package(self) -> Path:
        return self.build / "clients/python/daybook"

    def python(
        self,
        contender: str,
        label: str,
        *,
        seconds: float = 0.5,
        processes: int = 1,
        latencies: bool = False,
    ) -> Contender:
        """A crew of worker.py; the label is shown while it works."""
        argv = [str(PEERS_PYTHON), str(HERE / "worker.py"), contender]
        return self._crew(argv, label, seconds, processes, latencies)

    def node(self, contender: str, label: str, *, latencies: bool = False) -> Contender:
        """One worker of node_worker.mjs."""
        argv = ["node", str(HERE / "node_worker.mjs"), contender]
        return self._crew(argv, label, 0.5, 1, latencies)

    def _crew(
        self, argv: list[str], label: str, seconds: float, processes: int, latencies: bool
    ) -> Contender:
        def turn() -> Sample:
            words = [*argv, str(self.fresh()), str(self.trials)]
            return Crew(words, self.env(), processes, seconds * self.scale, latencies).turn()

        return Contender(label, turn)

    def processes(self, argv: list[str], label: str, count: int) -> Contender:
        """How long a process takes from start to exit, in ms: the median of `count`."""

        def turn() -> Sample:
            taken = []
            for _ in range(max(1, round(count * self.scale))):
                begin = time.monotonic()
                self.output_of(argv)
                taken.append((time.monotonic() - begin) * 1e3)
            return Sample(value=quantile(taken, 0.5))

        return Contender(label, turn)

    def output_of(self, argv: list[str]) -> str:
        done = subprocess.run(
            argv, env=self.env(), stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode != 0:
            said = done.stderr.strip()[-4000:]
            raise Unmeasured(f"{' '.join(argv)} ended with {done.returncode}: {said}")
        return done.stdout

"""Records of `logging`, kept with the run that they belong to."""

from __future__ import annotations

import logging
import os

from daybook import _life

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import FileIO

    from daybook._run import Run

_BYTES_MAX = 16 * 1024 * 1024


class LogHandler(logging.Handler):
    """Writes records into a file of the run's artifacts, and records the file when it is closed.

        handler = daybook.LogHandler(run)
        logging.getLogger().addHandler(handler)

    `run.add_artifact` is called for `log.txt` (of a second handler `log-2.txt`) by `close()`, or at
    exit.  The file has at most `bytes_max` bytes (16 MiB); what is beyond is left out, and its last
    line says how many records that were.  Records of level WARNING and above become notes of the
    run too if `notes` is set.  Nothing is raised into the program that logs.
    """

    def __init__(
        self,
        run: Run,
        level: int = logging.NOTSET,
        *,
        notes: bool = False,
        bytes_max: int = _BYTES_MAX,
    ) -> None:
        super().__init__(level)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._run = run
        self._notes = notes
        self._room = bytes_max
        self._left_out = 0
        # Who has made the handler records the file, and not each forked child.
        self._owner = os.getpid()
        self._path: str | None = None
        self._file: FileIO | None = None
        try:
            self._path, self._file = _create(run.artifact_directory)
        except Exception as error:
            run._refused(error, f"log handler: {error}")
        # At exit logging closes its handlers too late, if it was imported before the run began.
        _life.close_before_end(self)

    @property
    def path(self) -> str | None:
        """The file that the records are in; None if it could not be made, which is counted."""
        return self._path

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = (self.format(record) + "\n").encode(errors="backslashreplace")
            if self._file is None or self._file.closed or len(line) > self._room:
                self._left_out += 1
            else:
                self._room -= len(line)
                # One write() each: what has been logged survives the process.
                self._file.write(line)
            if self._notes and record.levelno >= logging.WARNING:
                self._run.note(record.getMessage(), author=record.name)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        self.acquire()
        try:
            if self._file is not None and self._path is not None and not self._file.closed:
                is_owner = self._owner == os.getpid()
                if is_owner and self._left_out:
                    self._file.write(f"{self._left_out} records more are left out\n".encode())
                self._file.close()
                if is_owner:
                    self._run.add_artifact(self._path, "log", format="text")
        except Exception as error:  # Of strict mode, or of the disk.
            _life.tell(f"close the log {self._path}: {error}")
        finally:
            self.release()
        super().close()


def _create(directory: str) -> tuple[str, FileIO]:
    number = 1
    while True:
        path = os.path.join(directory, "log.txt" if number == 1 else f"log-{number}.txt")
        try:
            return path, open(path, "xb", buffering=0)
        except FileExistsError:
            number += 1

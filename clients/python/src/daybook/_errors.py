"""What is raised in strict mode: errors with a code, of Python's own classes where they fit."""

from __future__ import annotations


class Error(Exception):
    """Something could not be recorded or read.

    `code` says what can be done about it, such as "no_space" (the names are those of daybook.h);
    `message` names the file or field, what was found and what was expected.
    """

    code = "internal"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[Error], tuple[str, str]]:
        return type(self), (self.message, self.code)


class InvalidArgument(Error, ValueError):
    """The input is wrong: trying again cannot help."""

    code = "invalid_argument"


class NotFound(Error, FileNotFoundError):
    """What was named is not there."""

    code = "not_found"


class AlreadyExists(Error, FileExistsError):
    """What was to be made is there already."""

    code = "already_exists"


class PermissionDenied(Error, PermissionError):
    """The operating system says no: change owner or mode."""

    code = "permission_denied"


class NoSpace(Error, OSError):
    """Disk full, quota or size limit: make room, then try again."""

    code = "no_space"


class IoError(Error, OSError):
    """The device or the file system failed."""

    code = "io"


_CLASSES: dict[str, type[Error]] = {
    kind.code: kind
    for kind in (InvalidArgument, NotFound, AlreadyExists, PermissionDenied, NoSpace, IoError)
}


def error_of(code: str, message: str) -> Error:
    """The error for a code of the C interface."""
    return _CLASSES.get(code, Error)(message, code)

"""What an exception that leaves a run says of its end."""

from __future__ import annotations

# Of a trace that is longer the end is kept, where the error is.
_TRACE_CHARS_MAX = 64 * 1024


def is_good_exit(error: BaseException) -> bool:
    return isinstance(error, SystemExit) and error.code in (None, 0)


def cancel_reason(error: BaseException) -> str | None:
    """Why a run was cancelled; None if the error means that it failed."""
    if isinstance(error, KeyboardInterrupt):
        return "KeyboardInterrupt"
    # asyncio.CancelledError, without importing it: where it was raised it is loaded.
    if type(error).__name__ == "CancelledError" and not isinstance(error, Exception):
        return "CancelledError"
    return None


def message_and_kind(error: BaseException) -> tuple[str, str]:
    kind = type(error)
    module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    name = f"{module}{kind.__qualname__}"
    if isinstance(error, SystemExit):
        return f"exit status {error.code}", name
    try:
        return str(error) or name, name
    except Exception:  # A class whose own __str__ fails.
        return name, name


def trace_of(error: BaseException) -> str:
    import traceback

    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text[-_TRACE_CHARS_MAX:]

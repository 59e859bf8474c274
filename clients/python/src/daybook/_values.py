"""Values of other types as the plain ones that JSON has.

The binding writes None, bool, int, float, str, dict, list and tuple itself and asks here for the
rest.  No library is imported for that: a value of NumPy is met only where NumPy is loaded.
"""

from __future__ import annotations

import os
import sys

_DESCRIBED_CHARS_MAX = 1000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any], Any]

_EXPECTED = (
    "expected a number, text, list, mapping, date, dataclass or another value that has a form in"
    " JSON"
)


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _refuse(value: object, hint: str = _EXPECTED) -> TypeError:
    return TypeError(f"found {_type_name(value)}, {hint}")


def _loaded(module: str, name: str) -> type | tuple[()]:
    """A class of a module, if that is loaded; else what nothing is an instance of."""
    found = getattr(sys.modules.get(module), name, ())
    return found if isinstance(found, type) else ()


def _bytes(value: Any) -> Any:
    raise _refuse(value, "expected text; encode it, such as with bytes.hex()")


def _table(value: Any) -> Any:
    raise _refuse(value, "expected a value; record a table with run.add_table(name, df)")


def _decimal(value: Any) -> Any:
    number = float(value)
    # A decimal that is finite and beyond every double keeps its digits as text.
    return str(value) if value.is_finite() and number in (float("inf"), -float("inf")) else number


def _datetime(value: Any) -> Any:
    text = value.isoformat()
    return None if text == "NaT" else text


def _timedelta(value: Any) -> Any:
    seconds = value.total_seconds()
    return None if seconds != seconds else seconds  # pandas.NaT


def _set(value: Any) -> Any:
    try:
        return sorted(value)
    except TypeError:  # of several types
        return sorted(value, key=repr)


def _path(value: Any) -> Any:
    path = os.fspath(value)
    if isinstance(path, str):
        return path
    raise _refuse(value, "expected a path of text, found one of bytes")


def _numpy_scalar(value: Any) -> Any:
    kind = value.dtype.kind
    if value.dtype.names:
        return dict(zip(value.dtype.names, value.item()))
    if kind == "M":
        return None if str(value) == "NaT" else str(value)
    if kind == "m":
        return None if str(value) == "NaT" else value / type(value)(1, "s")
    if kind in "cV":
        raise _refuse(value)
    plain = value.item()
    return float(plain) if type(plain) is type(value) else plain


def _numpy_array(value: Any) -> Any:
    if value.dtype.kind in "mM":
        return [_numpy_scalar(item) for item in value] if value.ndim == 1 else list(value)
    if value.dtype.names and value.ndim > 0:
        return list(value)
    return _numpy_scalar(value[()]) if value.ndim == 0 else value.tolist()


def _series(value: Any) -> Any:
    index = value.index
    if type(index).__name__ == "RangeIndex" or not index.is_unique:
        return list(value)
    return dict(zip(index, value))


def _dataclass(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _tuple(value: Any) -> Any:
    return value._asdict() if hasattr(value, "_asdict") else list(value)


def _mapping(value: Any) -> Any:
    return dict(value.items())


def _handler(value: object) -> Handler | None:
    """How values of this one's type are made plain; None if they cannot be."""
    kind = type(value)
    for module, name, handler in _BY_CLASS:
        if isinstance(value, _loaded(module, name)):
            return handler
    if isinstance(value, type) or callable(value):
        return None
    for attribute, handler in _BY_ATTRIBUTE:
        if hasattr(kind, attribute):
            return handler
    return None


# In this order: a pandas.Timestamp is a datetime, a datetime is a date, a numpy.bytes_ is bytes.
_BY_CLASS: tuple[tuple[str, str, Handler], ...] = (
    ("builtins", "bytes", _bytes),
    ("builtins", "bytearray", _bytes),
    ("builtins", "memoryview", _bytes),
    ("numpy", "generic", _numpy_scalar),
    ("numpy", "ndarray", _numpy_array),
    ("enum", "Enum", lambda value: value.value),
    ("datetime", "datetime", _datetime),
    ("datetime", "date", _datetime),
    ("datetime", "time", _datetime),
    ("datetime", "timedelta", _timedelta),
    ("decimal", "Decimal", _decimal),
    ("fractions", "Fraction", float),
    ("uuid", "UUID", str),
    ("pandas", "Series", _series),
    ("pandas", "DataFrame", _table),
    ("polars", "DataFrame", _table),
    ("polars", "LazyFrame", _table),
    ("pyarrow", "Table", _table),
    ("builtins", "tuple", _tuple),
    ("builtins", "range", list),
    ("builtins", "set", _set),
    ("builtins", "frozenset", _set),
    ("collections", "deque", list),
    ("types", "MappingProxyType", _mapping),
    ("types", "SimpleNamespace", vars),
    ("argparse", "Namespace", vars),
)
_BY_ATTRIBUTE: tuple[tuple[str, Handler], ...] = (
    ("__dataclass_fields__", _dataclass),
    ("model_dump", lambda value: value.model_dump()),
    ("__fspath__", _path),
    ("as_py", lambda value: value.as_py()),
    ("tolist", lambda value: value.tolist()),
    ("to_list", lambda value: value.to_list()),
    ("items", _mapping),
    ("__index__", lambda value: value.__index__()),
    ("__float__", float),
)


def _is_missing(value: object) -> bool:
    return type(value).__name__ in ("NAType", "NaTType", "MaskedConstant")


def plain(value: Any) -> Any:
    """The value as one that JSON has a form for; what it holds may need this again.

    Raises TypeError naming what was found and what was expected.
    """
    if _is_missing(value):
        return None
    if isinstance(value, complex):
        raise _refuse(value, "expected a real number")
    handler = _handler(value)
    if handler is None:
        raise _refuse(value)
    return handler(value)


def plain_object(value: Any) -> dict[Any, Any]:
    """The value as a dict: mappings, dataclasses, pydantic models, Series, namespaces."""
    if isinstance(value, dict):
        return dict(value)
    if hasattr(value, "_asdict"):
        value = value._asdict()
    elif not isinstance(value, (str, int, float, list, tuple)):
        value = plain(value)
    if not isinstance(value, dict):
        raise _refuse(value, "expected a mapping of names to values")
    return value


def whole(value: Any, rounds: bool) -> int | None:
    """A number as an integer, None for a missing one; `rounds` it, or raises TypeError."""
    if _is_missing(value):
        return None
    if isinstance(value, (str, bytes)) or not hasattr(type(value), "__float__"):
        raise _refuse(value, "expected an integer")
    number = float(value)
    if number != number:
        return None
    if not rounds and not number.is_integer():
        raise TypeError(f"found {number}, expected an integer")
    return round(number)


def plain_key(value: Any) -> str:
    """A mapping's key as text: a str, number, date, time or Enum; raises TypeError for others."""
    key: Any = value
    if isinstance(value, _loaded("enum", "Enum")):
        key = key.value
    elif isinstance(value, (_loaded("datetime", "date"), _loaded("datetime", "time"))):
        return str(key.isoformat())
    elif isinstance(value, _loaded("numpy", "datetime64")):
        return str(key)
    elif isinstance(value, _loaded("numpy", "generic")) and not isinstance(value, str):
        key = key.item()
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return int.__repr__(key)
    if isinstance(key, float):
        return float.__repr__(key)
    raise _refuse(
        value, "expected text, or a number, date or Enum, which is written as text"
    )


def described(value: object) -> str:
    """What stands for a value without a form where a run must start all the same."""
    try:
        return repr(value)[:_DESCRIBED_CHARS_MAX]
    except Exception:  # A class whose own __repr__ fails, or an int of too many digits.
        return f"<{_type_name(value)} without a repr()>"


def is_of_a_signal(error: BaseException) -> bool:
    """Whether a handler of a signal has raised it, in the middle of what it has interrupted."""
    import signal

    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {getattr(handler, "__code__", None) for handler in handlers} - {None}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False

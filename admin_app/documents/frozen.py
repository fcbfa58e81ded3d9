"""Frozen dataclasses as JSON and back: the only way in which a snapshot is kept and read again.

It knows text, whole numbers, truth values, days, enums, tuples and other such dataclasses, and nothing else:
a float in a snapshot would be a lost cent, so it is refused on the way in.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from admin_app.kernel.errors import Invalid

T = TypeVar("T")

Reader = Callable[[Any, str], Any]


def as_plain(value: Any) -> Any:
    """A frozen dataclass as dicts, lists and plain values, every field of it.

    Raises TypeError for what no snapshot may hold.
    """
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [as_plain(one) for one in value]
    if type(value) is date:
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"A snapshot holds no {type(value).__name__}")


def as_sparse_bytes(value: Any) -> bytes:
    """Canonical JSON of a frozen dataclass: sorted keys, UTF-8, no spaces, what is at its default left out."""
    return json.dumps(
        _sparse(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def read_plain(shape: type[T], plain: Any) -> T:
    """The dataclass `shape` that was written as `plain`.

    Raises Invalid, with the path of the field, for a missing, unknown or mistyped one.
    """
    kind: Any = shape
    found: T = _reader(kind)(plain, "")
    return found


def _sparse(value: Any) -> Any:
    """As `as_plain`, without the fields that say nothing but their default."""
    if isinstance(value, tuple):
        return [_sparse(one) for one in value]
    if not dataclasses.is_dataclass(value):
        return as_plain(value)
    return {
        field.name: _sparse(said)
        for field in dataclasses.fields(value)
        if (said := getattr(value, field.name)) != field.default
    }


@cache
def _reader(kind: Any) -> Reader:
    """What reads one type; dataclasses are entered by name, so that a tree may hold itself."""
    if dataclasses.is_dataclass(kind):
        return lambda plain, path: _read_record(kind, plain, path)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = [one for one in get_args(kind) if one is not type(None)]
        read_inner = _reader(inner)
        return lambda plain, path: None if plain is None else read_inner(plain, path)
    if origin is tuple:
        return _tuple_reader(get_args(kind))
    if kind is date:
        return _read_day
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda plain, path: _read_member(kind, plain, path)
    return lambda plain, path: plain if type(plain) is kind else _refuse(path, f"no {kind.__name__}")


@cache
def _fields(shape: type) -> dict[str, tuple[Reader, bool]]:
    """Name → (reader, must be given) of a dataclass."""
    hints = get_type_hints(shape)
    return {
        field.name: (_reader(hints[field.name]), field.default is dataclasses.MISSING)
        for field in dataclasses.fields(shape)
    }


def _read_record(shape: Any, plain: Any, path: str) -> Any:
    """One dataclass from its dict."""
    if not isinstance(plain, Mapping):
        _refuse(path, "no record")
    fields = _fields(shape)
    for name in plain:
        if name not in fields:
            _refuse(f"{path}.{name}", "unknown")
    for name, (_, required) in fields.items():
        if required and name not in plain:
            _refuse(f"{path}.{name}", "missing")
    return shape(**{name: fields[name][0](said, f"{path}.{name}") for name, said in plain.items()})


def _tuple_reader(parts: tuple[Any, ...]) -> Reader:
    """Reads a list of any length of one type, or one of fixed parts."""
    if parts[-1] is Ellipsis:
        read_one = _reader(parts[0])

        def read_many(plain: Any, path: str) -> Any:
            if not isinstance(plain, list | tuple):
                _refuse(path, "no list")
            return tuple(read_one(one, f"{path}[{index}]") for index, one in enumerate(plain))

        return read_many

    readers = [_reader(part) for part in parts]

    def read_fixed(plain: Any, path: str) -> Any:
        if not isinstance(plain, list | tuple) or len(plain) != len(readers):
            _refuse(path, f"no list of {len(readers)}")
        return tuple(
            read(one, f"{path}[{index}]")
            for index, (read, one) in enumerate(zip(readers, plain, strict=True))
        )

    return read_fixed


def _read_day(plain: Any, path: str) -> date:
    """A day written as 2026-03-31."""
    try:
        return date.fromisoformat(plain)
    except (TypeError, ValueError):
        _refuse(path, "no day")


def _read_member(kind: type[enum.Enum], plain: Any, path: str) -> enum.Enum:
    """A member of an enum by its value."""
    try:
        return kind(plain)
    except ValueError:
        _refuse(path, f"no {kind.__name__}")


def _refuse(path: str, why: str) -> NoReturn:
    """Says which field of the snapshot makes no sense."""
    where = path.lstrip(".") or "document"
    raise Invalid(f"This is no document: {where} is {why}", fields={where: why})

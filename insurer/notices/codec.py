"""Letter values as JSON and back: what a notice row keeps until its letter is made.

Only the fields of a letter's own classes are known; names of people are left out by the caller and come
from the person's record when the letter is rendered.
"""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Write a letter value (dataclass, tuple, date, text, number) as JSON types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: to_json(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(member) for member in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def from_json(kind: type[T], content: Mapping[str, Any]) -> T:
    """Rebuild a dataclass from :func:`to_json`; fields that are absent take their defaults."""
    shape: Any = kind
    hints = _hints(shape)
    known = {name: _value(hints[name], member) for name, member in content.items() if name in hints}
    return kind(**known)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(kind).items() if name in _names(kind)}


@cache
def _names(kind: Any) -> frozenset[str]:
    return frozenset(spec.name for spec in fields(kind))


def _value(hint: Any, content: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(arg for arg in get_args(hint) if arg is not type(None))
        return None if content is None else _value(inner, content)
    if origin is tuple:
        return tuple(_value(get_args(hint)[0], member) for member in content)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_json(hint, content)
    if hint is datetime:
        return datetime.fromisoformat(content)
    if hint is date:
        return date.fromisoformat(content)
    return content

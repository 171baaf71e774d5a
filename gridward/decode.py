"""JSON -> frozen dataclasses, by their type hints. What a newer service says more is left out, never an error."""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def decode(kind: type[T], value: Any) -> T:
    """The answer as its type; ValueError where something is missing or is not what it should be."""
    try:
        answer: T = _reader(cast("Hashable", kind))(value)
    except (TypeError, KeyError, AttributeError) as problem:
        raise ValueError(f"the answer is no {kind.__name__}: {problem!r}") from problem
    return answer


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        return _object(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (one,) = (_reader(k) for k in inner if k is not type(None))
        return lambda value: None if value is None else one(value)
    if origin is tuple:
        one = _reader(inner[0])
        return lambda value: tuple(one(v) for v in value)
    if kind is date:
        return date.fromisoformat
    if kind is datetime:
        return datetime.fromisoformat
    if kind is float:
        return _number
    if kind in (str, int, bool):
        return _exactly(kind)
    return lambda value: value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value

    return read


def _object(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    parts = [(f.name, _reader(hints[f.name]), _is_required(f)) for f in fields(kind)]

    def read(value: Mapping[str, Any]) -> Any:
        return kind(**{name: one(value[name]) for name, one, required in parts if required or name in value})

    return read


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING

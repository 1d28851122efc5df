"""JSON text -> a frozen dataclass, every field checked against its type."""

from __future__ import annotations

import json
import math
import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_LARGEST = 2**53 - 1
"""What every reader of JSON takes for an integer."""


def parse(kind: type[T], text: str, schema: str) -> T:
    """`kind` from an object whose `schema` is `schema`. Other keys than its fields are passed over, a null is None.

    Raises ValueError, with the place, where a key is missing or of another type.
    """
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise ValueError(f'not of schema "{schema}"')
    result: T = _read(kind, document, "")
    return result


def _read(kind: Any, value: object, where: str) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(value, dict):
            raise ValueError(f"{where or 'document'} is not an object")
        hints = _hints(kind)
        missing = [field.name for field in fields(kind) if field.name not in value]
        if missing:
            raise ValueError(f"{where or 'document'} has no {missing[0]}")
        return kind(**{name: _read(hints[name], value[name], f"{where}.{name}") for name in hints})
    if get_origin(kind) in (Union, types.UnionType):
        inner = next(part for part in get_args(kind) if part is not types.NoneType)
        return None if value is None else _read(inner, value, where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where} is not a list")
        inner = get_args(kind)[0]
        return tuple(_read(inner, entry, f"{where}[{index}]") for index, entry in enumerate(value))
    if kind is float and type(value) is int:
        value = float(value) if abs(value) <= _LARGEST else math.inf
    if type(value) is not kind:
        raise ValueError(f"{where} is not {kind.__name__}")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError(f"{where} is too large")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)

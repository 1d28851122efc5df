"""JSON text -> a frozen dataclass, every field checked against its type."""

from __future__ import annotations

import json
import math
import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_LARGEST = 2**53 - 1
"""What every reader of JSON takes for an integer."""


def parse(kind: type[T], text: str, schema: str) -> T:
    """`kind` from an object whose `schema` is `schema`. Other keys than its fields are passed over, a null is None.

    Raises ValueError, with the place, where a key without a default is missing, or one is of another type.
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
        missing = [each.name for each in fields(kind) if each.name not in value and each.default is MISSING]
        if missing:
            raise ValueError(f"{where or 'document'} has no {missing[0]}")
        return kind(**{name: _read(hints[name], value[name], f"{where}.{name}") for name in hints if name in value})
    if get_origin(kind) in (Union, types.UnionType):
        inner = next(part for part in get_args(kind) if part is not types.NoneType)
        return None if value is None else _read(inner, value, where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where} is not a list")
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            inner = inner[:1] * len(value)
        elif len(inner) != len(value):
            raise ValueError(f"{where} has {len(value)} elements, not {len(inner)}")
        return tuple(_read(*pair, f"{where}[{index}]") for index, pair in enumerate(zip(inner, value, strict=True)))
    if get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise ValueError(f"{where} is not an object")
        return {name: _read(get_args(kind)[1], entry, f"{where}.{name}") for name, entry in value.items()}
    if kind is float and type(value) is int:
        value = float(value) if abs(value) <= _LARGEST else math.inf
    if type(value) is not kind:
        raise ValueError(f"{where} is not {kind.__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is no finite number")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError(f"{where} is too large")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)

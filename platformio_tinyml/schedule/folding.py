"""Calls that make one output of a whole image, as calls of the kernel that takes it row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from ..program import KernelCall, Kind, Params
from ..program.fixed_point import float32_bits

_Fields = dict[str, int]


class _Kernel(NamedTuple):
    function: str
    struct: str


_Made = tuple[_Kernel, _Fields]
_SUMS_INT8 = _Kernel("tinyml_fold_rows_s8", "tinyml_fold_rows_params")
_LARGEST_INT8 = _Kernel("tinyml_fold_max_rows_s8", "tinyml_fold_max_rows_params")
_FLOAT32 = _Kernel("tinyml_fold_rows_f32", "tinyml_fold_rows_f32_params")
_LARGEST = 3.4028234663852886e38
_INFINITE = float32_bits(float("inf"))
_MINUS_INFINITE = float32_bits(float("-inf"))


def fold_call(call: KernelCall, height: int, row: int) -> KernelCall | None:
    """The call with a kernel that folds, for an input of `height` rows of `row` elements; None where it does not make
    one of all, or its type has no such kernel.
    """
    fields, sweep = dict(call.params.fields), call.sweep
    make = _MAKERS.get(call.function)
    if sweep is None or make is None:
        return None
    if sweep.maximum is not None and _is_whole_pool(fields):
        elements, depth = fields["input_height"] * fields["input_width"], fields["depth"]
        found = make(fields, sweep.maximum)
    elif sweep.kind is Kind.REDUCTION and _is_whole_reduction(fields):
        elements, depth = fields["reduced_2"], fields["kept_2"]
        found = make(fields, None)
    else:
        return None
    if found is None or height < 2 or row % depth or height * row != elements * depth:
        return None
    sizes = (("height", height), ("rows", 0), ("width", row // depth), ("depth", depth))
    kernel, members = found
    params = Params(kernel.struct, (*sizes, *members.items()))
    return replace(call, function=kernel.function, params=params, numbered=True)


def _is_whole_pool(fields: _Fields) -> bool:
    """Whether all elements are one window."""
    return fields["batches"] == 1 and all(
        (fields[f"output_{axis}"], fields[f"filter_{axis}"], fields[f"pad_{axis}"]) == (1, fields[f"input_{axis}"], 0)
        for axis in ("height", "width")
    )


def _is_whole_reduction(fields: _Fields) -> bool:
    """Whether all but the channels, which come last, is reduced."""
    outer = [fields[f"{loop}_{d}"] for loop in ("kept", "reduced") for d in (0, 1)]
    return outer == [1] * 4 and fields["kept_step_2"] == 1 and fields["reduced_step_2"] == fields["kept_2"]


def _of_int8(fields: _Fields, is_max: bool | None) -> _Made | None:
    """`is_max` of a pool."""
    kind = fields.get("kind", int(is_max or False))
    if kind < 0:
        return None
    bounds = {name: fields.get(name, most) for name, most in (("activation_min", -128), ("activation_max", 127))}
    if kind > 0:
        return _LARGEST_INT8, bounds
    return _SUMS_INT8, {
        "count": fields["input_height"] * fields["input_width"] if is_max is not None else 0,
        "multiplier": fields.get("multiplier", 0),
        "input_offset": fields.get("input_offset", 0),
        "output_offset": fields.get("output_offset", 0),
        **bounds,
        "shift": fields.get("shift", 0),
    }


def _of_float32(fields: _Fields, is_max: bool | None) -> _Made:
    """A reduction has no bounds."""
    kind = fields["kind"] if is_max is None else int(is_max)
    elements = fields["input_height"] * fields["input_width"] if is_max is not None else fields["count"]
    return _FLOAT32, {
        "count": elements if kind == 0 else 1,
        "start_bits": float32_bits(-kind * _LARGEST) if kind else 0,
        "min_bits": fields.get("min_bits", _MINUS_INFINITE),
        "max_bits": fields.get("max_bits", _INFINITE),
        "kind": kind,
    }


_MAKERS: Mapping[str, Callable[[_Fields, bool | None], _Made | None]] = {
    **dict.fromkeys(("tinyml_average_pool_2d_s8", "tinyml_max_pool_2d_s8", "tinyml_reduce_s8"), _of_int8),
    **dict.fromkeys(("tinyml_pool_2d_f32", "tinyml_reduce_f32"), _of_float32),
}
"""Of each kernel what makes the one that folds: it, and what its params have behind depth."""

"""RESIZE_BILINEAR as a RowCall: rows are made of two of the input, by shares that border rows have of their own."""

from __future__ import annotations

import struct
from dataclasses import replace
from math import gcd

from ..program import ConstantRef, KernelCall, Params, Program, TensorRef, scale_of
from .rows import MOST, RowCall, RowReading, with_fields

_BY_ROWS = {
    "tinyml_resize_bilinear_s8": "tinyml_resize_rows_s8",
    "tinyml_resize_bilinear_f32": "tinyml_resize_rows_f32",
}
"""The kernel that is given the number of the first row too."""


def resize_call(program: Program, position: int) -> RowCall | None:
    """The kernel finds rows by the table of the whole, which says how far beside that ratio they lie."""
    call, tensors = program.calls[position], program.model.tensors
    (source, table), (target,) = call.inputs, call.outputs
    fields = dict(call.params.fields)
    if not isinstance(source, TensorRef) or not isinstance(table, ConstantRef) or fields["batches"] != 1:
        return None
    rows, height = tensors[source.tensor].shape[1], fields["output_height"]
    row = fields["input_size"] // rows
    repeats = height // gcd(rows, height)
    stride = rows // gcd(rows, height)
    if rows == 1:  # each row is the same
        repeats, stride = 1, 0
    if repeats > MOST:
        return None
    words = struct.unpack(f"<{3 * height}i", program.constant(table.constant).data[: 12 * height])
    places = [[at // row - y // repeats * stride for at in words[3 * y : 3 * y + 2]] for y in range(height)]
    pad = -min(map(min, places))
    params = _params(fields, row, stride=stride, pad=pad, repeats=repeats)
    size = tensors[source.tensor].size // rows
    owner = program.storage(source.tensor)[0]
    span = max(map(max, places)) + pad + 1
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=tensors[target].size // height,
        readings=(RowReading(0, owner, rows, size, span=span, stride=stride, pad=pad, repeats=repeats),),
        params_of=lambda band: with_fields(params, {"rows": band}),
        band=repeats,
        over=frozenset(),
        instead=_by_rows(call, with_fields(params, {"rows": height})),
    )


def with_one_kernel(program: Program) -> Program:
    """Where a call runs by rows, those that make all at once have its kernel too: the other need not be there."""
    used = {call.function for call in program.calls}
    calls = list(program.calls)
    for position, call in enumerate(calls):
        source, fields = (call.inputs[0] if call.inputs else None), dict(call.params.fields)
        if _BY_ROWS.get(call.function) in used and isinstance(source, TensorRef) and fields["batches"] == 1:
            rows = program.model.tensors[source.tensor].shape[1]
            params = _params(fields, fields["input_size"] // rows, rows=fields["output_height"])
            calls[position] = _by_rows(call, params)
    return replace(program, calls=tuple(calls))


def _by_rows(call: KernelCall, params: Params) -> KernelCall:
    return replace(call, function=_BY_ROWS[call.function], params=params, numbered=True)


def _params(
    fields: dict[str, int], row: int, *, rows: int = 0, stride: int = 0, pad: int = 0, repeats: int = 1
) -> Params:
    """`fields` are the whole call's, `row` elements of an input row."""
    moved = {
        "rows": rows,
        "input_row": row,
        **{name: fields[name] for name in ("output_height", "output_width", "depth")},
        "stride": stride,
        "pad": pad,
        "scale": scale_of(repeats),
    }
    return Params("tinyml_resize_rows_params", tuple(moved.items()))

"""RESIZE_BILINEAR as a RowCall: rows are made of two of the input, by shares that border rows have of their own."""

from __future__ import annotations

import struct
from dataclasses import replace

from ..program import ConstantRef, KernelCall, Params, Program, TensorRef
from .row_tables import WHOLE, Line, table_reading
from .rows import RowCall, with_fields

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
    words = struct.unpack(f"<{3 * height}i", program.constant(table.constant).data[: 12 * height])
    wanted = [(min(words[3 * y : 3 * y + 2]) // row, max(words[3 * y : 3 * y + 2]) // row) for y in range(height)]
    found = table_reading(program.storage(source.tensor)[0], rows, tensors[source.tensor].size // rows, wanted)
    if found is None:
        return None
    reading, line = found
    params = _params(fields, row, line)
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=tensors[target].size // height,
        readings=(reading,),
        params_of=lambda band: with_fields(params, {"rows": band}),
        band=line.repeats,
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


def _params(fields: dict[str, int], row: int, line: Line = WHOLE, *, rows: int = 0) -> Params:
    """`fields` are the whole call's, `row` elements of an input row."""
    moved = {
        "rows": rows,
        "input_row": row,
        **{name: fields[name] for name in ("output_height", "output_width", "depth")},
        **line.fields(),
    }
    return Params("tinyml_resize_rows_params", tuple(moved.items()))

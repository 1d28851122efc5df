"""Calls of tinyml_pick as RowCalls: what MIRROR_PAD, GATHER and RESIZE_NEAREST_NEIGHBOR become."""

from __future__ import annotations

import struct
from dataclasses import replace

from ..program import ConstantRef, Params, Program, TensorRef
from .row_tables import table_reading
from .rows import RowCall, RowReading, rows_of, with_fields

_LISTS = 3
_SHORT = 32767


def pick_call(program: Program, position: int) -> RowCall | None:
    """Where rows stay in their order, or a list says which row of the input each of the output is."""
    call, tensors = program.calls[position], program.model.tensors
    (source, table), (target,) = call.inputs, call.outputs
    fields = dict(call.params.fields)
    if not isinstance(source, TensorRef) or not isinstance(table, ConstantRef):
        return None
    (height, row), (rows, source_row) = rows_of(tensors[target]), rows_of(tensors[source.tensor])
    owner = program.storage(source.tensor)[0]
    turns, odd = divmod(fields["outer"], height)
    if turns and not odd:
        if fields["outer_step"] * turns != source_row or rows != height:
            return None
        return RowCall(
            tensor=program.storage(target)[0],
            height=height,
            row=row,
            readings=(RowReading(0, owner, height, source_row),),
            params_of=lambda band: with_fields(call.params, {"outer": turns * band}),
            band=1,
            over=frozenset(),
        )
    sizes = [fields[f"size_{d}"] for d in range(_LISTS)]
    at = next((d for d in range(_LISTS) if sizes[d] > 1), _LISTS)
    inner = sizes[at + 1 :]
    if fields["outer"] != 1 or at == _LISTS or sizes[at] != height or len(inner) > 1:
        return None
    words = struct.unpack(f"<{sum(sizes)}i", program.constant(table.constant).data[: 4 * sum(sizes)])
    picked, columns = words[at : at + height], words[at + height :] or (0,)
    if any(offset % source_row for offset in picked) or max(columns) + fields["run"] > source_row:
        return None
    wanted = [(offset // source_row, offset // source_row) for offset in picked]
    found = table_reading(owner, rows, source_row, wanted)
    if found is None or at + height > _SHORT:
        return None
    reading, line = found
    moved = {
        "rows": height,
        "input_row": source_row,
        "columns": inner[0] if inner else 1,
        "run": fields["run"],
        "rows_at": at,
        "columns_at": at + height if inner else 0,  # the list before that of rows is a zero
        **line.fields(),
    }
    params = Params("tinyml_pick_rows_params", tuple(moved.items()))
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=row,
        readings=(reading,),
        params_of=lambda band: with_fields(params, {"rows": band}),
        band=line.repeats,
        over=frozenset(),
        instead=replace(call, function="tinyml_pick_rows", params=params, numbered=True),
    )

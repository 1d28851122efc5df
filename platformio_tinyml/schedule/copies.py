"""Copies and fills as RowCalls: what CONCATENATION, SLICE, PAD, SPACE_TO_DEPTH and their like become."""

from __future__ import annotations

from dataclasses import replace

from ..program import Params, Program, TensorRef
from .rows import MOST, OWN, RowCall, RowReading, rows_of, with_fields


def copy_call(program: Program, position: int) -> RowCall | None:
    """Of elements that stay in their row, or go to one at an equal distance: concatenation, splits, slices, padding;
    or of several rows that become one.

    A call that writes to what an earlier one has written continues its rows.
    """
    call, tensors, (target,) = program.calls[position], program.model.tensors, program.calls[position].outputs
    (source,) = call.inputs
    fields = dict(call.params.fields)
    loop = next((d for d in range(5) if fields[f"size_{d}"] != 1), None)
    if loop is None or not isinstance(source, TensorRef):
        return None
    height, row = rows_of(tensors[target])
    rows, source_row = rows_of(tensors[source.tensor])
    above, to = divmod(fields["output_start"], row)
    start, first = divmod(fields["input_start"], source_row)
    fill = _filled_with(program, position)
    if fields[f"output_step_{loop}"] > row:
        return _spreading(program, position, fields, loop)
    moved = rows if fill is not None else height
    times, odd = divmod(fields[f"size_{loop}"], moved)
    stride, rest = divmod(fields[f"input_step_{loop}"] * times, source_row)
    if odd or rest or stride < 1 or fields[f"output_step_{loop}"] * times != row:
        return None
    if (above or moved != height) and (fill is None or start or stride > 1):
        return None
    within = with_fields(call.params, {f"size_{loop}": times, "input_start": first, "output_start": to})
    span = _reach(within, "input", source_row)
    if not span or _reach(within, "output", row) != 1 or (span > 1 and (start or fill is not None)):
        return None
    owner = program.storage(target)[0]
    reading = RowReading(
        0, program.storage(source.tensor)[0], rows, source_row, span=span, stride=stride, pad=above - start, fill=fill
    )
    continues = any(owner == program.storage(tensor)[0] for each in program.calls[:position] for tensor in each.outputs)
    return RowCall(
        tensor=owner,
        height=height,
        row=row,
        readings=(reading, RowReading(OWN, owner, height, row)) if continues else (reading,),
        params_of=lambda band: with_fields(within, {f"size_{loop}": times * band}),
        band=1,
        over=frozenset(),
        continues=continues,
    )


def _spreading(program: Program, position: int, fields: dict[str, int], loop: int) -> RowCall | None:
    """Of a copy that makes several rows of each row of its input: resizing to nearest neighbours, and
    DEPTH_TO_SPACE.
    """
    call, tensors = program.calls[position], program.model.tensors
    (target,), (source,) = call.outputs, call.inputs
    if not isinstance(source, TensorRef):
        return None
    (height, row), (rows, source_row) = rows_of(tensors[target]), rows_of(tensors[source.tensor])
    repeats, odd = divmod(height, rows)
    within = with_fields(call.params, {f"size_{loop}": 1})
    steps = (fields[f"size_{loop}"], fields[f"input_step_{loop}"], fields[f"output_step_{loop}"])
    if odd or steps != (rows, source_row, repeats * row) or fields["input_start"] or fields["output_start"]:
        return None
    if repeats > MOST or _reach(within, "input", source_row) != 1 or _reach(within, "output", row) != repeats:
        return None
    owner = program.storage(target)[0]
    if program.writers[owner] != {position}:
        return None
    return RowCall(
        tensor=owner,
        height=height,
        row=row,
        readings=(RowReading(0, program.storage(source.tensor)[0], rows, source_row, repeats=repeats),),
        params_of=lambda band: with_fields(within, {f"size_{loop}": band // repeats}),
        band=repeats,
        over=frozenset(),
    )


def _filled_with(program: Program, position: int) -> int | None:
    """The byte that the call before has set the output of this one to, if that is what it did."""
    before = program.calls[position - 1] if position else None
    if before is None or before.function != "tinyml_fill" or before.outputs != program.calls[position].outputs:
        return None
    fields = dict(before.params.fields)
    value = (fields["low"] & 0xFFFFFFFF) | (fields["high"] & 0xFFFFFFFF) << 32
    low, *others = value.to_bytes(8, "little")[: fields["width"]]
    return low if others.count(low) == len(others) else None


def fill_call(program: Program, position: int) -> RowCall | None:
    """What a copy of an image goes into: a row is filled when the copy's is there."""
    call = program.calls[position]
    after = program.calls[position + 1] if position + 1 < len(program.calls) else None
    if after is None or after.function != "tinyml_copy" or after.outputs != call.outputs:
        return None
    copied = copy_call(program, position + 1)
    if copied is None:
        return None
    row = dict(call.params.fields)["size"] // copied.height
    return replace(
        copied,
        readings=copied.readings[:1],
        params_of=lambda band: with_fields(call.params, {"size": row * band}),
        continues=False,
    )


def _reach(params: Params, side: str, row: int) -> int:
    """Rows of a copy's input or output, from the first on, in which its elements lie; 0 where some lie before it."""
    fields = dict(params.fields)
    ways = [(fields[f"size_{d}"] - 1) * fields[f"{side}_step_{d}"] for d in range(5)]
    low = fields[f"{side}_start"] + sum(min(way, 0) for way in ways)
    high = fields[f"{side}_start"] + sum(max(way, 0) for way in ways) + fields["run"]
    return 0 if low < 0 else (high - 1) // row + 1

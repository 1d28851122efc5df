"""Calls as RowCalls, by how their kernel sweeps over rows (program/sweep.py)."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..model import Tensor
from ..program import KernelCall, Params, Program, TensorRef
from .rows import MOST, RowCall, RowReading, rows_of, with_fields

FOLD_BAND = 2
"""Rows that are folded at a time: each step reads and writes all sums."""
LENGTH_BAND = 4
"""Rows that are made at a time where a row is a single element: a step costs more than such a row."""


def window_call(program: Program, position: int) -> RowCall | None:
    call, tensors = program.calls[position], program.model.tensors
    fields, sweep = dict(call.params.fields), call.sweep
    (source, *_), (target,) = call.inputs, call.outputs
    if sweep is None or not isinstance(source, TensorRef) or fields.get("batches", 1) != 1:
        return None
    flat = fields["input_height"] == fields["output_height"] == fields["filter_height"] == 1
    axis = "width" if flat else "height"
    height, stride, pad = fields[f"output_{axis}"], fields[f"stride_{axis}"], fields[f"pad_{axis}"]
    span = (fields[f"filter_{axis}"] - 1) * fields.get(f"dilation_{axis}", 1) + 1
    rows = fields[f"input_{axis}"]
    is_padded = pad > 0 or (height - 1) * stride + span - pad > rows
    fill = sweep.padding if is_padded else None
    if is_padded and fill is None:
        return None

    def params_of(band: int) -> Params:
        changed = {
            f"input_{axis}": span + (band - 1) * stride,
            f"output_{axis}": band,
            f"pad_{axis}": 0,
        }
        return with_fields(call.params, changed)

    by_pairs = sweep.by_pairs and fields["output_width"] % 2 == 1
    band = LENGTH_BAND if flat else 2 if by_pairs else 1
    reading = RowReading(
        0, program.storage(source.tensor)[0], rows, tensors[source.tensor].size // rows, span, stride, pad, fill
    )
    row = tensors[target].size // height
    return RowCall(program.storage(target)[0], height, row, (reading,), params_of, min(band, height), frozenset())


def spread_call(program: Program, position: int) -> RowCall | None:
    """As many rows at a time as one of the input moves on."""
    call, tensors = program.calls[position], program.model.tensors
    fields, sweep = dict(call.params.fields), call.sweep
    (source, *_), (target,) = call.inputs, call.outputs
    if sweep is None or sweep.padding is None or not isinstance(source, TensorRef) or fields["batches"] != 1:
        return None
    axis = "width" if fields["input_height"] == fields["output_height"] == fields["filter_height"] == 1 else "height"
    rows, height, stride = fields[f"input_{axis}"], fields[f"output_{axis}"], fields[f"stride_{axis}"]
    taps, pad = fields[f"filter_{axis}"], fields[f"pad_{axis}"]
    if stride > MOST:
        return None
    above = (taps - 1 - pad) // stride
    span = (stride - 1 + pad) // stride + 1 + above

    def params_of(band: int) -> Params:
        changed = {
            f"input_{axis}": span + (band - 1) // stride,
            f"output_{axis}": band,
            f"pad_{axis}": pad + above * stride,
        }
        return with_fields(call.params, changed)

    row = tensors[source.tensor].size // rows
    reading = RowReading(
        operand=0,
        tensor=program.storage(source.tensor)[0],
        height=rows,
        row=row,
        span=span,
        pad=above,
        fill=sweep.padding,
        repeats=stride,
    )
    target_row = tensors[target].size // height
    return RowCall(program.storage(target)[0], height, target_row, (reading,), params_of, stride, frozenset())


def flat_call(program: Program, position: int) -> RowCall | None:
    call, sweep = program.calls[position], program.calls[position].sweep
    source, (target,) = call.inputs[0], call.outputs
    if not isinstance(source, TensorRef) or len([each for each in call.inputs if isinstance(each, TensorRef)]) != 1:
        return None
    tensors = program.model.tensors
    height, _ = rows_of(tensors[target])
    count = sweep.count if sweep else ""
    items = dict(call.params.fields)[count]
    if tensors[source.tensor].size % height or items % height:
        return None
    return _row_for_row(program, source, target, lambda band: with_fields(call.params, {count: items // height * band}))


def _row_for_row(program: Program, source: TensorRef, target: int, params_of: Callable[[int], Params]) -> RowCall:
    """Where each row of the output is made of one of the input."""
    tensors = program.model.tensors
    height, row = rows_of(tensors[target])
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=row,
        readings=(RowReading(0, program.storage(source.tensor)[0], height, tensors[source.tensor].size // height),),
        params_of=params_of,
        band=_elementwise_band(tensors[target], height),
        over=frozenset(),
    )


def loops_call(program: Program, position: int) -> RowCall | None:
    call, tensors = program.calls[position], program.model.tensors
    fields, (target,) = dict(call.params.fields), call.outputs
    height, row = rows_of(tensors[target])
    loop = next((d for d in range(4) if fields[f"size_{d}"] != 1), 3)
    if fields[f"size_{loop}"] % height:
        return None
    readings = []
    for position, operand in enumerate(call.inputs[:2]):
        moves = fields[f"input{position + 1}_step_{loop}"] != 0
        if not isinstance(operand, TensorRef):
            if moves:
                return None
            continue
        if not moves or tensors[operand.tensor].elements != tensors[target].elements:
            return None
        readings.append(
            RowReading(position, program.storage(operand.tensor)[0], height, tensors[operand.tensor].size // height)
        )
    if not readings:
        return None
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=row,
        readings=tuple(readings),
        params_of=lambda band: with_fields(call.params, {f"size_{loop}": fields[f"size_{loop}"] // height * band}),
        band=_elementwise_band(tensors[target], height),
        over=frozenset(),
    )


def reduced_call(program: Program, position: int) -> RowCall | None:
    """Where each row of the output is made of one of the input."""
    call, tensors = program.calls[position], program.model.tensors
    fields, (source,), (target,) = dict(call.params.fields), call.inputs, call.outputs
    if not isinstance(source, TensorRef):
        return None
    height, _ = rows_of(tensors[target])
    loop = next((d for d in range(3) if fields[f"kept_{d}"] != 1), 2)
    size, elements = fields[f"kept_{loop}"], tensors[source.tensor].elements
    if size % height or fields[f"kept_step_{loop}"] * size != elements:
        return None
    return _row_for_row(
        program, source, target, lambda band: with_fields(call.params, {f"kept_{loop}": size // height * band})
    )


def folded_call(program: Program, fold: KernelCall) -> RowCall | None:
    fields, (target,) = dict(fold.params.fields), fold.outputs
    source = fold.inputs[0]
    if not isinstance(source, TensorRef):
        return None
    height, row = fields["height"], program.model.tensors[source.tensor].size // fields["height"]
    reading = RowReading(0, program.storage(source.tensor)[0], height, row)
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=0,
        readings=(reading,),
        params_of=lambda band: with_fields(fold.params, {"rows": band, "width": fields["width"] * band}),
        band=FOLD_BAND,
        over=frozenset(),
        instead=fold,
        folds=True,
        room=fields["depth"] * (4 if "count" in fields else 1),
    )


def _elementwise_band(tensor: Tensor, height: int) -> int:
    inner = [size for size in tensor.shape if size != 1][1:]
    return min(LENGTH_BAND, height) if math.prod(inner) == math.prod(tensor.shape[-1:]) else 1

"""KernelCall -> RowCall: what a call needs to be made row by row, and its params for a few rows.

Rows are those of the first dimension that is not 1: the height of images, the length of what has one dimension only.
A kernel knows nothing of it: it is given a smaller tensor. Padding above and below is rows in memory, so only kernels
for which padding equals some value have any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..errors import ModelError
from ..model import Tensor
from ..program import KernelCall, Params, Program, TensorRef
from .folding import fold_call

LARGEST = 32767
"""Rows, strides and spans: the runtime holds them as int16_t."""
FOLD_BAND = 2
"""Rows that are folded at a time: each step reads and writes all sums."""
LENGTH_BAND = 4
"""Rows that are made at a time where a row is a single element: a step costs more than such a row."""


OWN = -1
"""In the place of an operand: the rows that the call adds to."""


@dataclass(frozen=True, slots=True)
class RowReading:
    """Operand `operand`, the tensor `tensor` (which owns memory) of `height` rows of `row` bytes.

    Output row y wants `span` rows from y * stride - pad on; rows outside the tensor are the byte `fill`.
    """

    operand: int
    tensor: int
    height: int
    row: int
    span: int = 1
    stride: int = 1
    pad: int = 0
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class RowCall:
    """A call whose output `tensor` has `height` rows of `row` bytes. `params_of(n)` are those for n rows at once.

    `band` is how many rows at a time suit the kernel. `over` are inputs whose rows the output's may replace. With
    `fold`, which takes the call's place, the rows are the input's: all make one output, in `room` bytes. `continues`:
    its rows are there, and it adds to them.
    """

    tensor: int
    height: int
    row: int
    readings: tuple[RowReading, ...]
    params_of: Callable[[int], Params]
    band: int
    over: frozenset[int]
    fold: KernelCall | None = None
    room: int = 0
    continues: bool = False


def row_call(program: Program, position: int) -> RowCall | None:
    """None where the call cannot be made row by row."""
    call = program.calls[position]
    states = {state.tensor for state in program.states}
    owners = {program.storage(tensor)[0] for tensor in _tensors(call)}
    if len(call.outputs) != 1 or any(_is_part(program, tensor) for tensor in _tensors(call)):
        return None
    if owners & states or any(program.model.tensors[owner].is_variable for owner in owners):
        return None
    found = None
    source = call.inputs[0] if call.inputs else None
    fold = fold_call(call, *_rows_of(program.model.tensors[source.tensor])) if isinstance(source, TensorRef) else None
    if fold:
        found = _fold_call(program, fold)
    elif call.function in _WINDOWS:
        found = _window_call(program, call)
    elif call.function in _FLAT:
        found = _flat_call(program, call)
    elif call.function in _NESTS:
        found = _nest_call(program, call)
    elif call.function == "tinyml_copy":
        found = _copy_call(program, position)
    elif call.function == "tinyml_fill":
        found = _fill_call(program, position)
    if found is None or found.height < 2 or max(found.height, *(each.height for each in found.readings)) > LARGEST:
        return None
    over = {overlap.input for overlap in program.overlaps if overlap.call == position and overlap.min_distance <= 0}
    exact = [each for each in found.readings if (each.span, each.stride, each.pad, each.row) == (1, 1, 0, found.row)]
    return replace(
        found, over=frozenset(each.tensor for each in exact if over & _viewed_as(program, call, each.tensor))
    )


def _copy_call(program: Program, position: int) -> RowCall | None:
    """Of elements that stay in their row, or go to one at an equal distance: concatenation, splits, slices, padding.

    A call that writes to what an earlier one has written continues its rows.
    """
    call, tensors, (target,) = program.calls[position], program.model.tensors, program.calls[position].outputs
    (source,) = call.inputs
    fields = dict(call.params.fields)
    loop = next((d for d in range(5) if fields[f"size_{d}"] != 1), None)
    if loop is None or not isinstance(source, TensorRef):
        return None
    height, row = _rows_of(tensors[target])
    rows, source_row = _rows_of(tensors[source.tensor])
    above, to = divmod(fields["output_start"], row)
    start, first = divmod(fields["input_start"], source_row)
    fill = _filled_with(program, position)
    moved = rows if fill is not None else height
    times, odd = divmod(fields[f"size_{loop}"], moved)
    stride, rest = divmod(fields[f"input_step_{loop}"] * times, source_row)
    if odd or rest or stride < 1 or fields[f"output_step_{loop}"] * times != row:
        return None
    if (above or moved != height) and (fill is None or start or stride > 1):
        return None
    within = _with(call.params, {f"size_{loop}": times, "input_start": first, "output_start": to})
    if not (_stays(within, "input", source_row) and _stays(within, "output", row)):
        return None
    owner = program.storage(target)[0]
    reading = RowReading(
        0, program.storage(source.tensor)[0], rows, source_row, stride=stride, pad=above - start, fill=fill
    )
    continues = any(owner == program.storage(tensor)[0] for each in program.calls[:position] for tensor in each.outputs)
    return RowCall(
        tensor=owner,
        height=height,
        row=row,
        readings=(reading, RowReading(OWN, owner, height, row)) if continues else (reading,),
        params_of=lambda band: _with(within, {f"size_{loop}": times * band}),
        band=1,
        over=frozenset(),
        continues=continues,
    )


def _filled_with(program: Program, position: int) -> int | None:
    """The byte that the call before has set the output of this one to, if that is what it did."""
    before = program.calls[position - 1] if position else None
    if before is None or before.function != "tinyml_fill" or before.outputs != program.calls[position].outputs:
        return None
    fields = dict(before.params.fields)
    return fields["low"] if fields["width"] == 1 else None


def _fill_call(program: Program, position: int) -> RowCall | None:
    """What a copy of an image goes into: a row is filled when the copy's is there."""
    call = program.calls[position]
    after = program.calls[position + 1] if position + 1 < len(program.calls) else None
    if after is None or after.function != "tinyml_copy" or after.outputs != call.outputs:
        return None
    copied = _copy_call(program, position + 1)
    if copied is None:
        return None
    row = dict(call.params.fields)["size"] // copied.height
    return replace(
        copied,
        readings=copied.readings[:1],
        params_of=lambda band: _with(call.params, {"size": row * band}),
        continues=False,
    )


def _stays(params: Params, side: str, row: int) -> bool:
    """Whether a copy's elements all lie in one row of its input or output."""
    fields = dict(params.fields)
    ways = [(fields[f"size_{d}"] - 1) * fields[f"{side}_step_{d}"] for d in range(5)]
    low = fields[f"{side}_start"] + sum(min(way, 0) for way in ways)
    high = fields[f"{side}_start"] + sum(max(way, 0) for way in ways) + fields["run"]
    return 0 <= low <= high <= row


def handed_rows(program: Program, calls: Mapping[int, RowCall]) -> RowCall:
    """The application as the maker of the input's rows, which are those that the calls want that read it.

    `calls` are those that can be made row by row. Raises ModelError, with the reason, where rows cannot be handed in.
    """
    if len(program.model.inputs) != 1:
        raise _whole(f"it has {len(program.model.inputs)} inputs")
    tensor = program.storage(program.model.inputs[0])[0]
    states = {state.tensor for state in program.states}
    if tensor in states or program.model.tensors[tensor].is_variable or _is_part(program, program.model.inputs[0]):
        raise _whole("its input is a part of what it remembers")
    rows: set[tuple[int, int]] = set()
    for position, call in enumerate(program.calls):
        if tensor not in (program.storage(each.tensor)[0] for each in call.inputs if isinstance(each, TensorRef)):
            continue
        if position not in calls:
            raise _whole(f"operator {call.source.index}, {call.source.kind}, which reads it, needs all of it at once")
        rows |= {(each.height, each.row) for each in calls[position].readings if each.tensor == tensor}
    if len(rows) != 1:
        raise _whole("operators that read it do not see the same rows" if rows else "no operator reads it")
    ((height, row),) = rows
    return RowCall(tensor, height, row, (), lambda band: Params("", ()), 1, frozenset())


def _whole(why: str) -> ModelError:
    return ModelError(f"rows of the input cannot be handed in: {why}", "Hand it in whole (docs/rows.md).")


def _is_part(program: Program, tensor: int) -> bool:
    """Whether a tensor is a part of another, not all of it."""
    owner, offset = program.storage(tensor)
    return bool(offset) or program.model.tensors[owner].size != program.model.tensors[tensor].size


def _tensors(call: KernelCall) -> tuple[int, ...]:
    return (*(each.tensor for each in call.inputs if isinstance(each, TensorRef)), *call.outputs)


def _viewed_as(program: Program, call: KernelCall, owner: int) -> set[int]:
    return {tensor for tensor in _tensors(call) if program.storage(tensor)[0] == owner}


def _rows_of(tensor: Tensor) -> tuple[int, int]:
    """(rows, bytes of one)."""
    height = next((size for size in tensor.shape if size != 1), 1)
    return height, tensor.size // max(height, 1)


def _padding_value(call: KernelCall, fields: dict[str, int]) -> int | None:
    """The byte that padding equals for the kernel."""
    if call.function == "tinyml_max_pool_2d_s8":
        return -128
    return -fields["input_offset"] if call.function in _ZERO_POINT_PADS else None


_ZERO_POINT_PADS = {"tinyml_conv_2d_s8", "tinyml_depthwise_conv_2d_s8"}
_BY_PAIRS = {"tinyml_conv_2d_s8", "tinyml_depthwise_conv_2d_s8"}
"""Kernels that take two elements at a time: of an odd row the last is as dear as two."""
_WINDOWS = {
    "tinyml_conv_2d_s8",
    "tinyml_depthwise_conv_2d_s8",
    "tinyml_max_pool_2d_s8",
    "tinyml_average_pool_2d_s8",
    "tinyml_conv_2d_f32",
    "tinyml_depthwise_conv_2d_f32",
    "tinyml_pool_2d_f32",
}
"""Kernels that slide a window over the input: params with input_height, filter_height, ... and the same of width."""
_FLAT = {"tinyml_table_s8", "tinyml_requantize_s8", "tinyml_quantize_s8", "tinyml_dequantize_s8", "tinyml_unary_f32"}
"""Elementwise kernels: params with size, the number of elements."""
_NESTS = {
    "tinyml_add_s8",
    "tinyml_sub_s8",
    "tinyml_mul_s8",
    "tinyml_maximum_s8",
    "tinyml_minimum_s8",
    "tinyml_binary_f32",
}
"""Kernels of two inputs that may be repeated: params with size_0 ... size_3 and steps of each input."""


def _window_call(program: Program, call: KernelCall) -> RowCall | None:
    fields, tensors = dict(call.params.fields), program.model.tensors
    (source, *_), (target,) = call.inputs, call.outputs
    if not isinstance(source, TensorRef) or fields.get("batches", 1) != 1:
        return None
    flat = fields["input_height"] == fields["output_height"] == fields["filter_height"] == 1
    axis = "width" if flat else "height"
    height, stride, pad = fields[f"output_{axis}"], fields[f"stride_{axis}"], fields[f"pad_{axis}"]
    span = (fields[f"filter_{axis}"] - 1) * fields.get(f"dilation_{axis}", 1) + 1
    rows = fields[f"input_{axis}"]
    is_padded = pad > 0 or (height - 1) * stride + span - pad > rows
    fill = _padding_value(call, fields) if is_padded else None
    if is_padded and fill is None:
        return None

    def params_of(band: int) -> Params:
        changed = {
            f"input_{axis}": span + (band - 1) * stride,
            f"output_{axis}": band,
            f"pad_{axis}": 0,
        }
        return _with(call.params, changed)

    by_pairs = call.function in _BY_PAIRS and fields["output_width"] % 2 == 1
    band = LENGTH_BAND if flat else 2 if by_pairs else 1
    reading = RowReading(
        0, program.storage(source.tensor)[0], rows, tensors[source.tensor].size // rows, span, stride, pad, fill
    )
    row = tensors[target].size // height
    return RowCall(program.storage(target)[0], height, row, (reading,), params_of, min(band, height), frozenset())


def _fold_call(program: Program, fold: KernelCall) -> RowCall | None:
    fields, (target,) = dict(fold.params.fields), fold.outputs
    source = fold.inputs[0]
    if not isinstance(source, TensorRef):
        return None
    height, row = fields["height"], fields["width"] * fields["depth"]
    reading = RowReading(0, program.storage(source.tensor)[0], height, row)
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=0,
        readings=(reading,),
        params_of=lambda band: _with(fold.params, {"rows": band, "width": fields["width"] * band}),
        band=FOLD_BAND,
        over=frozenset(),
        fold=fold,
        room=4 * fields["depth"],
    )


def _flat_call(program: Program, call: KernelCall) -> RowCall | None:
    source, (target,) = call.inputs[0], call.outputs
    if not isinstance(source, TensorRef) or len([each for each in call.inputs if isinstance(each, TensorRef)]) != 1:
        return None
    tensors = program.model.tensors
    height, row = _rows_of(tensors[target])
    elements = dict(call.params.fields)["size"]
    if tensors[source.tensor].size % height or elements % height:
        return None
    reading = RowReading(0, program.storage(source.tensor)[0], height, tensors[source.tensor].size // height)
    return RowCall(
        tensor=program.storage(target)[0],
        height=height,
        row=row,
        readings=(reading,),
        params_of=lambda band: _with(call.params, {"size": elements // height * band}),
        band=_elementwise_band(tensors[target], height),
        over=frozenset(),
    )


def _nest_call(program: Program, call: KernelCall) -> RowCall | None:
    fields, tensors, (target,) = dict(call.params.fields), program.model.tensors, call.outputs
    height, row = _rows_of(tensors[target])
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
        params_of=lambda band: _with(call.params, {f"size_{loop}": fields[f"size_{loop}"] // height * band}),
        band=_elementwise_band(tensors[target], height),
        over=frozenset(),
    )


def _elementwise_band(tensor: Tensor, height: int) -> int:
    inner = [size for size in tensor.shape if size != 1][1:]
    return min(LENGTH_BAND, height) if math.prod(inner) == math.prod(tensor.shape[-1:]) else 1


def _with(params: Params, changed: dict[str, int]) -> Params:
    return Params(params.struct, tuple((name, changed.get(name, value)) for name, value in params.fields))

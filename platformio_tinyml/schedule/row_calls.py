"""KernelCall -> RowCall: what a call needs to be made row by row, and its params for a few rows.

Rows are those of the first dimension that is not 1: the height of images, the length of what has one dimension only.
A kernel knows nothing of it: it is given a smaller tensor. Padding above and below is rows in memory, so only kernels
for which padding equals some value have any.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..model import Tensor
from ..program import KernelCall, Params, Program, TensorRef
from .folding import fold_call

LARGEST = 32767
"""Rows, strides and spans: the runtime holds them as int16_t."""
FOLD_BAND = 2
"""Rows that are folded at a time: each step reads and writes all sums."""
LENGTH_BAND = 4
"""Rows that are made at a time where a row is a single element: a step costs more than such a row."""


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
    `fold`, which takes the call's place, the rows are the input's: all make one output, in `room` bytes.
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
    if found is None or found.height < 2 or max(found.height, *(each.height for each in found.readings)) > LARGEST:
        return None
    over = {overlap.input for overlap in program.overlaps if overlap.call == position and overlap.min_distance <= 0}
    exact = [each for each in found.readings if (each.span, each.stride, each.pad, each.row) == (1, 1, 0, found.row)]
    return replace(
        found, over=frozenset(each.tensor for each in exact if over & _viewed_as(program, call, each.tensor))
    )


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


_ZERO_POINT_PADS = {f"tinyml_{name}_{kind}" for name in ("conv_2d", "depthwise_conv_2d") for kind in ("s8", "u8")}
_BY_PAIRS = _ZERO_POINT_PADS
"""Kernels that take two elements at a time: of an odd row the last is as dear as two."""
_WINDOWS = {
    *_ZERO_POINT_PADS,
    "tinyml_max_pool_2d_s8",
    "tinyml_average_pool_2d_s8",
    "tinyml_average_pool_2d_u8",
    "tinyml_conv_2d_f32",
    "tinyml_depthwise_conv_2d_f32",
    "tinyml_pool_2d_f32",
}
"""Kernels that slide a window over the input: params with input_height, filter_height, ... and the same of width."""
_FLAT = {
    "tinyml_table_s8",
    "tinyml_flip_u8",
    "tinyml_requantize_s8",
    "tinyml_quantize_s8",
    "tinyml_dequantize_s8",
    "tinyml_unary_f32",
}
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

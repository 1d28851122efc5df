"""Arithmetic on shapes: integers that converters compute at run time although they are known, as Flatten does."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    AxisOptions,
    ConcatenationOptions,
    GatherOptions,
    Model,
    Operator,
    StridedSliceOptions,
    Tensor,
)
from .constants import FORMATS, LONGEST, Values, values_of
from .graph import is_pure, listed, with_operators, with_tensors
from .shapes import Shape, output_shapes


def fold_integers(model: Model, steps: list[str]) -> Model:
    """Operators on integers that are known become constants."""
    known = _known(model)
    if not known.operators:
        return model
    steps.append(f"Known before the first invoke: {listed(known.operators)}")
    changed = (known.tensors[operator.outputs[0]] for operator in known.operators)
    return with_operators(with_tensors(model, changed), (), {operator.index for operator in known.operators})


def known_shapes(model: Model) -> dict[int, Shape]:
    """By tensor the shape that follows from a batch of 1, where the file leaves it open and states another."""
    if model.subgraph_count != 1 or not any(tensor.is_open or tensor.is_dynamic for tensor in model.tensors):
        return {}
    pairs = zip(model.tensors, _known(model).tensors, strict=True)
    return {
        before.index: after.shape
        for before, after in pairs
        if before.shape != after.shape or before.is_dynamic != after.is_dynamic
    }


def with_shapes(model: Model, shapes: Mapping[int, Shape]) -> Model:
    """With these shapes, which nothing leaves open any more."""
    changed = (replace(model.tensors[index], shape=shape, is_dynamic=False) for index, shape in shapes.items())
    return with_tensors(model, changed)


@dataclass(frozen=True, slots=True)
class _Known:
    """All tensors, those that can be computed with data, open ones with their shape; the operators that make data."""

    tensors: Sequence[Tensor]
    operators: Sequence[Operator]


def _known(model: Model) -> _Known:
    tensors, operators = list(model.tensors), []
    for operator in model.operators:
        for settled in _settled(operator, tensors):
            tensors[settled.index] = settled
        if len(operator.outputs) != 1 or operator.outputs[0] in model.outputs or not is_pure(model, operator):
            continue
        output = tensors[operator.outputs[0]]
        values = _evaluate(operator, [tensors[index] for index in operator.inputs if index >= 0], output)
        data = None if values is None else _packed(values, output)
        if data is not None:
            tensors[output.index] = replace(output, data=data)
            operators.append(operator)
    return _Known(tensors, operators)


def _settled(operator: Operator, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Outputs whose shape the file leaves open, with that which follows from the inputs'."""
    inputs = [tensors[index] for index in operator.inputs if index >= 0]
    outputs = [tensors[index] for index in operator.outputs if index >= 0]
    is_open = any(tensor.is_dynamic or tensor.is_open for tensor in outputs)
    if not is_open or any(tensor.is_dynamic for tensor in inputs) or len(outputs) < len(operator.outputs):
        return []
    shapes = output_shapes(operator, inputs)
    if shapes is None:
        return []
    pairs = zip(outputs, shapes, strict=True)
    return [replace(tensor, shape=shape, is_dynamic=False) for tensor, shape in pairs if _may_be(tensor, shape)]


def _may_be(tensor: Tensor, shape: Shape) -> bool:
    """Whether the file leaves room for that shape, and does not state it."""
    if tensor.is_constant or tensor.is_variable or len(shape) != len(tensor.shape):
        return False
    return tensor.is_dynamic or (tensor.is_open and tensor.shape[1:] == shape[1:] and tensor.shape != shape)


def _evaluate(operator: Operator, inputs: Sequence[Tensor], output: Tensor) -> Values | None:
    """None where it is not known, or not computed here."""
    if output.type not in FORMATS or output.is_dynamic or output.elements > LONGEST:
        return None
    if operator.opcode not in _OF_ANY_RANK and any(len(tensor.shape) > 1 for tensor in (*inputs, output)):
        return None
    if operator.opcode == "SHAPE":
        fixed = len(inputs) == 1 and not inputs[0].is_dynamic and all(size > 0 for size in inputs[0].shape)
        return inputs[0].shape if fixed else None
    function = _FUNCTIONS.get(operator.opcode)
    values = [values_of(tensor) for tensor in inputs]
    known = [each for each in values if each is not None]
    if function is None or len(known) < len(values) or not known:
        return None
    return function(operator, known)


def _packed(values: Values, output: Tensor) -> bytes | None:
    """None where they are not as many, or one is larger, than the output holds: then the file means something else."""
    if len(values) != output.elements:
        return None
    try:
        return struct.pack(f"<{len(values)}{FORMATS[output.type]}", *values)
    except struct.error:
        return None


def _strided_slice(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    """Of one dimension."""
    options = operator.options
    if not isinstance(options, StridedSliceOptions) or [len(each) for each in inputs[1:]] != [1, 1, 1]:
        return None
    if options.ellipsis_mask or options.new_axis_mask or options.offset or inputs[3][0] < 1:
        return None
    values, begin, end, stride = inputs[0], inputs[1][0], inputs[2][0], inputs[3][0]
    if options.shrink_axis_mask & 1:
        return [values[begin]] if -len(values) <= begin < len(values) and stride == 1 else None
    first = None if options.begin_mask & 1 else begin
    return values[first : None if options.end_mask & 1 else end : stride]


def _slice(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    if [len(each) for each in inputs[1:]] != [1, 1]:
        return None
    values, begin, size = inputs[0], inputs[1][0], inputs[2][0]
    end = len(values) if size == -1 else begin + size
    return values[begin:end] if 0 <= begin <= end <= len(values) else None


def _pack(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    """Of scalars, or of the rows of a matrix."""
    options = operator.options
    sizes = {len(each) for each in inputs}
    fits = isinstance(options, AxisOptions) and (sizes == {1} or (options.axis == 0 and len(sizes) == 1))
    return [value for each in inputs for value in each] if fits else None


def _concatenation(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    options = operator.options
    fits = isinstance(options, ConcatenationOptions) and options.activation is Activation.NONE
    return [value for each in inputs for value in each] if fits else None


def _gather(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    options, count = operator.options, len(inputs[0])
    if not isinstance(options, GatherOptions) or options.axis or options.batch_dims or len(inputs) != 2:
        return None
    return [inputs[0][index] for index in inputs[1]] if all(0 <= index < count for index in inputs[1]) else None


def _same(operator: Operator, inputs: Sequence[Values]) -> Values:
    return inputs[0]


def _range(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    if [len(each) for each in inputs] != [1, 1, 1] or inputs[2][0] == 0:
        return None
    values = range(inputs[0][0], inputs[1][0], inputs[2][0])
    return values if len(values) <= LONGEST else None


def _product(operator: Operator, inputs: Sequence[Values]) -> Values | None:
    return [math.prod(inputs[0])] if len(inputs) == 2 and list(inputs[1]) in ([0], [-1]) else None


def _quotient(a: int, b: int) -> int:
    """Towards 0."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _elementwise(
    function: Callable[[int, int], int], *, divides: bool = False
) -> Callable[[Operator, Sequence[Values]], Values | None]:
    def evaluate(operator: Operator, inputs: Sequence[Values]) -> Values | None:
        options = operator.options
        fused = isinstance(options, AddOptions | ArithmeticOptions) and options.activation is not Activation.NONE
        if fused or len(inputs) != 2 or 0 in map(len, inputs) or (divides and 0 in inputs[1]):
            return None
        count = max(map(len, inputs))
        one, two = (list(each) * count if len(each) == 1 else list(each) for each in inputs)
        return [function(a, b) for a, b in zip(one, two, strict=True)] if len(one) == len(two) else None

    return evaluate


_FUNCTIONS: dict[str, Callable[[Operator, Sequence[Values]], Values | None]] = {
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "PACK": _pack,
    "CONCATENATION": _concatenation,
    "GATHER": _gather,
    "RESHAPE": _same,
    "SQUEEZE": _same,
    "EXPAND_DIMS": _same,
    "CAST": _same,
    "RANGE": _range,
    "REDUCE_PROD": _product,
    "ADD": _elementwise(lambda a, b: a + b),
    "SUB": _elementwise(lambda a, b: a - b),
    "MUL": _elementwise(lambda a, b: a * b),
    "DIV": _elementwise(_quotient, divides=True),
    "FLOOR_DIV": _elementwise(lambda a, b: a // b, divides=True),
    "FLOOR_MOD": _elementwise(lambda a, b: a % b, divides=True),
    "MAXIMUM": _elementwise(max),
    "MINIMUM": _elementwise(min),
}
"""A sum beyond the output's type is not folded."""

_OF_ANY_RANK = ("SHAPE", "PACK", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "CAST")
"""Others are of one dimension, or none."""

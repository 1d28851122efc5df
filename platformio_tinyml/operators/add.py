"""ADD."""

from __future__ import annotations

from ..model import AddOptions, Tensor
from ..program import Constant, ConstantRef, KernelCall, Operand, Params, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier, rescale
from .common import (
    int8_activations,
    operands,
    output_range,
    per_tensor_problem,
    scale_of,
    supported_activation,
    zero_point_of,
)
from .elementwise import in_place
from .interval import Interval, Known, channels_of
from .lowering import Lowered, Support, tensor_constant
from .rules import CONVERT_AGAIN, QUANTIZE, REPLACE, Instance, quoted, rule

HEADROOM = 20
"""Bits that the inputs gain before they are brought to a common scale."""
DIMENSIONS = 4
"""Of the kernel's loop nest."""


@rule(QUANTIZE)
def int8_constants(instance: Instance) -> str | None:
    """A constant among the inputs is int8."""
    wrong = [tensor for tensor in instance.inputs if tensor.type.name != "INT8"]
    return f"{quoted(wrong[0])} is {wrong[0].type.name}" if wrong else None


@rule("fold the operator into a constant when converting")
def one_computed_input(instance: Instance) -> str | None:
    """At most one input is a constant."""
    return "two constants" if all(tensor.is_constant for tensor in instance.inputs) else None


@rule(QUANTIZE)
def quantized_operands(instance: Instance) -> str | None:
    """All tensors have one scale, a positive finite number, and one zero point from -128 to 127."""
    problems = (per_tensor_problem(tensor) for tensor in (*instance.inputs, instance.output))
    return next(filter(None, problems), None)


@rule(CONVERT_AGAIN)
def broadcast_shapes(instance: Instance) -> str | None:
    """The output has the shape that broadcasting the inputs gives: dimensions are equal or 1, counted from the last."""
    shapes = [tensor.shape for tensor in instance.inputs]
    found = f"{' and '.join(str(list(shape)) for shape in shapes)} to {list(instance.output.shape)}"
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    for sizes in zip(*padded, strict=True):
        if len(set(sizes) - {1}) > 1:
            return found
    return found if instance.output.shape != tuple(map(max, zip(*padded, strict=True))) else None


@rule(REPLACE)
def few_dimensions(instance: Instance) -> str | None:
    """Neighbouring dimensions that broadcast alike are one, and at most four are left."""
    count = len(_loops(instance))
    return str(count) if count > DIMENSIONS else None


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The larger of the input scales is less than 2**19 output scales."""
    try:
        multipliers = _multipliers(instance)
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    ratio = max(map(scale_of, instance.inputs)) / scale_of(instance.output)
    return None if multipliers[2].shift <= 0 and ratio < 1 << (HEADROOM - 1) else str(ratio)


def lower(instance: Instance) -> Lowered:
    """One call. A constant is the second input, and read from flash."""
    first, second = instance.required(0), instance.required(1)
    one, two, out = _multipliers(instance)
    loops = _loops(instance)
    loops = ((1, 0, 0),) * (DIMENSIONS - len(loops)) + loops
    steps = {1: [step for _, step, _ in loops], 2: [step for _, _, step in loops]}
    if first.is_constant:
        first, second, one, two = second, first, two, one
        steps = {1: steps[2], 2: steps[1]}
    low, high = output_range(instance)
    fields = (
        *((f"size_{d}", size) for d, (size, _, _) in enumerate(loops)),
        *((f"input{n}_step_{d}", step) for n in (1, 2) for d, step in enumerate(steps[n])),
        ("input1_multiplier", one.multiplier),
        ("input2_multiplier", two.multiplier),
        ("output_multiplier", out.multiplier),
        ("input1_offset", -zero_point_of(first)),
        ("input2_offset", -zero_point_of(second)),
        ("output_offset", zero_point_of(instance.output)),
        ("input1_shift", one.shift),
        ("input2_shift", two.shift),
        ("output_shift", out.shift),
        ("activation_min", low),
        ("activation_max", high),
        ("input2_in_flash", int(second.is_constant)),
    )
    constants: tuple[Constant, ...] = ()
    operand: Operand = TensorRef(second.index)
    if second.is_constant:
        constants = (tensor_constant(instance, "input2", second),)
        operand = ConstantRef(constants[0].name)
    call = KernelCall(
        function="tinyml_add_s8",
        params=Params("tinyml_add_params", fields),
        inputs=(TensorRef(first.index), operand),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    whole = {tensor.index: tensor for tensor in (first, second) if _whole(tensor, instance.output)}
    return Lowered(call, constants, in_place=tuple(in_place(tensor, instance.output) for tensor in whole.values()))


def _whole(tensor: Tensor, output: Tensor) -> bool:
    """Whether a tensor is computed and read once, element by element."""
    return not tensor.is_constant and tensor.elements == output.elements


def _loops(instance: Instance) -> tuple[tuple[int, int, int], ...]:
    """(size, step of input 1, step of input 2) per loop, outermost first.

    Dimensions of size 1 are left out, neighbours that broadcast alike are merged.
    """
    rank = len(instance.output.shape)
    shapes = [(1,) * (rank - len(tensor.shape)) + tensor.shape for tensor in instance.inputs]
    merged: list[tuple[int, bool, bool]] = []
    for size, *sizes in zip(instance.output.shape, *shapes, strict=True):
        moves = (sizes[0] > 1, sizes[1] > 1)
        if size == 1:
            continue
        if merged and merged[-1][1:] == moves:
            merged[-1] = (merged[-1][0] * size, *moves)
        else:
            merged.append((size, *moves))
    loops: list[tuple[int, int, int]] = []
    steps = [1, 1]
    for size, *moving in reversed(merged):
        loops.insert(0, (size, steps[0] if moving[0] else 0, steps[1] if moving[1] else 0))
        steps = [step * size if moves else step for step, moves in zip(steps, moving, strict=True)]
    return tuple(loops)


def _multipliers(instance: Instance) -> tuple[Multiplier, Multiplier, Multiplier]:
    """Of the inputs, to twice the larger of their scales, and from there to the output's."""
    scales = [scale_of(tensor) for tensor in instance.inputs]
    common = 2 * max(scales)
    return (
        quantize_multiplier(scales[0] / common),
        quantize_multiplier(scales[1] / common),
        quantize_multiplier(common / ((1 << HEADROOM) * scale_of(instance.output))),
    )


def interval(instance: Instance, known: Known) -> Interval:
    """Both inputs at one end: all steps are monotone, and stay within 32 bits."""
    *scales, out = _multipliers(instance)
    channels, (least, most) = channels_of(instance.output), output_range(instance)
    inputs = [known(tensor).broadcast(channels) for tensor in instance.inputs]
    offsets = [zero_point_of(tensor) for tensor in instance.inputs]

    def total(values: tuple[int, ...]) -> int:
        terms = (rescale((v - o) << HEADROOM, s) for v, o, s in zip(values, offsets, scales, strict=True))
        return min(max(rescale(sum(terms), out) + zero_point_of(instance.output), least), most)

    return Interval(
        tuple(map(total, zip(*(each.low for each in inputs), strict=True))),
        tuple(map(total, zip(*(each.high for each in inputs), strict=True))),
    )


SUPPORT = Support(
    opcode="ADD",
    summary="With broadcasting; one input may be a constant.",
    kernels=("tinyml_add_s8",),
    rules=(
        (operands(2, 0, AddOptions),),
        (int8_activations,),
        (int8_constants, one_computed_input),
        (quantized_operands, broadcast_shapes),
        (few_dimensions, output_scale, supported_activation),
    ),
    lower=lower,
    interval=interval,
)

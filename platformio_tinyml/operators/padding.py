"""What PAD and PADV2 share: the output filled with one value, and the input copied into it."""

from __future__ import annotations

import struct

from ..model import Tensor
from . import copying
from .common import operands, zero_point_of
from .interval import Interval, Known, anything, channels_of, union
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule

RANGES = {"INT8": (-128, 127), "UINT8": (0, 255)}
"""Of zero points, by type."""


@rule(CONVERT_AGAIN)
def padded_shape(instance: Instance) -> str | None:
    """There are two paddings, none negative, for each dimension, and they make the output's shape of the input's."""
    shape, paddings = instance.required(0).shape, copying.integers(instance.required(1))
    pairs = list(zip(paddings[::2], paddings[1::2], strict=False))
    found = f"{shape} with {list(paddings)} to {instance.output.shape}"
    if len(paddings) != 2 * len(shape) or min(paddings, default=0) < 0:
        return found
    expected = tuple(size + sum(pair) for size, pair in zip(shape, pairs, strict=True))
    return None if expected == instance.output.shape else found


@rule(CONVERT_AGAIN)
def one_value(instance: Instance) -> str | None:
    """The value is a constant of one element, quantized as the output; without one, one of int8 or uint8 has a zero
    point."""
    output, value = instance.output, instance.input(2)
    if value is None:
        return None if has_zero(output) else "no zero point"
    if not value.is_constant or value.elements != 1 or value.type is not output.type:
        return f"{value.type.name}, {value.elements} elements"
    same = output.type.name not in RANGES or value.quantization is None or value.quantization == output.quantization
    return None if same else "another quantization"


def has_zero(tensor: Tensor) -> bool:
    """Whether one of int8 or uint8 has a zero point of its range."""
    given, (low, high) = tensor.quantization, RANGES.get(tensor.type.name, (0, 0))
    known = given is not None and bool(given.scale) and low <= given.zero_point[0] <= high
    return known or tensor.type.name not in RANGES


def zero_of(tensor: Tensor) -> bytes:
    """An element that stands for 0."""
    return bytes([zero_point_of(tensor) & 255]) if tensor.type.name in RANGES else bytes(tensor.type.bits // 8)


def with_padding(instance: Instance, known: Known, value: Tensor | None) -> Interval:
    """Of the first input, and of the value, or of 0, behind and before it."""
    output, source = instance.output, known(instance.required(0))
    padded = (zero_point_of(output),) if value is None else struct.unpack("<b", value.data or b"")
    channels = channels_of(output)
    return union([source, Interval(padded, padded).over(channels)]) if len(source.low) == channels else anything(output)


def support(opcode: str, *, has_value: bool) -> Support:
    """The entry of one of the two."""

    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        value = instance.input(2) if has_value else None
        fill = copying.fill_call(instance, zero_of(output) if value is None else value.data or b"")
        start = copying.integers(instance.required(1))[::2]
        return copying.lower_moves(instance, [copying.whole(0, source.shape, output.shape, start)], fill)

    def interval(instance: Instance, known: Known) -> Interval:
        return with_padding(instance, known, instance.input(2) if has_value else None)

    return Support(
        opcode=opcode,
        summary="Paddings and value are constants.",
        kernels=("tinyml_copy", "tinyml_fill"),
        rules=(
            (operands(3 if has_value else 2),),
            (copying.one_type(0), copying.constant_integers(1, "paddings")),
            (padded_shape, one_value),
        ),
        lower=lower,
        interval=interval,
        types=(),
    )

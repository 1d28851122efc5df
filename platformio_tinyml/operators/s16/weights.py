"""Filter, bias and scales of operators on int16 with int8 weights, and which form of sums they need.

TFLM adds in 64 bits and multiplies by 15, or where the bias is int32 in 32 bits and multiplies by 31, rounding twice.
Where the weights prove that 32 bits hold all sums of the first kind, the kernels need one product for an output.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ...model import Tensor
from ...program import Operand, TensorRef
from ...program.fixed_point import Multiplier, halved
from .. import weighted
from ..common import output_range
from ..filters import weights_of
from ..lowering import arranged_constant, int32_constant, refs
from ..rules import CONVERT_AGAIN, QUANTIZE, REPLACE, Instance, Rule, quoted, rule

QUICK, LONG, TWICE = range(3)
"""In the order of the kernels' enum."""
BLOCK = 4
"""Channels that the kernels compute together."""
LARGEST_INPUT = 1 << 15
LARGEST_LONG_SUM = (1 << 47) - 1
LARGEST_SHIFT = 7
"""Of the multiplier of a sum of 64 bits, as TFLM has it."""
_QUICK_SHIFTS = range(16, 33)
"""Right shifts that leave the output in the high word of a product."""
_BIASES = {"INT64": "q", "INT32": "i", "INT16": "h"}


def constant_bias(*types: str) -> Rule:
    """Of one of these types."""

    def check(instance: Instance) -> str | None:
        tensor = instance.input(2)
        if tensor is None:
            return None
        if not tensor.is_constant:
            return f"{quoted(tensor)} is computed"
        return None if tensor.type.name in types else f"{quoted(tensor)} is {tensor.type.name}"

    return Rule(f"The bias, if there is one, is a constant of {' or '.join(types).lower()}.", QUANTIZE, check)


@rule(CONVERT_AGAIN)
def representable_multipliers(instance: Instance) -> str | None:
    """input scale * filter scale / output scale is below 2**7 for each output channel, 2**30 with a bias of int32."""
    try:
        worst = max(each.shift for each in weighted._multipliers(instance))
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{worst - 1} or more" if worst > (30 if has_narrow_sums(instance) else LARGEST_SHIFT) else None


def sums_fit(channel_dimension: int) -> Rule:
    """`channel_dimension` of the filter is its output channel."""

    def check(instance: Instance) -> str | None:
        most = weighted.LARGEST_SUM if has_narrow_sums(instance) else LARGEST_LONG_SUM
        worst = max(_largest_sums(instance, channel_dimension))
        return f"up to {worst}" if worst > most else None

    return Rule(
        "No sum of products and bias can leave 48 bits, 32 where the bias is int32.",
        "split the operator, or convert the model with int64 biases, as TensorFlow does by default",
        check,
    )


@rule(REPLACE)
def products_fit_32_bits(instance: Instance) -> str | None:
    """No sum of products of a channel can leave 32 bits."""
    rows = _rows_of(instance.required(1), -1)
    worst = max(map(_magnitude, rows)) * LARGEST_INPUT
    return f"up to {worst}" if worst > weighted.LARGEST_SUM else None


def has_narrow_sums(instance: Instance) -> bool:
    """Whether TFLM adds in 32 bits."""
    bias = instance.input(2)
    return bias.type.name == "INT32" if bias is not None else getattr(instance.operator.options, "narrow_sums", False)


def lower_rows(instance: Instance, groups: int) -> weighted.Weights:
    """Weights of CONV_2D and FULLY_CONNECTED, whose channels are the filter's first dimension."""
    filter_ = instance.required(1)
    channels = filter_.shape[0]
    rows = b"".join(map(_swapped, _rows_of(filter_, 0)))
    data = weighted.arranged(rows, channels, groups, BLOCK)
    return _lower(instance, data, range(channels), 0)


def lower_taps(instance: Instance) -> weighted.Weights:
    """The same of DEPTHWISE_CONV_2D: copy by copy, of each tap all channels of the input."""
    filter_, depth = instance.required(1), instance.required(0).shape[3]
    channels = filter_.shape[3]
    share = channels // depth
    order = [each for first in range(share) for each in range(first, channels, share)]
    data = filter_.data or b""
    taps = [data[at : at + channels] for at in range(0, len(data), channels)]
    return _lower(instance, b"".join(tap[first::share] for first in range(share) for tap in taps), order, 3)


def lower_plain(instance: Instance) -> weighted.Weights:
    """The same of TRANSPOSE_CONV, whose filter stays as it is."""
    filter_ = instance.required(1)
    return _lower(instance, filter_.data or b"", range(filter_.shape[0]), 0)


def tables(instance: Instance, order: Sequence[int], channel_dimension: int) -> tuple[list[int], list[int], int]:
    """Words of bias and scale, channels in that order, and the form of the sums."""
    biases, multipliers = _biases(instance), weighted._multipliers(instance)
    scales = multipliers * len(biases) if len(multipliers) == 1 else multipliers
    form = _form(instance, scales, _largest_sums(instance, channel_dimension))
    if form == LONG:
        words = [word for each in order for word in struct.unpack("<2i", struct.pack("<q", biases[each]))]
    else:
        words = [biases[each] for each in order]
    return words, [word for each in order for word in _scale(scales[each], form)], form


def _lower(instance: Instance, data: bytes, order: Sequence[int], channel_dimension: int) -> weighted.Weights:
    filter_ = instance.required(1)
    bias, scale, form = tables(instance, order, channel_dimension)
    low, high = output_range(instance)
    constants = (
        arranged_constant(instance, "filter", data, "x".join(map(str, filter_.shape)), filter_),
        int32_constant(instance, "bias", bias),
        int32_constant(instance, "scale", scale),
    )
    operands: tuple[Operand, ...] = (TensorRef(instance.required(0).index), *refs(constants))
    fields = (("activation_min", low), ("activation_max", high), ("sums", form))
    return weighted.Weights(operands, constants, fields)


def _form(instance: Instance, scales: Sequence[Multiplier], largest_sums: Sequence[int]) -> int:
    if has_narrow_sums(instance):
        return TWICE
    shifts = (halved(each)[1] for each in scales if each.multiplier)
    is_quick = all(shift in _QUICK_SHIFTS for shift in shifts) and max(largest_sums) <= weighted.LARGEST_SUM
    return QUICK if is_quick else LONG


def _scale(scale: Multiplier, form: int) -> tuple[int, ...]:
    if form == TWICE:
        return scale.multiplier, scale.shift
    multiplier, shift = halved(scale)
    return (multiplier, shift) if form == LONG else (multiplier << 32 - shift if multiplier else 0,)


def _largest_sums(instance: Instance, channel_dimension: int) -> list[int]:
    rows = _rows_of(instance.required(1), channel_dimension)
    return [_magnitude(row) * LARGEST_INPUT + abs(start) for row, start in zip(rows, _biases(instance), strict=True)]


def _rows_of(filter_: Tensor, channel_dimension: int) -> tuple[bytes, ...]:
    return weights_of(filter_, channel_dimension).rows


def _magnitude(weights: bytes) -> int:
    return sum(map(abs, memoryview(weights).cast("b")))


def _biases(instance: Instance) -> tuple[int, ...]:
    bias: Tensor | None = instance.input(2)
    if bias is None:
        return (0,) * instance.output.shape[-1]
    return struct.unpack(f"<{bias.elements}{_BIASES[bias.type.name]}", bias.data or b"")


def _swapped(row: bytes) -> bytes:
    """Filled up with zeros to fours, the middle two of each swapped (runtime/src/tinyml_channels_s16.h)."""
    padded = bytearray(row.ljust(-(-len(row) // 4) * 4, b"\0"))
    padded[1::4], padded[2::4] = padded[2::4], padded[1::4]
    return bytes(padded)

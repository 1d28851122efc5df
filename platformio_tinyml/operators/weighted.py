"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: filter, bias, and a multiplier per output channel."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

from ..model import Tensor
from ..program import Constant, Omitted, Operand, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier
from .common import output_range, positive, scale_of, zero_point_of
from .lowering import arranged_constant, int32_constant, refs, tensor_constant
from .rules import CONVERT_AGAIN, QUANTIZE, Instance, Rule, quoted, rule

LARGEST_SUM = (1 << 31) - 1
QUICKEST_SHIFT = -2
"""Multipliers that shift left, or right by less, are requantized the long way (tinyml_requantize.h)."""
LARGEST_PRODUCT = 128 * 255
"""Of a weight and the distance of an input from its zero point."""


@rule(QUANTIZE)
def constant_int8_filter(instance: Instance) -> str | None:
    """The filter is an int8 constant."""
    tensor = instance.required(1)
    if not tensor.is_constant:
        return f"{quoted(tensor)} is computed"
    return f"{quoted(tensor)} is {tensor.type.name}" if tensor.type.name != "INT8" else None


@rule(QUANTIZE)
def constant_int32_bias(instance: Instance) -> str | None:
    """The bias, if there is one, is an int32 constant."""
    tensor = instance.input(2)
    if tensor is None:
        return None
    if not tensor.is_constant:
        return f"{quoted(tensor)} is computed"
    return f"{quoted(tensor)} is {tensor.type.name}" if tensor.type.name != "INT32" else None


def filter_quantization(channel_dimension: int) -> Rule:
    """Scales of the filter: one, or one per output channel, which is dimension `channel_dimension`."""

    def check(instance: Instance) -> str | None:
        tensor = instance.required(1)
        quantization = tensor.quantization
        if quantization is None or not quantization.scale:
            return f"{quoted(tensor)} has no scale"
        scales, zero_points = len(quantization.scale), len(quantization.zero_point)
        if scales > 1 and quantization.quantized_dimension != channel_dimension:
            return f"scales along dimension {quantization.quantized_dimension}"
        if scales not in (1, tensor.shape[channel_dimension]) or zero_points not in (1, scales):
            return f"{scales} scales and {zero_points} zero points for {tensor.shape[channel_dimension]} channels"
        if any(quantization.zero_point):
            return f"zero point {next(filter(None, quantization.zero_point))}"
        wrong = [scale for scale in quantization.scale if not positive(scale)]
        return f"scale {wrong[0]}" if wrong else None

    return Rule(
        f"The filter has one scale, or one per output channel (its dimension {channel_dimension}), all positive finite "
        "numbers, and zero points of 0.",
        QUANTIZE,
        check,
    )


@rule(CONVERT_AGAIN)
def one_bias_per_channel(instance: Instance) -> str | None:
    """The bias, if there is one, has one element per output channel."""
    tensor = instance.input(2)
    channels = instance.output.shape[-1]
    if tensor is None or tensor.elements == channels:
        return None
    return f"{tensor.elements} for {channels} channels"


@rule(CONVERT_AGAIN)
def representable_multipliers(instance: Instance) -> str | None:
    """input scale * filter scale / output scale is below 2**30 for each output channel."""
    try:
        worst = max(_multipliers(instance), key=lambda multiplier: multiplier.shift)
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{worst.shift - 1} or more" if worst.shift > 30 else None


def sums_fit_32_bits(channel_dimension: int) -> Rule:
    """As `filter_quantization`: `channel_dimension` of the filter is its output channel."""

    def check(instance: Instance) -> str | None:
        filter_, bias = instance.required(1), instance.input(2)
        channels = filter_.shape[channel_dimension]
        size = filter_.elements // channels
        biases = _int32s(bias) if bias is not None else (0,) * channels
        if size * LARGEST_PRODUCT + max(map(abs, biases)) <= LARGEST_SUM:
            return None
        rows = [memoryview(row).cast("b") for row in rows_of(filter_, channel_dimension)]
        worst = max(sum(map(abs, weights)) * 255 + abs(start) for weights, start in zip(rows, biases, strict=True))
        return f"up to {worst}" if worst > LARGEST_SUM else None

    return Rule(
        "No sum of products and bias can leave 32 bits.",
        "split the operator, or train it with smaller weights",
        check,
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """Operands after the input, with the tables that they name, and the params fields that follow from them."""

    operands: tuple[Operand, ...]
    constants: tuple[Constant, ...]
    fields: tuple[tuple[str, int], ...]


def lower_weights(instance: Instance) -> Weights:
    """Filter, bias and scales of two words as tables; offsets, activation range, per_channel and is_quick as fields."""
    source, filter_, bias = instance.required(0), instance.required(1), instance.input(2)
    multipliers = _multipliers(instance)
    is_quick = _are_quick(multipliers)
    weights = [tensor_constant(instance, "filter", filter_)]
    if bias is not None:
        weights.append(tensor_constant(instance, "bias", bias))
    scale = int32_constant(instance, "scale", [word for entry in multipliers for word in _scale(entry, is_quick)])
    low, high = output_range(instance)
    return Weights(
        operands=(
            TensorRef(source.index),
            *refs(weights),
            *(() if bias is not None else (Omitted(),)),
            *refs([scale]),
        ),
        constants=(*weights, scale),
        fields=(
            ("input_offset", -zero_point_of(source)),
            ("output_offset", zero_point_of(instance.output)),
            ("activation_min", low),
            ("activation_max", high),
            ("per_channel", int(len(multipliers) > 1)),
            ("is_quick", int(is_quick)),
        ),
    )


def lower_arranged(
    instance: Instance, groups: int, block: int, *, channel_dimension: int = 0, one_scale: bool = False
) -> Weights:
    """Filter, bias and scales as tables, and the fields that go with them; the input's zero point is in the bias.

    `groups` are those of the output channels, dimension `channel_dimension` of the filter, that see the same input;
    `block` is how many channels of a group lie interleaved (tinyml_kernels.h has the layouts); with 0 the first
    channels of all groups come first, tap by tap, then the second ones. With `one_scale` the kernel takes a single
    scale for all channels too, and has a field that says so; else each channel gets its own.
    """
    source, filter_, bias = instance.required(0), instance.required(1), instance.input(2)
    channels = filter_.shape[channel_dimension]
    multipliers = _multipliers(instance)
    if not one_scale and len(multipliers) == 1:
        multipliers *= channels
    is_quick = _are_quick(multipliers)
    rows, share = rows_of(filter_, channel_dimension), channels // groups
    order = range(channels) if block else [each for first in range(share) for each in range(first, channels, share)]
    rows = [rows[each] for each in order]
    sums = [sum(memoryview(row).cast("b")) for row in rows]
    biases = _int32s(bias) if bias is not None else (0,) * channels
    zero_point, shape = zero_point_of(source), "x".join(map(str, filter_.shape))
    if len(multipliers) > 1:
        multipliers = tuple(multipliers[each] for each in order)
    words = [word for entry in multipliers for word in _scale(entry, is_quick)]
    low, high = output_range(instance)
    data = (
        arranged(b"".join(rows), channels, groups, block)
        if block
        else b"".join(
            bytes(tap)
            for start in range(0, channels, groups)
            for tap in zip(*rows[start : start + groups], strict=True)
        )
    )
    constants = (
        arranged_constant(instance, "filter", data, shape, filter_),
        int32_constant(
            instance, "bias", [biases[each] - zero_point * total for each, total in zip(order, sums, strict=True)]
        ),
        int32_constant(instance, "scale", words),
    )
    return Weights(
        operands=(TensorRef(source.index), *refs(constants)),
        constants=constants,
        fields=(
            ("input_offset", -zero_point),
            ("output_offset", zero_point_of(instance.output)),
            ("activation_min", low),
            ("activation_max", high),
            *((("per_channel", int(len(multipliers) > 1)),) if one_scale else ()),
            ("is_quick", int(is_quick)),
        ),
    )


def rows_of(filter_: Tensor, channel_dimension: int) -> list[bytes]:
    """The weights of each output channel, which is the filter's first or last dimension."""
    data, channels = filter_.data or b"", filter_.shape[channel_dimension]
    if channel_dimension:
        return [data[channel::channels] for channel in range(channels)]
    size = len(data) // channels
    return [data[start : start + size] for start in range(0, len(data), size)]


def arranged(data: bytes, channels: int, groups: int, block: int) -> bytes:
    """Rows of weights, one a channel, as the kernels want them: filled up to words of 4, `block` of a group's channels
    interleaved word by word; what is left of a group likewise among itself."""
    depth, share = len(data) // channels, channels // groups
    words = -(-depth // 4)
    result = bytearray()
    for start in range(0, channels, share):
        for first in range(start, start + share, block):
            count = min(block, start + share - first)
            block_words = array("I", bytes(4 * words * count))
            for position in range(count):
                row = data[(first + position) * depth : (first + position + 1) * depth]
                block_words[position::count] = array("I", row.ljust(4 * words, b"\0"))
            result += block_words.tobytes()
    return bytes(result)


def _are_quick(multipliers: tuple[Multiplier, ...]) -> bool:
    return all(entry.shift <= QUICKEST_SHIFT or not entry.multiplier for entry in multipliers)


def _scale(entry: Multiplier, is_quick: bool) -> tuple[int, int]:
    """Two words (tinyml_requantize.h)."""
    if not is_quick:
        return entry.multiplier, entry.shift
    if not entry.multiplier:
        return 0, 0
    doubled = 2 * entry.multiplier
    return doubled - (1 << 32 if doubled >= 1 << 31 else 0), 1 << (32 + entry.shift)


def _multipliers(instance: Instance) -> tuple[Multiplier, ...]:
    """One per output channel, or one for all."""
    filter_ = instance.required(1)
    input_scale, output_scale = scale_of(instance.required(0)), scale_of(instance.output)
    scales = filter_.quantization.scale if filter_.quantization else ()
    return tuple(quantize_multiplier(input_scale * scale / output_scale) for scale in scales)


def _int32s(tensor: Tensor) -> tuple[int, ...]:
    return struct.unpack(f"<{tensor.elements}i", tensor.data or b"")

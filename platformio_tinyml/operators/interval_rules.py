"""Bounds of operators' outputs by TFLM's own arithmetic: all rounding is the kernels', every rescaling is monotone."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from ..model import Tensor, TensorType
from ..program.fixed_point import INT8_MAX, INT8_MIN, Multiplier, quantize_multiplier, rescale
from . import spatial, weighted
from .common import output_range, scale_of, zero_point_of
from .interval import Interval, Known, anything, channels_of
from .rules import Instance

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1

_POSITIVE = bytes(byte if byte < 128 else 0 for byte in range(256))
_NEGATIVE = bytes(256 - byte if byte >= 128 else 0 for byte in range(256))
"""The magnitudes of an int8's bytes that are of one sign, for bytes.translate: sums of bytes are fast."""


def same_values(instance: Instance, known: Known) -> Interval:
    """Of a view: the input's elements in their order."""
    return known(instance.required(0)).over(channels_of(instance.output))


def same_channels(instance: Instance, known: Known) -> Interval:
    """Of operators whose output elements are elements of the input in the same channel."""
    source, channels = known(instance.required(0)), channels_of(instance.output)
    return source if len(source.low) == channels else source_values(instance, known)


def source_values(instance: Instance, known: Known) -> Interval:
    """Of operators whose output elements are elements of the input, anywhere."""
    source, channels = known(instance.required(0)), channels_of(instance.output)
    return Interval((min(source.low),) * channels, (max(source.high),) * channels)


def clamped(instance: Instance, known: Known) -> Interval:
    """Of pools: neither an average nor a maximum leaves the range of what it is made of, and padding is left out."""
    source, (least, most) = known(instance.required(0)), output_range(instance)
    return Interval(
        tuple(min(max(value, least), most) for value in source.low),
        tuple(min(max(value, least), most) for value in source.high),
    )


def requantized(instance: Instance, known: Known) -> Interval:
    """Of QUANTIZE: any value where the input is float."""
    source, output = instance.required(0), instance.output
    if source.type != output.type:
        return anything(output)
    scale = quantize_multiplier(scale_of(source) / scale_of(output))
    offset, values = zero_point_of(source), known(source)
    bounds = [
        rescaled([value - offset for value in side], [scale], zero_point_of(output), (INT8_MIN, INT8_MAX))
        for side in (values.low, values.high)
    ]
    return ordered(*bounds)


def convolved(instance: Instance, known: Known) -> Interval:
    """Of CONV_2D and FULLY_CONNECTED: rows of the filter are output channels; groups see their own inputs."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    if filter_.type is not TensorType.INT8:
        return anything(output)
    channels, depth = filter_.shape[0], filter_.shape[-1]
    if len(filter_.shape) == 4:
        low, high = _offsets(known(source), source, spatial.is_padded(instance))
    else:
        low, high = _offsets(known(source).over(depth), source, False)
    groups = len(low) // depth
    taps, share = filter_.elements // channels // depth, channels // groups
    size, data = taps * depth, filter_.data or b""
    uniform = len(set(low)) == len(set(high)) == 1
    start, sums = _biases(instance, channels), []
    for channel in range(channels):
        first = channel // share * depth
        part, times = (slice(1), 1) if uniform else (slice(first, first + depth), taps)
        row = data[channel * size : (channel + 1) * size]
        sums.append(_sums(row, low[part] * times, high[part] * times, start[channel]))
    return _weighted(instance, output, sums)


def convolved_apart(instance: Instance, known: Known) -> Interval:
    """Of DEPTHWISE_CONV_2D: output channel c sees input channel c / depth_multiplier."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    if filter_.type is not TensorType.INT8:
        return anything(output)
    channels, data = output.shape[3], filter_.data or b""
    low, high = _offsets(known(source), source, spatial.is_padded(instance))
    multiplier, start = channels // len(low), _biases(instance, channels)
    sums = []
    for channel in range(channels):
        column, seen = data[channel::channels], channel // multiplier
        sums.append(_sums(column, low[seen : seen + 1], high[seen : seen + 1], start[channel]))
    return _weighted(instance, output, sums)


def rescaled(
    sums: Sequence[int], scales: Sequence[Multiplier], offset: int, bounds: tuple[int, int]
) -> tuple[int | None, ...]:
    """Outputs of 32-bit sums, one scale for each or one for all; None where TFLM's arithmetic would leave 32 bits."""
    least, most = bounds
    result: list[int | None] = []
    each = scales if len(scales) == len(sums) else [scales[0]] * len(sums)
    for total, scale in zip(sums, each, strict=True):
        shifted = total << max(scale.shift, 0)
        if not INT32_MIN <= shifted <= INT32_MAX:
            result.append(None)
        else:
            result.append(min(max(rescale(total, scale) + offset, least), most))
    return tuple(result)


def _offsets(values: Interval, source: Tensor, is_padded: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Distances from the input's zero point, which padding has."""
    zero_point = zero_point_of(source)
    low, high = ([value - zero_point for value in side] for side in (values.low, values.high))
    if is_padded:
        return tuple(min(value, 0) for value in low), tuple(max(value, 0) for value in high)
    return tuple(low), tuple(high)


def _sums(weights: bytes, low: Sequence[int], high: Sequence[int], start: int) -> tuple[int, int]:
    """Smallest and largest sum of products; one distance for all weights, or one for each."""
    positive, negative = weights.translate(_POSITIVE), weights.translate(_NEGATIVE)
    if len(low) == 1:
        up, down = sum(positive), sum(negative)
        return start + up * low[0] - down * high[0], start + up * high[0] - down * low[0]
    return (
        start + sum(map(mul, positive, low)) - sum(map(mul, negative, high)),
        start + sum(map(mul, positive, high)) - sum(map(mul, negative, low)),
    )


def _biases(instance: Instance, channels: int) -> tuple[int, ...]:
    bias = instance.input(2)
    return weighted._int32s(bias) if bias is not None else (0,) * channels


def _weighted(instance: Instance, output: Tensor, sums: Sequence[tuple[int, int]]) -> Interval:
    scales, offset, bounds = weighted._multipliers(instance), zero_point_of(output), output_range(instance)
    low, high = ([pair[side] for pair in sums] for side in (0, 1))
    return ordered(rescaled(low, scales, offset, bounds), rescaled(high, scales, offset, bounds))


def ordered(low: Sequence[int | None], high: Sequence[int | None]) -> Interval:
    """Any int8 for a channel with a bound that is not known."""
    pairs = [
        (INT8_MIN, INT8_MAX) if least is None or most is None else (least, most)
        for least, most in zip(low, high, strict=True)
    ]
    return Interval(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))

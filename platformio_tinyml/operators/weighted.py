"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: filter, bias, and a multiplier per output channel."""

from __future__ import annotations

import itertools
import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..model import Tensor
from ..program import Constant, Operand, TensorRef
from ..program.fixed_point import Multiplier, float32, quantize_multiplier
from . import filters
from .common import output_range, positive, scale_of, zero_point_of
from .lowering import arranged_constant, int32_constant, refs
from .rules import CONVERT_AGAIN, QUANTIZE, Instance, Rule, quoted, rule

Entry = TypeVar("Entry")

PAIR = 2
"""Channels that the kernels of CONV_2D take at a time."""
PIECE = 64
"""Values of a row whose weights of 4 bits are unpacked at a time (tinyml_packed.h)."""
UNPACKED = 256
"""Bytes of scratch for the weights of a piece."""
LARGEST_SUM = (1 << 31) - 1
QUICKEST_SHIFT = -2
"""Multipliers that shift left, or right by less, are requantized the long way (tinyml_requantize.h)."""
LARGEST_PRODUCT = 128 * 255
"""Of a weight and the distance of an input from its zero point; of uint8 at most twice that."""


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


@rule(QUANTIZE)
def constant_filter(instance: Instance) -> str | None:
    """The filter is a constant of int8 or int4, or of uint8 if the input is that."""
    tensor, is_uint8 = instance.required(1), instance.required(0).is_shifted
    if not tensor.is_constant:
        return f"{quoted(tensor)} is computed"
    known = tensor.type.name in filters.TYPES and (tensor.type.name == "UINT8") == is_uint8
    return None if known else f"{quoted(tensor)} is {tensor.type.name}"


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
        if tensor.type.name == "UINT8":
            one = (scales, zero_points) == (1, 1) and 0 <= quantization.zero_point[0] <= 255
            if not one:
                return f"{scales} scales, zero point {quantization.zero_point[0]}"
        elif any(quantization.zero_point):
            return f"zero point {next(filter(None, quantization.zero_point))}"
        wrong = [scale for scale in quantization.scale if not positive(scale)]
        return f"scale {wrong[0]}" if wrong else None

    return Rule(
        f"The filter has one scale, or one per output channel (its dimension {channel_dimension}), all positive finite "
        "numbers, and zero points of 0; of uint8 one scale and a zero point from 0 to 255.",
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
        if size * 2 * LARGEST_PRODUCT + max(map(abs, biases)) <= LARGEST_SUM:
            return None
        weights = filters.weights_of(filter_, channel_dimension)
        sums = (sum(abs(each + weights.more) for each in memoryview(row).cast("b")) for row in weights.rows)
        worst = max(total * 255 + abs(start) for total, start in zip(sums, biases, strict=True))
        return f"up to {worst}" if worst > LARGEST_SUM else None

    return Rule(
        "No sum of products and bias can leave 32 bits.",
        "split the operator, or train it with smaller weights",
        check,
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """Operands after the input, with the tables that they name, and the params fields that follow from them.

    `suffix` ends the name of the kernel that takes weights of this kind.
    """

    operands: tuple[Operand, ...]
    constants: tuple[Constant, ...]
    fields: tuple[tuple[str, int], ...]
    suffix: str = "_s8"


def lower_arranged(
    instance: Instance,
    groups: int,
    block: int,
    *,
    channel_dimension: int = 0,
    one_scale: bool = False,
    among: int = 1,
    phases: Sequence[Sequence[Sequence[int]]] = (),
    lanes: int = 0,
) -> Weights:
    """Filter, bias and scales as tables, and the fields that go with them; the input's zero point is in the bias.

    `groups` are those of the output channels, dimension `channel_dimension` of the filter, that see the same input;
    `block` is how many channels of a group lie interleaved (tinyml_kernels_filters.h has the layouts); with 0 the first
    channels of all groups come first, tap by tap, then the second ones. With `one_scale` the kernel takes a single
    scale for all channels too, and has a field that says so; else each channel gets its own. `among`: each channel has
    weights of one of so many input channels, equal shares of all in order, and is given zeros for the others. `phases`:
    of each phase, which gets filter and biases of its own, the taps that all channels have in order, then again for as
    many more channels. `lanes`: so many
    channels have the tables of fewer groups with a block of 0, the last ones zeros.
    """
    source, filter_, bias = instance.required(0), instance.required(1), instance.input(2)
    channels = filter_.shape[channel_dimension]
    multipliers = _multipliers(instance)
    if not one_scale and len(multipliers) == 1:
        multipliers *= channels
    is_quick = _are_quick(multipliers)
    weights, share = filters.weights_of(filter_, channel_dimension), channels // groups
    order = range(channels) if block else [each for first in range(share) for each in range(first, channels, share)]
    rows = [_placed(weights.rows[each], each * among // channels, among) for each in order]
    parts = [[row for taps in phase for row in _of_taps(rows, taps, filter_.shape[-1])] for phase in phases] or [rows]
    starts, zero_point = _int32s(bias) if bias is not None else (0,) * channels, zero_point_of(source)
    biases = [
        starts[each] - zero_point * (sum(memoryview(row).cast("b")) + len(row) * weights.more)
        for part in parts
        for each, row in zip(itertools.cycle(order), part, strict=False)
    ]
    if len(multipliers) > 1:
        multipliers = tuple(multipliers[each] for each in order)
    scales = [_scale(entry, is_quick) for entry in multipliers] * (len(phases[0]) if phases else 1)
    none = max(lanes - channels, 0)
    if none:
        parts = [[*part, *[bytes(len(part[0]))] * none] for part in parts]
        groups, biases, scales = lanes, [*biases, *[0] * none], [*scales, *[(0, 0)] * none]
    suffix = "_s4" if filter_.type.name == "INT4" else "_u8" if weights.more else "_s8"
    if weights.more and block == PAIR:
        biases, scales = _with_heads(biases, 0, share), _with_heads(scales, (weights.more, 0), share)
    elif weights.more:
        scales = [(weights.more, 0), *scales]
    shape = "x".join(map(str, filter_.shape))
    low, high = output_range(instance)
    table = b"".join(_LAYOUTS[suffix](part, groups, block) for part in parts)
    constants = (
        arranged_constant(instance, "filter", table, shape, filter_),
        int32_constant(instance, "bias", biases),
        int32_constant(instance, "scale", [word for entry in scales for word in entry]),
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
        suffix=suffix,
    )


def _placed(row: bytes, channel: int, among: int) -> bytes:
    """Weights of one channel among so many, tap by tap."""
    placed = bytearray(len(row) * among)
    placed[channel::among] = row
    return bytes(placed)


def _of_taps(rows: Sequence[bytes], taps: Sequence[int], depth: int) -> list[bytes]:
    """Of each channel's weights, `depth` a tap, those of these taps."""
    return [b"".join(row[tap * depth : (tap + 1) * depth] for tap in taps) for row in rows]


def _with_heads(entries: Sequence[Entry], head: Entry, share: int) -> list[Entry]:
    """`head` before each `share` of them."""
    return [each for start in range(0, len(entries), share) for each in (head, *entries[start : start + share])]


def _layout(rows: Sequence[bytes], groups: int, block: int) -> bytes:
    if block:
        return arranged(b"".join(rows), len(rows), groups, block)
    taps = (zip(*rows[start : start + groups], strict=True) for start in range(0, len(rows), groups))
    return b"".join(bytes(tap) for each in taps for tap in each)


def _layout_with_ones(rows: Sequence[bytes], groups: int, block: int) -> bytes:
    """Before each group of pairs a channel of weights of 1."""
    if block != PAIR:
        return _layout(rows, groups, block)
    ones, share = _words(b"\1" * len(rows[0])), len(rows) // groups
    parts = (rows[start : start + share] for start in range(0, len(rows), share))
    return b"".join(ones + _layout(part, 1, block) for part in parts)


def _layout_of_halves(rows: Sequence[bytes], groups: int, block: int) -> bytes:
    """Weights of 4 bits, two in a byte: the last pair of an odd group is whole, fours come in pieces."""
    if not block:
        return filters.packed(_layout(rows, groups, block))
    share = len(rows) // groups
    if block == PAIR:
        none = [bytes(len(rows[0]))] * (share % 2)
        parts = ([*rows[start : start + share], *none] for start in range(0, len(rows), share))
        return b"".join(filters.packed(_layout(part, 1, block)) for part in parts)
    blocks = (rows[start : start + block] for start in range(0, len(rows), block))
    return b"".join(
        filters.packed(_layout([row[at:end] for row in each], 1, block))
        for each in blocks
        for at, end in _pieces(len(rows[0]))
    )


def _pieces(depth: int) -> list[tuple[int, int]]:
    """Of a row of FULLY_CONNECTED: 64 values each, and by itself what is behind its last whole group of 4."""
    whole = depth // 4 * 4
    ends = [*range(PIECE, whole, PIECE), *([whole] if whole else []), *([depth] if depth > whole else [])]
    return list(zip([0, *ends], ends, strict=False))


def _words(row: bytes) -> bytes:
    return row.ljust(-(-len(row) // 4) * 4, b"\0")


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


def kernels(*stems: str) -> tuple[str, ...]:
    """Those that may take the weights, by the name before the suffix."""
    return tuple(f"{stem}{suffix}" for stem in stems for suffix in _LAYOUTS)


_LAYOUTS: dict[str, Callable[[Sequence[bytes], int, int], bytes]] = {
    "_s8": _layout,
    "_u8": _layout_with_ones,
    "_s4": _layout_of_halves,
}
"""Rows of weights, groups and block to the table, by the suffix of the kernel."""


def is_quick(instance: Instance) -> bool:
    """Whether all channels are requantized the quick way."""
    return _are_quick(_multipliers(instance))


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
    """One per output channel, or one for all. Of uint8 the product of input and filter scale is a float32, as in
    GetQuantizedConvolutionMultipler of kernel_util.cc."""
    filter_ = instance.required(1)
    input_scale, output_scale = scale_of(instance.required(0)), scale_of(instance.output)
    scales = filter_.quantization.scale if filter_.quantization else ()
    products = [input_scale * scale for scale in scales]
    if filter_.type.name == "UINT8":
        products = [float32(product) for product in products]
    return tuple(quantize_multiplier(product / output_scale) for product in products)


def _int32s(tensor: Tensor) -> tuple[int, ...]:
    return struct.unpack(f"<{tensor.elements}i", tensor.data or b"")

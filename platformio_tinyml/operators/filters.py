"""Filters of int8, int4 or uint8 as the int8 weights that kernels take."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from ..model import Tensor
from ..program.fixed_point import INT8_RANGE

TYPES = ("INT8", "INT4", "UINT8")

_NIBBLE = [value - 16 if value > 7 else value for value in range(16)]
_LOW = bytes(_NIBBLE[byte & 15] & 255 for byte in range(256))
_HIGH = bytes(_NIBBLE[byte >> 4] & 255 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Weights:
    """Of each output channel its weights, as int8; each weight is `more` above what it says there."""

    rows: tuple[bytes, ...]
    more: int


def weights_of(filter_: Tensor, channel_dimension: int) -> Weights:
    """`channel_dimension` is that of the output channels, the first or the last. A zero point is taken off.

    Weights of uint8 span up to 255: where that is beyond int8 they are as many more than their int8.
    """
    data, more = filter_.data or b"", 0
    if filter_.type.name == "UINT8":
        data, more = _less_zero_point(data, filter_.quantization.zero_point[0] if filter_.quantization else 0)
    elif filter_.type.name == "INT4":
        data = unpacked(data, filter_.elements)
    channels = filter_.shape[channel_dimension]
    if channel_dimension:
        return Weights(tuple(data[channel::channels] for channel in range(channels)), more)
    size = len(data) // channels
    return Weights(tuple(data[start : start + size] for start in range(0, len(data), size)), more)


def _less_zero_point(data: bytes, zero_point: int) -> tuple[bytes, int]:
    low, high = INT8_RANGE
    fits = low <= min(data) - zero_point and max(data) - zero_point <= high
    offset = zero_point if fits else 128
    return data.translate(bytes((byte - offset) & 255 for byte in range(256))), offset - zero_point


def unpacked(data: bytes, elements: int) -> bytes:
    """int4 as it lies in a file, the low half of a byte first, as int8."""
    result = bytearray(2 * len(data))
    result[0::2], result[1::2] = data.translate(_LOW), data.translate(_HIGH)
    return bytes(result[:elements])


def packed(data: bytes) -> bytes:
    """Weights of 4 bits as kernels unpack them: of each two words of 4 the first in the low halves of 4 bytes."""
    words = array("I", data.ljust(-(-len(data) // 8) * 8, b"\0"))
    low, high = (int.from_bytes(words[start::2].tobytes(), "little") for start in (0, 1))
    mask = int.from_bytes(b"\x0f" * (2 * len(words)), "little")
    return (low & mask | (high & mask) << 4).to_bytes(2 * len(words), "little")

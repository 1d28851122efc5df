"""Which values the channels of an int8 tensor can take, whatever the model's input is.

A channel is an index along a tensor's last dimension. An operator bounds its output by `Support.interval`; one that has
no rule is taken to give any value. Bounds may be too wide, never too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..model import Tensor
from ..program.fixed_point import INT8_MAX, INT8_MIN
from .rules import Instance


@dataclass(frozen=True, slots=True)
class Interval:
    """Per channel the smallest and the largest value, of the whole tensor; one channel for a scalar."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    def constant(self, channel: int) -> bool:
        """Whether the channel has one value."""
        return self.low[channel] == self.high[channel]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """(smallest, largest) of each channel."""
        return zip(self.low, self.high, strict=True)

    def broadcast(self, channels: int) -> Interval:
        """Of a tensor that an operator broadcasts to so many channels."""
        return self.over(channels) if len(self.low) == 1 else self

    def over(self, channels: int) -> Interval:
        """The same values in a tensor with another last dimension, elements in the same order."""
        if channels == len(self.low):
            return self
        if channels % len(self.low) == 0:
            times = channels // len(self.low)
            return Interval(self.low * times, self.high * times)
        return Interval((min(self.low),) * channels, (max(self.high),) * channels)


Known = Callable[[Tensor], Interval]
"""What is known of a tensor that an operator reads."""

IntervalRule = Callable[[Instance, Known], Interval]
"""The bounds of an operator's output. The operator breaks no rule, and the output is int8."""


def channels_of(tensor: Tensor) -> int:
    """The last dimension; 1 for a scalar."""
    return tensor.shape[-1] if tensor.shape else 1


def anything(tensor: Tensor) -> Interval:
    """Any int8."""
    channels = channels_of(tensor)
    return Interval((INT8_MIN,) * channels, (INT8_MAX,) * channels)


def union(intervals: Sequence[Interval]) -> Interval:
    """Any value of any of them, channel by channel."""
    return Interval(
        tuple(map(min, zip(*(each.low for each in intervals), strict=True))),
        tuple(map(max, zip(*(each.high for each in intervals), strict=True))),
    )


def of_constant(tensor: Tensor) -> Interval:
    """The values of an int8 constant."""
    channels, values = channels_of(tensor), memoryview(tensor.data or b"").cast("b")
    by_channel = [values[channel::channels] for channel in range(channels)]
    return Interval(tuple(map(min, by_channel)), tuple(map(max, by_channel)))

"""Channels of a model's tensors, in classes of those that can only be taken out together."""

from __future__ import annotations

from ..model import Model, Tensor
from ..operators.interval import channels_of


class Classes:
    """A disjoint-set forest over (tensor, channel), for all tensors that are no constants.

    A class is kept if one of its channels is.
    """

    def __init__(self, model: Model) -> None:
        self._first: dict[int, int] = {}
        self._channels: dict[int, int] = {}
        count = 0
        for index in sorted(_activations(model)):
            self._first[index] = count
            self._channels[index] = channels_of(model.tensors[index])
            count += self._channels[index]
        self._parent = list(range(count))
        self._kept = bytearray(count)

    def join(self, tensor: Tensor, channel: int, other: Tensor, other_channel: int) -> None:
        """Make the classes of two channels one."""
        one = self._find(self._first[tensor.index] + channel)
        two = self._find(self._first[other.index] + other_channel)
        self._parent[one] = two
        self._kept[two] |= self._kept[one]

    def keep(self, tensor: Tensor, channel: int) -> None:
        """That channel, and so its class, stays."""
        self._kept[self._find(self._first[tensor.index] + channel)] = 1

    def keep_all(self, tensor: Tensor) -> None:
        """All channels stay. A constant has none."""
        if not tensor.is_constant:
            for channel in range(self._channels[tensor.index]):
                self.keep(tensor, channel)

    def keep_one(self) -> None:
        """No tensor loses its last channel."""
        for index, first in self._first.items():
            if not self.kept(index):
                self._kept[self._find(first)] = 1

    def kept(self, index: int) -> tuple[int, ...]:
        """The channels of a tensor that stay, rising."""
        first = self._first[index]
        return tuple(c for c in range(self._channels[index]) if self._kept[self._find(first + c)])

    def shrunk(self) -> dict[int, tuple[int, ...]]:
        """The channels that stay, of all tensors that lose some."""
        kept = {index: self.kept(index) for index in self._first}
        return {index: channels for index, channels in kept.items() if len(channels) < self._channels[index]}

    def _find(self, node: int) -> int:
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node


def _activations(model: Model) -> set[int]:
    used = {*model.inputs, *model.outputs}
    for operator in model.operators:
        used.update(index for index in (*operator.inputs, *operator.outputs) if index >= 0)
    return {index for index in used if not model.tensors[index].is_constant}

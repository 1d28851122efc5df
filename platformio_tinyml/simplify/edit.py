"""A model's tensors while channels are taken out of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..model import Model, Quantization, Tensor
from ..operators.interval import channels_of


class Edit:
    """`kept`: for each tensor that loses channels those that stay."""

    def __init__(self, model: Model, kept: Mapping[int, tuple[int, ...]]) -> None:
        self.tensors = list(model.tensors)
        self._kept = kept
        self._readers = Counter(index for operator in model.operators for index in operator.inputs)
        for index, channels in kept.items():
            tensor = model.tensors[index]
            self.tensors[index] = replace(tensor, shape=(*tensor.shape[:-1], len(channels)))

    def kept(self, tensor: Tensor) -> Sequence[int]:
        """The channels of a tensor that stay."""
        return self._kept.get(tensor.index, range(channels_of(tensor)))

    def loses(self, *tensors: Tensor) -> bool:
        """Whether one of them loses a channel."""
        return any(tensor.index in self._kept for tensor in tensors)

    def constant(self, changed: Tensor) -> int:
        """The index of a constant that was changed: of its own number, unless others read what that was."""
        if self._readers[changed.index] == 1:
            self.tensors[changed.index] = changed
            return changed.index
        return self.add(changed)

    def add(self, tensor: Tensor) -> int:
        """The index of another tensor; the one that it brings does not count."""
        index = len(self.tensors)
        self.tensors.append(replace(tensor, index=index))
        return index


def picked(data: bytes, indices: Sequence[int], size: int = 1) -> bytes:
    """Elements of `size` bytes."""
    if size == 1:
        return bytes(map(data.__getitem__, indices))
    return b"".join(data[index * size : (index + 1) * size] for index in indices)


def of_channels(quantization: Quantization | None, kept: Sequence[int]) -> Quantization | None:
    """The quantization of a tensor that is left with these of its slices."""
    if quantization is None or not quantization.per_channel:
        return quantization
    points = quantization.zero_point
    return replace(
        quantization,
        scale=tuple(quantization.scale[channel] for channel in kept),
        zero_point=tuple(points[channel] for channel in kept) if len(points) > 1 else points,
    )

"""TILE."""

from __future__ import annotations

from collections.abc import Iterator

from . import copying, repeating
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def tiled_shape(instance: Instance) -> str | None:
    """There is a multiple of 1 or more for each dimension, and they make the output's shape of the input's."""
    shape, multiples = instance.required(0).shape, copying.integers(instance.required(1))
    found = f"{list(shape)} times {list(multiples)} to {list(instance.output.shape)}"
    if len(shape) != len(multiples) or min(multiples, default=1) < 1:
        return found
    expected = tuple(size * times for size, times in zip(shape, multiples, strict=True))
    return None if expected == instance.output.shape else found


def _dimensions(instance: Instance) -> Iterator[copying.Dimension]:
    shape, multiples = instance.required(0).shape, copying.integers(instance.required(1))
    steps = zip(shape, multiples, copying.strides(shape), copying.strides(instance.output.shape), strict=True)
    for size, times, source, target in steps:
        yield from (copying.Dimension(times, 0, size * target), copying.Dimension(size, source, target))


SUPPORT = repeating.support("TILE", "multiples", tiled_shape, _dimensions)

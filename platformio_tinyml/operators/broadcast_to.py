"""BROADCAST_TO."""

from __future__ import annotations

from collections.abc import Iterator

from . import copying, repeating
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def broadcast_shape(instance: Instance) -> str | None:
    """The shape is the output's, and the input's dimensions, counted from the last, are 1 or the output's."""
    shape, output = instance.required(0).shape, instance.output.shape
    given = copying.integers(instance.required(1))
    fits = len(shape) <= len(output) and given == output
    pairs = zip(reversed(shape), reversed(output), strict=False)
    return None if fits and all(size in (1, new) for size, new in pairs) else f"{list(shape)} to {list(output)}"


def _dimensions(instance: Instance) -> Iterator[copying.Dimension]:
    output = instance.output.shape
    shape = (1,) * (len(output) - len(instance.required(0).shape)) + instance.required(0).shape
    sources = (step if size > 1 else 0 for size, step in zip(shape, copying.strides(shape), strict=True))
    return map(copying.Dimension, output, sources, copying.strides(output))


SUPPORT = repeating.support("BROADCAST_TO", "shape", broadcast_shape, _dimensions)

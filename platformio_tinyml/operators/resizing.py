"""What RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR share."""

from __future__ import annotations

from .copying import integers
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def resized_shape(instance: Instance) -> str | None:
    """Input and output are [batches, height, width, depth] and alike but for the size, height and width."""
    shape, output, size = instance.required(0).shape, instance.output.shape, integers(instance.required(1))
    fits = len(shape) == 4 and len(size) == 2 and output == (shape[0], *size, shape[3])
    return None if fits else f"{list(shape)}, size {list(size)} to {list(output)}"

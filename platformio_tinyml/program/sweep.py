"""Sweep: how a kernel goes over rows, so that it may be run on a few at a time (schedule/)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What the params say of rows; the kernel does the same with fewer of them."""

    WINDOW = "window"
    """A window slides over an image: input_height, output_height, filter_height, stride_height, pad_height and the same
    of the width; where they are, dilation_height, batches."""
    SPREAD = "spread"
    """The same the other way round, as of a transposed convolution: each element of the input reaches a window of the
    output, `stride` elements from the next one's."""
    FLAT = "flat"
    """Item by item, each as long in the input as the next and in the output likewise: `count` of them."""
    LOOPS = "loops"
    """Of two inputs that may be repeated: size_0 to size_3, input1_step_0 to input2_step_3."""
    COPY = "copy"
    """As tinyml_copy."""
    FILL = "fill"
    """All of the output has one value: size, low, width."""
    REDUCTION = "reduction"
    """As tinyml_reduce_s8: of each row by itself; where a fold has been written for the type, of all rows too."""
    PICK = "pick"
    """As tinyml_pick."""
    RESIZE = "resize"
    """As tinyml_resize_bilinear_s8: the second operand says which two rows each row is made of."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """`count`: the member of FLAT's params. `padding` is the byte that elements outside the image equal for WINDOW and
    SPREAD, None where no value does. `by_pairs`: two elements at a time, so that of an odd row the last costs as two.
    `maximum`: of a pool over all rows, whether it takes the largest or the mean; None where neither goes row by row.
    """

    kind: Kind
    count: str = "size"
    padding: int | None = None
    by_pairs: bool = False
    maximum: bool | None = None

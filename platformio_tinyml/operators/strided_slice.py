"""STRIDED_SLICE."""

from __future__ import annotations

from ..model import StridedSliceOptions
from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(REPLACE)
def plain_masks(instance: Instance) -> str | None:
    """There is no ellipsis, no new axis and no offset."""
    options = instance.options(StridedSliceOptions)
    masks = options.ellipsis_mask, options.new_axis_mask, options.offset
    return f"ellipsis {masks[0]}, new axis {masks[1]}, offset {masks[2]}" if any(masks) else None


@rule(CONVERT_AGAIN)
def slice_of_the_input(instance: Instance) -> str | None:
    """begin, end and strides have a number for each dimension, no stride is 0, and they name the output's shape."""
    shape = instance.required(0).shape
    given = [copying.integers(instance.required(position)) for position in (1, 2, 3)]
    found = f"{shape}, begin, end, strides {[list(each) for each in given]} to {instance.output.shape}"
    if any(len(each) != len(shape) for each in given) or 0 in given[2]:
        return found
    shrunk = instance.options(StridedSliceOptions).shrink_axis_mask
    kept = tuple(size for axis, (_, _, size) in enumerate(_ranges(instance)) if not shrunk >> axis & 1)
    sizes = [size for _, _, size in _ranges(instance)]
    return found if kept != instance.output.shape or min(sizes, default=1) < 1 else None


def lower(instance: Instance) -> Lowered:
    """One copy."""
    sources, ranges = copying.strides(instance.required(0).shape), _ranges(instance)
    targets = copying.strides([size for _, _, size in ranges])
    dimensions = tuple(
        copying.Dimension(size, stride * source, target)
        for (_, stride, size), source, target in zip(ranges, sources, targets, strict=True)
    )
    start = sum(first * source for (first, _, _), source in zip(ranges, sources, strict=True))
    return copying.lower_moves(instance, [copying.Move(0, dimensions, start=start)])


def _ranges(instance: Instance) -> tuple[tuple[int, int, int], ...]:
    """(first index, stride, number) along each dimension. Source: internal/strided_slice_logic.h."""
    options = instance.options(StridedSliceOptions)
    given = zip(*(copying.integers(instance.required(position)) for position in (1, 2, 3)), strict=True)
    ranges = []
    for axis, (size, (begin, end, stride)) in enumerate(zip(instance.required(0).shape, given, strict=True)):
        low, high = (0, size) if stride > 0 else (-1, size - 1)
        first = begin + size if begin < 0 else begin
        if options.begin_mask >> axis & 1:
            first = low if stride > 0 else high
        first = max(low, min(high, first))
        last = end + size if end < 0 else end
        if options.end_mask >> axis & 1:
            last = high if stride > 0 else low
        last = max(low, min(high, last))
        if options.shrink_axis_mask >> axis & 1:
            inside = 0 <= first < size
            ranges.append((first, stride, 1 if inside else 0))
        else:
            ranges.append((first, stride, max(0, -((first - last) // stride))))
    return tuple(ranges)


SUPPORT = Support(
    opcode="STRIDED_SLICE",
    summary="begin, end and strides are constants; strides may be negative.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(4, 0, StridedSliceOptions),),
        (
            copying.one_type(0),
            *(copying.constant_integers(n, w) for n, w in ((1, "begin"), (2, "end"), (3, "strides"))),
        ),
        (plain_masks,),
        (slice_of_the_input,),
    ),
    lower=lower,
    types=(),
)

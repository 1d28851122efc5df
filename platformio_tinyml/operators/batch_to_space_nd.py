"""BATCH_TO_SPACE_ND."""

from __future__ import annotations

import math

from . import copying, picking
from .common import operands
from .interval_rules import same_channels
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def merged_blocks(instance: Instance) -> str | None:
    """There are 3 or 4 dimensions; block and crops are of those between the first and the last, and make the output
    of the input.
    """
    shape, output = instance.required(0).shape, instance.output.shape
    block, crops = (copying.integers(instance.required(position)) for position in (1, 2))
    found = f"{list(shape)}, block {list(block)}, crops {list(crops)} to {list(output)}"
    fits = len(shape) in (3, 4) and len(block) == len(shape) - 2 and len(crops) == 2 * len(block)
    if not fits or min(block) < 1 or min(crops) < 0 or shape[0] % math.prod(block):
        return found
    sizes = (
        size * times - before - after
        for size, times, before, after in zip(shape[1:-1], block, crops[::2], crops[1::2], strict=True)
    )
    return None if output == (shape[0] // math.prod(block), *sizes, shape[-1]) else found


def lower(instance: Instance) -> Lowered:
    """One call: of the index in the batch a part is the output's, the others say where in its block an element lies."""
    shape, output = instance.required(0).shape, instance.output.shape
    block, crops = (copying.integers(instance.required(position)) for position in (1, 2))
    steps = copying.strides(shape)
    offsets: list[picking.Offsets] = [range(0, output[0] * steps[0], steps[0])]
    for d, (times, before) in enumerate(zip(block, crops[::2], strict=True), 1):
        parts = output[0] * math.prod(block[d:])
        places = (divmod(index + before, times) for index in range(output[d]))
        offsets.append([index * steps[d] + part * parts * steps[0] for index, part in places])
    return picking.lower_picks(instance, [*offsets, range(shape[-1])])


SUPPORT = Support(
    opcode="BATCH_TO_SPACE_ND",
    summary="Block and crops are constants.",
    kernels=("tinyml_pick",),
    rules=(
        (operands(3),),
        (copying.one_type(0), copying.constant_integers(1, "block"), copying.constant_integers(2, "crops")),
        (merged_blocks, picking.short_lists),
    ),
    lower=lower,
    interval=same_channels,
    types=(),
)

"""SPACE_TO_DEPTH and DEPTH_TO_SPACE: one copy, of the one the other's way back."""

from __future__ import annotations

from ..model import BlockOptions
from . import copying
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


def support(opcode: str, *, to_depth: bool) -> Support:
    """The entry of one of the two."""

    @rule(CONVERT_AGAIN)
    def blocks(instance: Instance) -> str | None:
        """One shape is [batches, height * block, width * block, depth], the other [batches, height, width,
        block * block * depth].
        """
        wide, deep = _shapes(instance, to_depth)
        block = instance.options(BlockOptions).block_size
        fits = len(wide) == len(deep) == 4 and block >= 1 and wide[0] == deep[0]
        fits = fits and wide[1:3] == (deep[1] * block, deep[2] * block) and deep[3] == wide[3] * block * block
        return None if fits else f"{list(instance.required(0).shape)}, block {block} to {list(instance.output.shape)}"

    def lower(instance: Instance) -> Lowered:
        wide, deep = _shapes(instance, to_depth)
        block = instance.options(BlockOptions).block_size
        rows, columns, depth = wide[2] * wide[3], wide[3], wide[3]
        loops = (  # size, step in the wide tensor, step in the deep one
            (wide[0], wide[1] * rows, deep[1] * deep[2] * deep[3]),
            (deep[1], block * rows, deep[2] * deep[3]),
            (deep[2], block * columns, deep[3]),
            (block, rows, block * depth),
            (block, columns, depth),
            (depth, 1, 1),
        )
        dimensions = (
            copying.Dimension(size, *((one, other) if to_depth else (other, one))) for size, one, other in loops
        )
        return copying.lower_moves(instance, [copying.Move(0, tuple(dimensions))])

    return Support(
        opcode=opcode,
        summary="Any block.",
        kernels=("tinyml_copy",),
        rules=((operands(1, 0, BlockOptions),), (copying.one_type(0),), (blocks,)),
        lower=lower,
        interval=source_values,
        types=(),
    )


def _shapes(instance: Instance, to_depth: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(the wide one, the deep one)."""
    shape, output = instance.required(0).shape, instance.output.shape
    return (shape, output) if to_depth else (output, shape)

"""MIRROR_PAD."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import MirrorPadOptions
from . import copying, picking
from .common import operands
from .interval_rules import same_channels
from .lowering import Lowered, Support
from .padding import padded_shape
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def mirrored_part(instance: Instance) -> str | None:
    """No padding is longer than its dimension of the input, less one where the edge is not repeated (REFLECT)."""
    shape, offset = instance.required(0).shape, _edge(instance)
    paddings = copying.integers(instance.required(1))
    fits = offset in (0, 1) and all(
        max(paddings[2 * d : 2 * d + 2]) <= size - offset or not any(paddings[2 * d : 2 * d + 2])
        for d, size in enumerate(shape)
    )
    return None if fits else f"{list(shape)} with {list(paddings)}, mode {instance.options(MirrorPadOptions).mode}"


@rule(REPLACE)
def short_paddings(instance: Instance) -> str | None:
    """No dimension that is padded has more than 32,767 elements."""
    sizes = [new for old, new in zip(instance.required(0).shape, instance.output.shape, strict=True) if old != new]
    return f"{sizes}" if max(sizes, default=0) > picking.LONGEST else None


@rule(REPLACE)
def few_lists(instance: Instance) -> str | None:
    """From the first dimension that is padded to the last there are at most three."""
    return picking.fits(_offsets(instance))


def lower(instance: Instance) -> Lowered:
    """One call."""
    return picking.lower_picks(instance, _offsets(instance))


def _offsets(instance: Instance) -> list[picking.Offsets]:
    shape, paddings = instance.required(0).shape, copying.integers(instance.required(1))
    pairs = zip(paddings[::2], paddings[1::2], strict=True)
    indices = [_mirrored(size, *pair, _edge(instance)) for size, pair in zip(shape, pairs, strict=True)]
    return picking.offsets_of(shape, indices)


def _mirrored(size: int, before: int, after: int, edge: int) -> Sequence[int]:
    """Indices along a dimension; `edge` is 1 where the first and the last element are not repeated."""
    if not before and not after:
        return range(size)
    return [
        *range(before - 1 + edge, edge - 1, -1),
        *range(size),
        *range(size - 1 - edge, size - 1 - edge - after, -1),
    ]


def _edge(instance: Instance) -> int:
    return 1 - instance.options(MirrorPadOptions).mode


SUPPORT = Support(
    opcode="MIRROR_PAD",
    summary="REFLECT and SYMMETRIC; the paddings are constants.",
    kernels=("tinyml_pick",),
    rules=(
        (operands(2, 0, MirrorPadOptions),),
        (copying.one_type(0), copying.constant_integers(1, "paddings")),
        (padded_shape,),
        (mirrored_part, short_paddings),
        (few_lists,),
    ),
    lower=lower,
    interval=same_channels,
    types=(),
)

"""GATHER_ND."""

from __future__ import annotations

import math

from . import copying, gathering
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def gathered_shape(instance: Instance) -> str | None:
    """The last dimension of the indices is the parts of one, up to five and to the data's dimensions; in the output the
    other dimensions of the indices stand in the place of those.
    """
    shape, indices = instance.required(0).shape, instance.required(1).shape
    depth = indices[-1] if indices else 0
    fits = 1 <= depth <= min(len(shape), gathering.DEPTH)
    fits = fits and (*indices[:-1], *shape[depth:]) == instance.output.shape
    return None if fits else f"{list(shape)} at {list(indices)} to {list(instance.output.shape)}"


@rule(CONVERT_AGAIN)
def known_indices(instance: Instance) -> str | None:
    """Constant indices are below their dimensions' sizes, none is negative; computed ones are clamped to that."""
    indices = instance.required(1)
    return gathering.in_bounds(indices, instance.required(0).shape[: indices.shape[-1]])


def lower(instance: Instance) -> Lowered:
    """One call."""
    shape, indices = instance.required(0).shape, instance.required(1).shape
    depth = indices[-1]
    gather = gathering.Gather(
        batches=1,
        outer=1,
        count=math.prod(indices[:-1]),
        block=0,
        sizes=shape[:depth],
        steps=copying.strides(shape)[:depth],
        run=math.prod(shape[depth:]),
    )
    return gathering.lower_gather(instance, 0, 1, gather)


SUPPORT = Support(
    opcode="GATHER_ND",
    summary="Data or indices may be constants. Computed indices are clamped.",
    kernels=("tinyml_gather",),
    rules=(
        (operands(2),),
        (copying.one_type(0), gathering.int32_indices(1)),
        (gathered_shape,),
        (known_indices,),
    ),
    lower=lower,
    interval=source_values,
    types=(),
)

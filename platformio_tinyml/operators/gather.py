"""GATHER."""

from __future__ import annotations

import math

from ..model import GatherOptions
from . import copying, gathering
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def gathered_shape(instance: Instance) -> str | None:
    """The axis is a dimension of the data, after those that are batches of data and indices alike; in the output the
    indices' shape stands in its place.
    """
    shape, indices = instance.required(0).shape, instance.required(1).shape
    axis, batches = _axis(instance)
    found = f"{list(shape)} at {list(indices)}, axis {axis}, {batches} batches to {list(instance.output.shape)}"
    if not 0 <= batches <= axis < len(shape) or batches > len(indices) or shape[:batches] != indices[:batches]:
        return found
    return None if (*shape[:axis], *indices[batches:], *shape[axis + 1 :]) == instance.output.shape else found


@rule(CONVERT_AGAIN)
def known_indices(instance: Instance) -> str | None:
    """Constant indices are below the axis's size, none is negative; computed ones are clamped to that."""
    return gathering.in_bounds(instance.required(1), (instance.required(0).shape[_axis(instance)[0]],))


def lower(instance: Instance) -> Lowered:
    """One call."""
    shape, indices = instance.required(0).shape, instance.required(1).shape
    axis, batches = _axis(instance)
    run = math.prod(shape[axis + 1 :])
    gather = gathering.Gather(
        batches=math.prod(shape[:batches]),
        outer=math.prod(shape[batches:axis]),
        count=math.prod(indices[batches:]),
        block=shape[axis] * run,
        sizes=(shape[axis],),
        steps=(run,),
        run=run,
    )
    return gathering.lower_gather(instance, 0, 1, gather)


def _axis(instance: Instance) -> tuple[int, int]:
    """(axis, dimensions that are batches), both counted from the first."""
    options = instance.options(GatherOptions)
    axis, batches = options.axis, options.batch_dims
    return (
        axis + len(instance.required(0).shape) if axis < 0 else axis,
        batches + len(instance.required(1).shape) if batches < 0 else batches,
    )


SUPPORT = Support(
    opcode="GATHER",
    summary="Along any axis; data or indices may be constants. Computed indices are clamped.",
    kernels=("tinyml_gather",),
    rules=(
        (operands(2, 0, GatherOptions),),
        (copying.one_type(0), gathering.int32_indices(1)),
        (gathered_shape,),
        (known_indices,),
    ),
    lower=lower,
    interval=source_values,
    types=(),
)

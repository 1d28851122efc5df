"""EMBEDDING_LOOKUP."""

from __future__ import annotations

import math
from functools import partial

from . import copying, gathering
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def rows(instance: Instance) -> str | None:
    """The indices have one dimension, the values two or more, and the output is a row of these for each index."""
    indices, shape = instance.required(0).shape, instance.required(1).shape
    fits = len(indices) == 1 and len(shape) >= 2 and instance.output.shape == (*indices, *shape[1:])
    return None if fits else f"{list(shape)} at {list(indices)} to {list(instance.output.shape)}"


@rule(CONVERT_AGAIN)
def known_indices(instance: Instance) -> str | None:
    """Constant indices are below the number of rows, none is negative; computed ones are clamped to that."""
    return gathering.in_bounds(instance.required(0), instance.required(1).shape[:1])


def lower(instance: Instance) -> Lowered:
    """One call."""
    shape = instance.required(1).shape
    run = math.prod(shape[1:])
    gather = gathering.Gather(1, 1, instance.required(0).elements, 0, shape[:1], (run,), run)
    return gathering.lower_gather(instance, 1, 0, gather)


SUPPORT = Support(
    opcode="EMBEDDING_LOOKUP",
    summary="Values and output of one type. Computed indices are clamped.",
    kernels=("tinyml_gather",),
    rules=(
        (operands(2),),
        (copying.one_type(1), gathering.int32_indices(0)),
        (rows,),
        (known_indices,),
    ),
    lower=lower,
    interval=partial(gathering.interval, 1),
    types=(),
)

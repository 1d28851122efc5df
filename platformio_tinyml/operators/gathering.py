"""GATHER, GATHER_ND and EMBEDDING_LOOKUP: calls of one kernel that copies runs of bytes by an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Tensor
from ..program import KernelCall, Params
from .copying import data_operand, integers
from .interval import Interval, Known, channels_of
from .lowering import Lowered
from .rules import CONVERT_AGAIN, Instance, Rule, quoted

DEPTH = 5
"""Of an index at most: TFLM's limit."""


@dataclass(frozen=True, slots=True)
class Gather:
    """An index has as many parts as `sizes`, of dimensions of so many elements, `steps` elements apart.

    Each of `batches` has `count` indices, which serve each of its `outer` parts of `block` elements; what one finds is
    `run` elements.
    """

    batches: int
    outer: int
    count: int
    block: int
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    run: int


def int32_indices(position: int) -> Rule:
    """Input `position` holds indices."""

    def check(instance: Instance) -> str | None:
        tensor = instance.required(position)
        return f"{quoted(tensor)} is {tensor.type.name}" if tensor.type.name != "INT32" else None

    return Rule(f"Input {position} (indices) is int32.", CONVERT_AGAIN, check)


def in_bounds(indices: Tensor, sizes: Sequence[int]) -> str | None:
    """What constant indices are not of dimensions of these sizes; those that are computed are clamped by the kernel."""
    if not indices.is_constant:
        return None
    values = integers(indices)
    for part, size in enumerate(sizes):
        wrong = [value for value in values[part :: len(sizes)] if not 0 <= value < size]
        if wrong:
            return f"index {wrong[0]} of {size}"
    return None


def lower_gather(instance: Instance, data: int, indices: int, gather: Gather) -> Lowered:
    """One call; `data` and `indices` are positions of inputs."""
    width = instance.output.type.bits // 8
    source, constants = data_operand(instance, data)
    index, more = data_operand(instance, indices)
    missing = DEPTH - len(gather.sizes)
    sizes, steps = (*gather.sizes, *(1,) * missing), (*gather.steps, *(0,) * missing)
    fields = (
        ("batches", gather.batches),
        ("outer", gather.outer),
        ("count", gather.count),
        ("block", gather.block * width),
        *((f"size_{d}", size) for d, size in enumerate(sizes)),
        *((f"step_{d}", step * width) for d, step in enumerate(steps)),
        ("run", gather.run * width),
        ("depth", len(gather.sizes)),
        ("input_in_flash", int(bool(constants))),
        ("indices_in_flash", int(bool(more))),
    )
    call = KernelCall(
        function="tinyml_gather",
        params=Params("tinyml_gather_params", fields),
        inputs=(source, index),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, (*constants, *more))


def interval(position: int, instance: Instance, known: Known) -> Interval:
    """Any value of input `position`."""
    source, channels = known(instance.required(position)), channels_of(instance.output)
    return Interval((min(source.low),) * channels, (max(source.high),) * channels)

"""Operators whose output takes elements of the input by a list of indices along each dimension: one kernel call."""

from __future__ import annotations

from collections.abc import Sequence

from ..program import KernelCall, Kind, Params, Sweep
from .copying import data_operand, strides
from .lowering import Lowered, int32_constant, refs
from .rules import REPLACE, Instance, rule

LISTS = 3
"""Of the kernel, between one loop and a run."""
LONGEST = 32767
"""Elements of a list."""

Offsets = Sequence[int]
"""Elements from the start of the input, one for each index of a dimension of the output."""


@rule(REPLACE)
def short_lists(instance: Instance) -> str | None:
    """No dimension of the output but the first and the last has more than 32,767 elements."""
    sizes = instance.output.shape[1:-1]
    return str(max(sizes)) if sizes and max(sizes) > LONGEST else None


def offsets_of(shape: Sequence[int], indices: Sequence[Sequence[int]]) -> list[Offsets]:
    """For each dimension of an input of `shape` the offsets of these indices along it; a range stays one."""
    return [
        range(each.start * step, each.stop * step, step)
        if isinstance(each, range)
        else [index * step for index in each]
        for each, step in zip(indices, strides(shape), strict=True)
    ]


def merged(dimensions: Sequence[Offsets]) -> tuple[tuple[int, int], list[Offsets], int]:
    """((turns, step) of a loop, lists, elements of a run): what is regular at either end needs no list."""
    lists = [each for each in dimensions if len(each) > 1 or each[0]]
    run = 1
    while lists and _step(lists[-1]) == run:
        run *= len(lists.pop())
    outer = (1, 0)
    if lists and (step := _step(lists[0])):
        outer = (len(lists.pop(0)), step)
        while lists and (inner := _step(lists[0])) and inner * len(lists[0]) == outer[1]:
            outer = (outer[0] * len(lists.pop(0)), inner)
    return outer, lists, run


def fits(dimensions: Sequence[Offsets]) -> str | None:
    """Why the kernel has too few lists, or None."""
    count = len(merged(dimensions)[1])
    return f"{count} dimensions by lists" if count > LISTS else None


def lower_picks(instance: Instance, dimensions: Sequence[Offsets]) -> Lowered:
    """One call that makes the output of input 0: an output element's offset is the sum of those of its indices."""
    width = instance.output.type.bits // 8
    (outer, step), lists, run = merged(dimensions)
    lists = [[0]] * (LISTS - len(lists)) + lists
    table = int32_constant(instance, "offsets", [offset * width for each in lists for offset in each])
    source, constants = data_operand(instance, 0)
    fields = (
        ("outer", outer),
        ("outer_step", step * width),
        *((f"size_{d}", len(each)) for d, each in enumerate(lists)),
        ("run", run * width),
        ("input_in_flash", int(bool(constants))),
    )
    call = KernelCall(
        function="tinyml_pick",
        params=Params("tinyml_pick_params", fields),
        inputs=(source, *refs((table,))),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.PICK),
    )
    return Lowered(call, (table, *constants))


def _step(offsets: Offsets) -> int:
    """Of a list that starts at 0 and grows evenly; 0 of any other."""
    step = offsets[1] if len(offsets) > 1 else 0
    if step <= 0:
        return 0
    even = range(0, step * len(offsets), step)
    is_even = offsets == even if isinstance(offsets, range) else list(offsets) == list(even)
    return step if is_even else 0

"""Operators that only move elements: calls of one kernel that copies runs of bytes in nested loops, of any type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..model import Tensor
from ..program import Constant, ConstantRef, KernelCall, Kind, Operand, Params, Sweep, TensorRef
from .lowering import C_TYPES, Lowered, tensor_constant
from .rules import CONVERT_AGAIN, REPLACE, Instance, Rule, quoted

LOOPS = 5
"""Of the kernel, around its run."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A loop: so many times, each time so many elements further in the input and in the output."""

    size: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Move:
    """What is copied from input `position` to output number `output`: starts in elements, loops outermost first."""

    position: int
    dimensions: tuple[Dimension, ...]
    start: int = 0
    target_start: int = 0
    output: int = 0


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Elements from one index of each dimension to the next."""
    return tuple(math.prod(shape[dimension + 1 :]) for dimension in range(len(shape)))


def whole(position: int, shape: Sequence[int], into: Sequence[int], start: Sequence[int]) -> Move:
    """All of an input of `shape`, to index `start` of an output of shape `into`."""
    targets = strides(into)
    dimensions = map(Dimension, shape, strides(shape), targets)
    return Move(position, tuple(dimensions), target_start=sum(map(math.prod, zip(start, targets, strict=True))))


def merged(dimensions: Sequence[Dimension]) -> tuple[tuple[Dimension, ...], int]:
    """(loops, elements of a run): loops of one turn are left out, loops that continue each other are one."""
    loops: list[Dimension] = []
    for each in dimensions:
        if each.size == 1:
            continue
        outer = loops[-1] if loops else None
        if outer and (outer.source, outer.target) == (each.source * each.size, each.target * each.size):
            loops[-1] = Dimension(outer.size * each.size, each.source, each.target)
        else:
            loops.append(each)
    run = 1
    if loops and (loops[-1].source, loops[-1].target) == (1, 1):
        run = loops.pop().size
    return tuple(loops), run


def fits(moves: Sequence[Move]) -> str | None:
    """Why the kernel has too few loops for a move, or None."""
    deepest = max((len(merged(move.dimensions)[0]) for move in moves), default=0)
    return f"{deepest} loops" if deepest > LOOPS else None


def lower_moves(instance: Instance, moves: Sequence[Move], first: KernelCall | None = None) -> Lowered:
    """One call for each move, after `first`."""
    calls = [] if first is None else [first]
    constants: list[Constant] = []
    for move in moves:
        call, tables = _call(instance, move)
        calls.append(call)
        constants += tables
    return Lowered(calls[0], tuple(dict.fromkeys(constants)), then=tuple(calls[1:]))


def _call(instance: Instance, move: Move) -> tuple[KernelCall, tuple[Constant, ...]]:
    source = instance.required(move.position)
    width = source.type.bits // 8
    loops, run = merged(move.dimensions)
    loops = (Dimension(1, 0, 0),) * (LOOPS - len(loops)) + loops
    operand, tables = data_operand(instance, move.position)
    fields = (
        *((f"size_{d}", loop.size) for d, loop in enumerate(loops)),
        *((f"input_step_{d}", loop.source * width) for d, loop in enumerate(loops)),
        *((f"output_step_{d}", loop.target * width) for d, loop in enumerate(loops)),
        ("input_start", move.start * width),
        ("output_start", move.target_start * width),
        ("run", run * width),
        ("input_in_flash", int(source.is_constant)),
    )
    call = KernelCall(
        function="tinyml_copy",
        params=Params("tinyml_copy_params", fields),
        inputs=(operand,),
        outputs=(instance.operator.outputs[move.output],),
        source=instance.operator,
        sweep=Sweep(Kind.COPY),
    )
    return call, tables


def data_operand(instance: Instance, position: int) -> tuple[Operand, tuple[Constant, ...]]:
    """An input as kernels take it that move elements, and its table if it is a constant."""
    tensor = instance.required(position)
    if not tensor.is_constant:
        return TensorRef(tensor.index), ()
    table = tensor_constant(instance, f"input{position}", tensor)
    return ConstantRef(table.name), (table,)


def lower_known(instance: Instance, data: bytes, role: str = "output") -> Lowered:
    """One call that copies the output's value, which is known, from flash."""
    output = instance.output
    table = tensor_constant(instance, role, replace(output, data=data))
    ones = tuple((f"size_{d}", 1) for d in range(LOOPS))
    still = tuple((f"{side}_step_{d}", 0) for side in ("input", "output") for d in range(LOOPS))
    fields = (*ones, *still, ("input_start", 0), ("output_start", 0), ("run", output.size), ("input_in_flash", 1))
    call = KernelCall(
        function="tinyml_copy",
        params=Params("tinyml_copy_params", fields),
        inputs=(ConstantRef(table.name),),
        outputs=(output.index,),
        source=instance.operator,
    )
    return Lowered(call, (table,))


def fill_call(instance: Instance, value: bytes) -> KernelCall:
    """The output's every element set to `value`, the bytes of one."""
    low, high = (int.from_bytes(value.ljust(8, b"\0")[at : at + 4], "little", signed=True) for at in (0, 4))
    fields = (("size", instance.output.elements), ("low", low), ("high", high), ("width", len(value)))
    return KernelCall(
        function="tinyml_fill",
        params=Params("tinyml_fill_params", fields),
        inputs=(),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FILL),
    )


def one_type(*positions: int) -> Rule:
    """The inputs at these positions, which are copied (none named: all), and all outputs are of one type."""

    def check(instance: Instance) -> str | None:
        copied = [instance.required(position) for position in positions] or instance.inputs
        outputs = [instance.model.tensors[index] for index in instance.operator.outputs]
        types = {tensor.type.name for tensor in (*copied, *outputs)}
        return " and ".join(sorted(types)) if len(types) > 1 or not types <= C_TYPES.keys() else None

    return Rule("Data and outputs are of one type of whole bytes.", CONVERT_AGAIN, check)


def constant_integers(position: int, what: str) -> Rule:
    """Input `position`, which is called `what`, is a constant of int32 or int64."""

    def check(instance: Instance) -> str | None:
        tensor = instance.required(position)
        if not tensor.is_constant:
            return f"{quoted(tensor)} is computed"
        return f"{quoted(tensor)} is {tensor.type.name}" if tensor.type.name not in ("INT32", "INT64") else None

    return Rule(f"Input {position} ({what}) is a constant of int32 or int64.", REPLACE, check)


def integers(tensor: Tensor) -> tuple[int, ...]:
    """The values of a constant of int32 or int64."""
    return tuple(memoryview(tensor.data or b"").cast("i" if tensor.type.name == "INT32" else "q"))

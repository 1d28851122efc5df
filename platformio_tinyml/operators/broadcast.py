"""Elementwise operators of two inputs, one of which may be repeated along some dimensions."""

from __future__ import annotations

from ..model import Tensor
from ..program import Constant, ConstantRef, Operand, TensorRef
from .lowering import tensor_constant
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule

DIMENSIONS = 4
"""Of the kernels' loop nest."""


@rule("fold the operator into a constant when converting")
def one_computed_input(instance: Instance) -> str | None:
    """At most one input is a constant."""
    return "two constants" if all(tensor.is_constant for tensor in instance.inputs) else None


@rule(CONVERT_AGAIN)
def broadcast_shapes(instance: Instance) -> str | None:
    """The output has the shape that broadcasting the inputs gives: dimensions are equal or 1, counted from the last."""
    shapes = [tensor.shape for tensor in instance.inputs]
    found = f"{' and '.join(str(list(shape)) for shape in shapes)} to {list(instance.output.shape)}"
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    for sizes in zip(*padded, strict=True):
        if len(set(sizes) - {1}) > 1:
            return found
    return found if instance.output.shape != tuple(map(max, zip(*padded, strict=True))) else None


@rule(REPLACE)
def few_dimensions(instance: Instance) -> str | None:
    """Neighbouring dimensions that broadcast alike are one, and at most four are left."""
    count = len(loops(instance))
    return str(count) if count > DIMENSIONS else None


def loop_fields(instance: Instance, *, swapped: bool = False) -> tuple[tuple[str, int], ...]:
    """Fields of a params struct from size_0 to input2_step_3; of `swapped` inputs."""
    nest = loops(instance)
    nest = ((1, 0, 0),) * (DIMENSIONS - len(nest)) + nest
    order = (2, 1) if swapped else (1, 2)
    return (
        *((f"size_{d}", row[0]) for d, row in enumerate(nest)),
        *((f"input{n}_step_{d}", row[column]) for n, column in enumerate(order, 1) for d, row in enumerate(nest)),
    )


def loops(instance: Instance) -> tuple[tuple[int, ...], ...]:
    """(size, step of input 1, step of input 2, and so on) per loop, outermost first.

    Dimensions of size 1 are left out, neighbours that broadcast alike are merged.
    """
    rank = len(instance.output.shape)
    shapes = [(1,) * (rank - len(tensor.shape)) + tensor.shape for tensor in instance.inputs]
    merged: list[tuple[int, tuple[bool, ...]]] = []
    for size, *sizes in zip(instance.output.shape, *shapes, strict=True):
        moves = tuple(each > 1 for each in sizes)
        if size == 1:
            continue
        if merged and merged[-1][1] == moves:
            merged[-1] = (merged[-1][0] * size, moves)
        else:
            merged.append((size, moves))
    nest: list[tuple[int, ...]] = []
    steps = [1] * len(shapes)
    for size, moves in reversed(merged):
        nest.insert(0, (size, *(step if moves_on else 0 for step, moves_on in zip(steps, moves, strict=True))))
        steps = [step * size if moves_on else step for step, moves_on in zip(steps, moves, strict=True)]
    return tuple(nest)


def operand(instance: Instance, position: int) -> tuple[Operand, tuple[Constant, ...]]:
    """An input as the kernel takes it, and its table if it is a constant."""
    tensor = instance.required(position)
    if not tensor.is_constant:
        return TensorRef(tensor.index), ()
    table = tensor_constant(instance, f"input{position + 1}", tensor)
    return ConstantRef(table.name), (table,)


def is_whole(tensor: Tensor, output: Tensor) -> bool:
    """Whether a tensor is computed and read once, element by element."""
    return not tensor.is_constant and tensor.elements == output.elements

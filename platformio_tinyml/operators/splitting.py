"""SPLIT and SPLIT_V: one copy for each output."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule


def support(opcode: str, inputs: int, data: int, axis: int) -> Support:
    """The entry of one with so many inputs, of which `data` is split along `axis`, both by position."""

    def parts_of_the_input(instance: Instance) -> str | None:
        axes, shape = copying.integers(instance.required(axis)), instance.required(data).shape
        outputs = [instance.model.tensors[index].shape for index in instance.operator.outputs]
        found = f"{shape} to {outputs}, axis {list(axes)}"
        if (
            len(axes) != 1
            or not -len(shape) <= axes[0] < len(shape)
            or any(len(each) != len(shape) for each in outputs)
        ):
            return found
        along = axes[0] % len(shape)
        rest = {(*each[:along], *each[along + 1 :]) for each in (shape, *outputs)}
        return found if len(rest) > 1 or sum(each[along] for each in outputs) != shape[along] else None

    def lower(instance: Instance) -> Lowered:
        shape = instance.required(data).shape
        along, sources = copying.integers(instance.required(axis))[0] % len(shape), copying.strides(shape)
        at, moves = 0, []
        for number, index in enumerate(instance.operator.outputs):
            part = instance.model.tensors[index].shape
            dimensions = tuple(map(copying.Dimension, part, sources, copying.strides(part)))
            moves.append(copying.Move(data, dimensions, start=at * sources[along], output=number))
            at += part[along]
        return copying.lower_moves(instance, moves)

    whole = Rule(
        "Along the axis, one number, the outputs together are as long as the input, along the others each is.",
        CONVERT_AGAIN,
        parts_of_the_input,
    )
    return Support(
        opcode=opcode,
        summary="Along a constant axis.",
        kernels=("tinyml_copy",),
        rules=(
            (operands(inputs, outputs=None),),
            (copying.one_type(data), copying.constant_integers(axis, "axis")),
            (whole,),
        ),
        lower=lower,
        types=(),
    )

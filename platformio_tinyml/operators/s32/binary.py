"""ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE on int32; MAXIMUM and MINIMUM on int64."""

from __future__ import annotations

import struct

from ...model import Activation, AddOptions, ArithmeticOptions, Options
from ..broadcast import broadcast_shapes, few_dimensions, one_computed_input
from ..common import activation_of, operands
from ..f32.binary import lower_binary
from ..lowering import Lowered, Support
from ..rules import QUANTIZE, REPLACE, Instance, Rule, quoted, rule

_OPTIONS: dict[str, type[Options] | None] = {
    "ADD": AddOptions,
    "SUB": ArithmeticOptions,
    "MUL": ArithmeticOptions,
    "DIV": ArithmeticOptions,
    "MAXIMUM": None,
    "MINIMUM": None,
    "SQUARED_DIFFERENCE": None,
}
"""The options of those that may have a fused activation."""


_OF_INT64 = ("MAXIMUM", "MINIMUM")
_SUMMARIES = {"INT32": "int32, modulo 2**32", "INT64": "int64"}


def all_of(kind: str) -> Rule:
    """Of the types of inputs and output."""

    def check(instance: Instance) -> str | None:
        types = {tensor.type.name for tensor in (*instance.inputs, instance.output)}
        return None if types == {kind} else " and ".join(sorted(types))

    return Rule(f"Inputs and output are {kind.lower()}.", QUANTIZE, check)


@rule(REPLACE)
def no_activation(instance: Instance) -> str | None:
    """It has no fused activation."""
    activation = activation_of(instance)
    return None if activation is Activation.NONE else activation.name


@rule(REPLACE)
def constant_divisor(instance: Instance) -> str | None:
    """The divisor is a constant, without a 0."""
    divisor = instance.required(1)
    if divisor.data is None:
        return f"{quoted(divisor)} is computed"
    return f"a 0 in {quoted(divisor)}" if 0 in struct.unpack(f"<{divisor.elements}i", divisor.data) else None


def _support(opcode: str, kind: str = "INT32") -> Support:
    options = _OPTIONS[opcode]
    kernel = "tinyml_binary_s32" if kind == "INT32" else "tinyml_binary_s64"

    def lower(instance: Instance) -> Lowered:
        return lower_binary(instance, kernel, "tinyml_binary_s32_params")

    own = (*((no_activation,) if options else ()), *((constant_divisor,) if opcode == "DIV" else ()))
    return Support(
        opcode=opcode,
        summary=f"{_SUMMARIES[kind]}, with broadcasting; one input may be a constant.",
        kernels=(kernel,),
        rules=(
            (operands(2, 0, options),),
            (all_of(kind), one_computed_input),
            (broadcast_shapes, *own),
            (few_dimensions,),
        ),
        lower=lower,
        types=(kind,),
    )


SUPPORTS = (*map(_support, _OPTIONS), *(_support(opcode, "INT64") for opcode in _OF_INT64))

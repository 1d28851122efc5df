"""HARD_SWISH_EXAMPLE: what a file of this folder looks like. See docs/adding-an-operator.md.

It is no operator of the schema and not in the table; a test lowers it, so that the template keeps working. Copy it,
rename it after the operator (lower case, as in schema.fbs), and change what stands in capitals.
"""

from __future__ import annotations

from ..program import KernelCall, Params, TensorRef
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .lowering import Lowered, Support
from .rules import REPLACE, Instance, rule


@rule(REPLACE)
def positive_zero_point(instance: Instance) -> str | None:
    """A RULE OF THIS OPERATOR: one sentence, which is also the text of the error and of docs/operators.md."""
    zero_point = zero_point_of(instance.required(0))
    return f"zero point {zero_point}" if zero_point < 0 else None


def lower(instance: Instance) -> Lowered:
    """One call. `fields` are the members of the params struct in its header, in its order."""
    source, output = instance.required(0), instance.output
    fields = (
        ("size", source.elements),
        ("input_offset", -zero_point_of(source)),
        ("STEPS", round(1 / scale_of(output))),
    )
    call = KernelCall(
        function="tinyml_hard_swish_example_s8",
        params=Params("tinyml_hard_swish_example_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
    )
    # Leave `in_place` out unless element i of the input is read for the last time before element i is written.
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="HARD_SWISH_EXAMPLE",
    summary="WHAT IT TAKES, in a few words.",
    kernels=("tinyml_hard_swish_example_s8",),
    rules=(
        (operands(1),),
        (int8_activations,),
        (quantized_activations, computed_input, same_shape),
        (positive_zero_point,),
    ),
    lower=lower,
)

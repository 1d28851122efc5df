"""L2_NORMALIZATION and LOG_SOFTMAX on float32: each row of the last dimension by itself."""

from __future__ import annotations

from ...model import ArithmeticOptions, Options
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ..common import computed_input, operands
from ..elementwise import in_place, same_shape
from ..l2_normalization import no_activation
from ..lowering import Lowered, Support
from ..rules import CONVERT_AGAIN, Instance, Rule, rule
from .common import all_float


@rule(CONVERT_AGAIN)
def some_dimension(instance: Instance) -> str | None:
    """Input and output have at least one dimension."""
    return None if instance.required(0).shape else "a scalar"


def _support(opcode: str, options: type[Options] | None, rules: tuple[Rule, ...], summary: str) -> Support:
    kernel = f"tinyml_{opcode.lower()}_f32"

    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        depth = source.shape[-1]
        call = KernelCall(
            function=kernel,
            params=Params("tinyml_rows_f32_params", (("rows", source.elements // depth), ("depth", depth))),
            inputs=(TensorRef(source.index),),
            outputs=(output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.FLAT, count="rows"),
        )
        return Lowered(call, in_place=(in_place(source, output),))

    return Support(
        opcode=opcode,
        summary=f"Over the last dimension; {summary}.",
        kernels=(kernel,),
        rules=((operands(1, 0, options),), (all_float, computed_input, same_shape), (some_dimension, *rules)),
        lower=lower,
        types=("FLOAT32",),
    )


SUPPORTS = (
    _support("L2_NORMALIZATION", ArithmeticOptions, (no_activation,), "within 4 units in the last place of 1"),
    _support("LOG_SOFTMAX", None, (), "within 8 units in the last place of the largest"),
)

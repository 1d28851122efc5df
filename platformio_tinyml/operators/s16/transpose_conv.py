"""TRANSPOSE_CONV on int16, with weights of int8."""

from __future__ import annotations

from ...program import KernelCall, Kind, Params, Sweep
from .. import transpose_conv, weighted
from ..common import supported_activation
from ..lowering import Lowered, Support
from ..rules import Instance
from ..transpose_conv import as_convolution, of_convolution
from .common import int16_activations, symmetric
from .weights import constant_bias, lower_plain, representable_multipliers, sums_fit


def lower(instance: Instance) -> Lowered:
    """One call."""
    weights = lower_plain(as_convolution(instance))
    call = KernelCall(
        function="tinyml_transpose_conv_s16",
        params=Params("tinyml_transpose_conv_s16_params", (*transpose_conv.window_fields(instance), *weights.fields)),
        inputs=weights.operands,
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.SPREAD, padding=0),
    )
    return Lowered(call, weights.constants)


SUPPORT = Support(
    opcode="TRANSPOSE_CONV",
    summary="Any padding and stride; biases of int64 or int16.",
    kernels=("tinyml_transpose_conv_s16",),
    rules=(
        *transpose_conv.SHAPE_RULES[:1],
        (of_convolution(int16_activations),),
        (of_convolution(weighted.constant_int8_filter), of_convolution(constant_bias("INT64", "INT16"))),
        (of_convolution(symmetric),),
        *transpose_conv.SHAPE_RULES[1:],
        (of_convolution(weighted.filter_quantization(0)), supported_activation),
        (of_convolution(representable_multipliers),),
        (of_convolution(sums_fit(0)),),
    ),
    lower=lower,
    macs=transpose_conv.macs,
    types=("INT16",),
)

"""Functions of one int16 that interpolate, as in TensorFlow Lite: EXP, LOG and GELU."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...model import GeluOptions, Options
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ...program.fixed_point import INT16_RANGE
from ...program.interpolation import interpolation_table
from .. import exp, gelu
from ..common import computed_input, operands, scale_of
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support, int16_constant, refs
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import int16_activations, symmetric

Real = Callable[[float], float]


def _log(instance: Instance) -> Real:
    least = INT16_RANGE[0] * scale_of(instance.output)
    return lambda x: math.log(x) if x > 0 else least


def _gelu(instance: Instance) -> Real:
    return gelu.approximate if instance.options(GeluOptions).approximate else gelu.gelu


def _support(opcode: str, function: Callable[[Instance], Real], options: type[Options] | None = None) -> Support:
    made: dict[object, list[int]] = {}

    def table(instance: Instance) -> list[int]:
        """Made once for all operators of the same quantization and options."""
        key = (instance.required(0).quantization, instance.output.quantization, instance.operator.options)
        if key not in made:
            scales = scale_of(instance.required(0)), scale_of(instance.output)
            made[key] = interpolation_table(scales[0], 0, scales[1], function(instance))
        return made[key]

    @rule(CONVERT_AGAIN)
    def finite_values(instance: Instance) -> str | None:
        """Scales give values that are finite."""
        try:
            table(instance)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return str(error)
        return None

    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        values = int16_constant(instance, "table", table(instance))
        call = KernelCall(
            function="tinyml_table_s16",
            params=Params("tinyml_table_params", (("size", source.elements),)),
            inputs=(TensorRef(source.index), *refs((values,))),
            outputs=(output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.FLAT),
        )
        return Lowered(call, (values,), in_place=(in_place(source, output),))

    return Support(
        opcode=opcode,
        summary="By interpolation; the table takes 1,026 bytes.",
        kernels=("tinyml_table_s16",),
        rules=(
            (operands(1, 0, options),),
            (int16_activations,),
            (symmetric, computed_input, same_shape),
            (finite_values,),
        ),
        lower=lower,
        types=("INT16",),
    )


SUPPORTS = (
    _support("EXP", lambda _: exp.exponential),
    _support("LOG", _log),
    _support("GELU", _gelu, GeluOptions),
)

"""Elementwise functions of one int16: RELU, RELU6, LEAKY_RELU and ABS are two slopes, LOGISTIC and TANH interpolate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ...model import LeakyReluOptions, Options
from ...program import Constant, KernelCall, Kind, Params, Sweep, TensorRef
from ...program.fixed_point import INT16_RANGE, Multiplier, float32, quantize_multiplier
from ...program.sigmoid import sigmoid_table
from ..common import computed_input, operands, scale_of
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support, int16_constant, refs
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import int16_activations, symmetric

_LARGEST_SHIFT = 31 - 17
"""What 32 bits leave of the magnitude of an input."""
_LARGEST_MULTIPLIER = 32767
_ONE = quantize_multiplier(1.0)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Factors of inputs from 0 on and below 0, or with `folds` of their magnitudes; bounds of the output."""

    positive: Multiplier
    negative: Multiplier
    low: int = INT16_RANGE[0]
    high: int = INT16_RANGE[1]
    folds: bool = False


def relu(instance: Instance) -> Slopes:
    """Source: CalculateReluOpData of tflite-micro, activations_common.cc."""
    return Slopes(_ratio(instance), _ratio(instance), low=0)


def relu6(instance: Instance) -> Slopes:
    """Source: Relu6Prepare of tflite-micro: the output's scale is taken for the input's."""
    steps = float32(6.0 / scale_of(instance.required(0)))
    six = min(int(steps + 0.5), INT16_RANGE[1]) if steps < 1 << 16 else INT16_RANGE[1]
    return Slopes(_ONE, _ONE, low=0, high=six)


def leaky_relu(instance: Instance) -> Slopes:
    """Source: CalculateOpDataLeakyRelu of tflite-micro; float32 until the end of 2026."""
    scaled = scale_of(instance.required(0)) * instance.options(LeakyReluOptions).alpha / scale_of(instance.output)
    return Slopes(_ratio(instance), quantize_multiplier(scaled))


def absolute(instance: Instance) -> Slopes:
    """Source: AbsEvalQuantized of tflite-micro, elementwise.cc."""
    return Slopes(_ratio(instance), _ratio(instance), folds=True)


def _ratio(instance: Instance) -> Multiplier:
    return quantize_multiplier(scale_of(instance.required(0)) / scale_of(instance.output))


def _slopes_support(
    opcode: str, summary: str, slopes: Callable[[Instance], Slopes], options: type[Options] | None = None
) -> Support:
    @rule(CONVERT_AGAIN)
    def representable(instance: Instance) -> str | None:
        """Scales and options give factors from 0 to 2**14."""
        try:
            found = slopes(instance)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return str(error) or type(error).__name__
        worst = max(found.positive.shift, found.negative.shift)
        return f"2**{worst - 1} or more" if worst > _LARGEST_SHIFT else None

    def lower(instance: Instance) -> Lowered:
        found = slopes(instance)
        fields = (
            ("multiplier", found.positive.multiplier),
            ("negative_multiplier", found.negative.multiplier),
            ("min", found.low),
            ("max", found.high),
            ("shift", found.positive.shift),
            ("negative_shift", found.negative.shift),
            ("folds", int(found.folds)),
        )
        return _lower(instance, "tinyml_slopes_s16", "tinyml_slopes_s16_params", fields)

    return Support(
        opcode=opcode,
        summary=summary,
        kernels=("tinyml_slopes_s16",),
        rules=(
            (operands(1, 0, options),),
            (int16_activations,),
            (symmetric, computed_input, same_shape),
            (representable,),
        ),
        lower=lower,
        types=("INT16",),
    )


@rule(CONVERT_AGAIN)
def output_of_fractions(instance: Instance) -> str | None:
    """The output's scale is 1/32768, to within 0.06%."""
    scale = scale_of(instance.output)
    return f"{scale}" if _power_of_two(scale) != -15 else None


@rule(CONVERT_AGAIN)
def small_input_scale(instance: Instance) -> str | None:
    """The input's scale is at most 2.66."""
    scale = scale_of(instance.required(0))
    return f"{scale}" if scale * 12288 > _LARGEST_MULTIPLIER else None


def _power_of_two(scale: float) -> int | None:
    """The logarithm of what TFLM takes for a power of two."""
    logarithm = math.log2(scale)
    power = math.floor(logarithm + 0.5)
    return power if abs(logarithm - power) < 1e-3 else None


def _sigmoid_support(opcode: str, powers: tuple[int, ...]) -> Support:
    """`powers` are exponents of input scales that need no multiplier."""

    def factor(instance: Instance) -> tuple[int, int]:
        """(multiplier, right shift). Source: CalculateArithmeticOpDataLogistic and ...Tanh of tflite-micro."""
        scale, shift = scale_of(instance.required(0)), 0
        power = _power_of_two(scale)
        if power is not None and power in powers:
            return 3 << power + 12, 0
        multiplier = scale * 4096.0 * 3.0
        while multiplier <= _LARGEST_MULTIPLIER / 2 and shift <= 30:
            shift, multiplier = shift + 1, multiplier * 2
        return int(multiplier), shift

    def lower(instance: Instance) -> Lowered:
        multiplier, shift = factor(instance)
        fields = (("multiplier", multiplier), ("shift", shift), ("is_tanh", int(opcode == "TANH")))
        table = int16_constant(instance, "sigmoid", [value - 0x8000 for value in sigmoid_table()])
        return _lower(instance, "tinyml_logistic_s16", "tinyml_sigmoid_s16_params", fields, (table,))

    return Support(
        opcode=opcode,
        summary="By interpolation; the table takes 512 bytes.",
        kernels=("tinyml_logistic_s16",),
        rules=(
            (operands(1),),
            (int16_activations,),
            (symmetric, computed_input, same_shape),
            (output_of_fractions, small_input_scale),
        ),
        lower=lower,
        types=("INT16",),
    )


def _lower(
    instance: Instance,
    function: str,
    struct: str,
    fields: tuple[tuple[str, int], ...],
    tables: tuple[Constant, ...] = (),
) -> Lowered:
    source, output = instance.required(0), instance.output
    call = KernelCall(
        function=function,
        params=Params(struct, (("size", source.elements), *fields)),
        inputs=(TensorRef(source.index), *refs(tables)),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, tables, in_place=(in_place(source, output),))


SUPPORTS = (
    _slopes_support("RELU", "Input and output may have different scales.", relu),
    _slopes_support("RELU6", "The output's scale is taken for the input's.", relu6),
    _slopes_support("LEAKY_RELU", "alpha is not negative.", leaky_relu, LeakyReluOptions),
    _slopes_support("ABS", "Input and output may have different scales.", absolute),
    _sigmoid_support("LOGISTIC", (-12,)),
    _sigmoid_support("TANH", (-12, -11)),
)

"""Elementwise operators on int8 of one input: 256 outputs, computed at build time with TFLM's own arithmetic.

Operators that compute the same share the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..model import Options
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import float32
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .interval import Interval, Known
from .lowering import Lowered, Support, int8_constant, refs
from .rules import CONVERT_AGAIN, Instance, Rule, rule

Function = Callable[[int], int]
"""Of an int8 the output before it is clamped to int8."""


def of_reals(instance: Instance, function: Callable[[float], float]) -> Function:
    """The outputs nearest to `function` of the inputs. Source: LUTPopulate of TensorFlow Lite, in float32."""
    source, output = instance.required(0), instance.output
    scale, low, high = scale_of(source), zero_point_of(source), zero_point_of(output)
    inverse = float32(1 / scale_of(output))

    def value(q: int) -> int:
        steps = float32(float32(function(float32(scale * (q - low)))) * inverse)
        return int(math.copysign(math.floor(min(abs(steps), 1000.0) + 0.5), steps)) + high

    return value


def support(
    opcode: str,
    summary: str,
    function: Callable[[Instance], Function],
    options: type[Options] | None = None,
    rules: tuple[Rule, ...] = (),
) -> Support:
    """The entry of one. ValueError, OverflowError, ZeroDivisionError of `function` mean that TFLM refuses as well."""

    made: dict[object, list[int]] = {}

    def table(instance: Instance) -> list[int]:
        """Made once for all operators of the same quantization and options: an unrolled LSTM has hundreds."""
        key = (instance.required(0).quantization, instance.output.quantization, instance.operator.options)
        if key not in made:
            made[key] = _table(function(instance))
        return made[key]

    @rule(CONVERT_AGAIN)
    def finite(instance: Instance) -> str | None:
        """Scales and options give numbers that are finite and in range."""
        try:
            table(instance)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return str(error) or type(error).__name__
        return None

    def interval(instance: Instance, known: Known) -> Interval:
        values, source = table(instance), known(instance.required(0))
        reached = {(low, high): [values[value] for value in range(low, high + 1)] for low, high in set(source.pairs())}
        parts = [reached[pair] for pair in source.pairs()]
        return Interval(tuple(map(min, parts)), tuple(map(max, parts)))

    return Support(
        opcode=opcode,
        summary=summary,
        kernels=("tinyml_table_s8",),
        rules=(
            (operands(1, 0, options),),
            (int8_activations,),
            (quantized_activations, computed_input, same_shape),
            rules,
            (finite,),
        ),
        lower=lambda instance: lower_table(instance, table(instance)),
        interval=interval,
    )


def lower_table(instance: Instance, values: Sequence[int]) -> Lowered:
    """One call; `values` are outputs, as int8, by the input's byte."""
    source, output = instance.required(0), instance.output
    table = int8_constant(instance, "table", values)
    call = KernelCall(
        function="tinyml_table_s8",
        params=Params("tinyml_table_params", (("size", source.elements),)),
        inputs=(TensorRef(source.index), *refs((table,))),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, (table,), in_place=(in_place(source, output),))


def _table(function: Function) -> list[int]:
    """Indexed by the input's byte: 0 to 127, then -128 to -1."""
    return [max(-128, min(127, function(value))) for value in (*range(128), *range(-128, 0))]

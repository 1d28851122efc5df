"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN on int8: one kernel over the dimensions that are kept and those that are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..model import ReducerOptions
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier
from .common import computed_input, operands, scale_of, zero_point_of
from .copying import constant_integers, integers, strides
from .elements import INT8, Elements
from .interval import Interval, Known, anything
from .interval_rules import ordered, rescaled
from .lowering import Lowered, Support
from .pool_2d import same_quantization
from .rules import CONVERT_AGAIN, REPLACE, Instance, Rule, rule

LOOPS = 3
"""Of the kernel over kept dimensions, and over reduced ones."""
ADDING, LARGEST, SMALLEST = 0, 1, -1
_NOTHING = Multiplier(0, 0)

Factor = Callable[[Instance, int], Multiplier]
"""What a sum of so many values is multiplied with. ValueError where TFLM's arithmetic could not hold it."""


@dataclass(frozen=True, slots=True)
class Nest:
    """(size, step) of loops over the output, and over what makes one element of it."""

    kept: tuple[tuple[int, int], ...]
    reduced: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """Input elements of an output element."""
        return math.prod(size for size, _ in self.reduced)


@rule(CONVERT_AGAIN)
def axes_of_the_input(instance: Instance) -> str | None:
    """The axes are dimensions of the input, and the output has the others, or ones in their place."""
    shape, axes = instance.required(0).shape, integers(instance.required(1))
    found = f"{shape} along {list(axes)} to {instance.output.shape}"
    if not all(-len(shape) <= axis < len(shape) for axis in axes):
        return found
    reduced = {axis % len(shape) for axis in axes}
    if instance.options(ReducerOptions).keep_dims:
        expected = tuple(1 if axis in reduced else size for axis, size in enumerate(shape))
    else:
        expected = tuple(size for axis, size in enumerate(shape) if axis not in reduced)
    return None if instance.output.shape == expected else found


@rule(REPLACE)
def few_dimensions(instance: Instance) -> str | None:
    """Neighbouring dimensions that are alike are one, and at most three are kept and three reduced."""
    nest = nest_of(instance)
    most = max(len(nest.kept), len(nest.reduced))
    return str(most) if most > LOOPS else None


def nest_of(instance: Instance) -> Nest:
    """The loops, outermost first, those of one turn left out."""
    shape = instance.required(0).shape
    axes = {axis % len(shape) for axis in integers(instance.required(1))}
    loops: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    last: bool | None = None
    for axis, (size, step) in enumerate(zip(shape, strides(shape), strict=True)):
        if size == 1:
            continue
        alike = loops[axis in axes]
        if last == (axis in axes):
            alike[-1] = (alike[-1][0] * size, step)
        else:
            alike.append((size, step))
        last = axis in axes
    return Nest(tuple(loops[False]), tuple(loops[True]))


def nest_fields(nest: Nest) -> tuple[tuple[str, int], ...]:
    """Fields of a params struct from kept_0 to reduced_step_2."""
    kept, reduced = (((1, 0),) * (LOOPS - len(each)) + each for each in (nest.kept, nest.reduced))
    return (
        *((f"kept_{d}", size) for d, (size, _) in enumerate(kept)),
        *((f"kept_step_{d}", step) for d, (_, step) in enumerate(kept)),
        *((f"reduced_{d}", size) for d, (size, _) in enumerate(reduced)),
        *((f"reduced_step_{d}", step) for d, (_, step) in enumerate(reduced)),
    )


def lower_nest(
    instance: Instance,
    kind: int,
    multiplier: Multiplier = _NOTHING,
    zero_points: tuple[int, int] = (0, 0),
    elements: Elements = INT8,
) -> Lowered:
    """One call; zero points of input, where values are added, and output."""
    nest = nest_of(instance)
    fields = (
        *nest_fields(nest),
        ("multiplier", multiplier.multiplier),
        ("input_offset", -zero_points[0] * nest.count),
        ("output_offset", zero_points[1]),
        ("shift", multiplier.shift),
        ("kind", kind),
    )
    call = KernelCall(
        function=f"tinyml_reduce_{elements.suffix}",
        params=Params("tinyml_reduce_params", fields),
        inputs=(TensorRef(instance.required(0).index),),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.REDUCTION),
    )
    return Lowered(call)


def support(opcode: str, summary: str, kind: int, factor: Factor | None = None, elements: Elements = INT8) -> Support:
    """The entry of one: `factor` of those that add, the others take scales for equal."""

    span = (1 << 8 * elements.size) - 1

    @rule(REPLACE)
    def sum_fits(instance: Instance) -> str | None:
        """The sum, and its multiple in output steps, fit 32 bits."""
        count = nest_of(instance).count
        try:
            shift = factor(instance, count).shift if factor else 0
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            return str(error) or type(error).__name__
        return f"{count} values" if count * span << max(shift, 0) >= 1 << 31 else None

    def lower(instance: Instance) -> Lowered:
        multiplier = factor(instance, nest_of(instance).count) if factor else _NOTHING
        zero_point = zero_point_of(instance.required(0)) if factor else 0
        return lower_nest(instance, kind, multiplier, (zero_point, zero_point_of(instance.output)), elements)

    def interval(instance: Instance, known: Known) -> Interval:
        """Of channels that are not reduced: all values at one end."""
        source, output = instance.required(0), instance.output
        if any(axis % len(source.shape) == len(source.shape) - 1 for axis in integers(instance.required(1))):
            return anything(output)
        if factor is None:
            return known(source)
        count, zero_point = nest_of(instance).count, zero_point_of(source)
        scale = [factor(instance, count)]
        low, high = (
            rescaled([count * (value - zero_point) for value in side], scale, zero_point_of(output), (-128, 127))
            for side in (known(source).low, known(source).high)
        )
        return ordered(low, high)

    scales: tuple[Rule, ...] = (sum_fits,) if factor else (same_quantization,)
    return Support(
        opcode=opcode,
        summary=summary,
        kernels=(f"tinyml_reduce_{elements.suffix}",),
        rules=(
            (operands(2, 0, ReducerOptions),),
            (elements.typed, constant_integers(1, "axes")),
            (elements.quantized, computed_input, axes_of_the_input),
            (few_dimensions, *scales),
        ),
        lower=lower,
        interval=interval if elements is INT8 else None,
        types=(elements.type,),
    )


def ratio(instance: Instance) -> Multiplier:
    """input scale / output scale."""
    return quantize_multiplier(scale_of(instance.required(0)) / scale_of(instance.output))

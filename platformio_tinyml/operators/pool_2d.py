"""What AVERAGE_POOL_2D and MAX_POOL_2D share: all but the kernel."""

from __future__ import annotations

from dataclasses import replace

from ..model import Pool2DOptions
from ..program import KernelCall, Params, Sweep, TensorRef
from . import interval_rules, spatial
from .common import (
    computed_input,
    operands,
    output_range,
    scale_of,
    supported_activation,
    zero_point_of,
)
from .elements import INT8, Elements
from .lowering import InPlace, Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule, rule
from .window import min_distance


@rule(CONVERT_AGAIN)
def same_quantization(instance: Instance) -> str | None:
    """Input and output have one zero point, and scales that differ by at most 0.000001."""
    source, output = instance.required(0), instance.output
    same = zero_point_of(source) == zero_point_of(output) and abs(scale_of(source) - scale_of(output)) <= 1e-6
    found = f"{scale_of(source)}, {zero_point_of(source)} and {scale_of(output)}, {zero_point_of(output)}"
    return None if same else found


@rule(CONVERT_AGAIN)
def same_depth(instance: Instance) -> str | None:
    """Input and output have the same depth."""
    depths = instance.required(0).shape[3], instance.output.shape[3]
    return f"{depths[0]} and {depths[1]}" if depths[0] != depths[1] else None


def support(
    opcode: str, sweep: Sweep, of_uint8: str = "", elements: Elements = INT8, further: tuple[Rule, ...] = ()
) -> Support:
    """The entry of one of the two; `of_uint8` is the kernel of what is uint8 in the file, where that is another."""
    kernel = f"tinyml_{opcode.lower()}_{elements.suffix}"

    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        is_other = bool(of_uint8) and source.is_shifted
        height, width = spatial.axes(instance)
        batches, depth = source.shape[0], source.shape[3]
        low, high = output_range(instance)
        fields = (
            ("batches", batches),
            ("input_height", height.size),
            ("input_width", width.size),
            ("output_height", height.output_size),
            ("output_width", width.output_size),
            ("depth", depth),
            *spatial.window_fields(height, width, dilations=False),
            ("activation_min", low),
            ("activation_max", high),
        )
        call = KernelCall(
            function=of_uint8 if is_other else kernel,
            params=Params("tinyml_pool_2d_params", fields),
            inputs=(TensorRef(source.index),),
            outputs=(output.index,),
            source=instance.operator,
            sweep=replace(sweep, maximum=None) if is_other else sweep,
        )
        # Four channels are read before the first of them is written: of up to four nothing is read later.
        distance = min_distance(batches, height, width, depth, depth, () if depth <= 4 else range(depth))
        distance *= elements.size
        return Lowered(call, in_place=(InPlace(source.index, distance, spatial.IN_PLACE_REASON),))

    return Support(
        opcode=opcode,
        summary="Any window, padding and stride.",
        kernels=(kernel, *((of_uint8,) if of_uint8 else ())),
        rules=(
            (operands(1, 0, Pool2DOptions),),
            (elements.typed,),
            (elements.quantized, spatial.four_dimensions),
            (spatial.small_window, same_depth, same_quantization, supported_activation, computed_input),
            (spatial.matching_output_size, *further),
        ),
        lower=lower,
        interval=interval_rules.clamped if elements is INT8 else None,
        types=(elements.type,),
    )

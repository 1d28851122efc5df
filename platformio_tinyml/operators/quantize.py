"""QUANTIZE: of float, or from one scale and zero point to others."""

from __future__ import annotations

from ..model import Tensor
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import quantize_multiplier
from ..program.gemmlowp import rescale
from . import interval_rules
from .common import computed_input, operands, positive, scale_of, zero_point_of
from .elementwise import float_fields, in_place, same_shape
from .lowering import Lowered, Support
from .rules import QUANTIZE, REPLACE, SCALE, Instance, quoted, rule
from .unary import lower_table

BYTES = {"INT8": (-128, 127), "UINT8": (0, 255)}
"""Smallest and largest value, by type."""


@rule(QUANTIZE)
def float_or_bytes(instance: Instance) -> str | None:
    """The input is float and the output int8, or both are int8 or uint8."""
    types = instance.required(0).type.name, instance.output.type.name
    known = types == ("FLOAT32", "INT8") or set(types) <= BYTES.keys()
    return None if known else f"{types[0]} to {types[1]}"


@rule(SCALE)
def quantized_bytes(instance: Instance) -> str | None:
    """Tensors of bytes have one scale, a positive finite number, and one zero point of their type's range."""
    for tensor in (instance.required(0), instance.output):
        if tensor.type.name not in BYTES:
            continue
        given, (low, high) = tensor.quantization, BYTES[tensor.type.name]
        if given is None or len(given.scale) != 1 or len(given.zero_point) != 1 or not positive(given.scale[0]):
            return f"{quoted(tensor)} has {len(given.scale) if given else 0} scales"
        if not low <= given.zero_point[0] <= high:
            return f"{quoted(tensor)} has the zero point {given.zero_point[0]}"
    return None


@rule(REPLACE)
def representable_ratio(instance: Instance) -> str | None:
    """Between tensors of bytes input scale / output scale is below 2**30, 2**22 if one of them is uint8."""
    source = instance.required(0)
    if source.type.name not in BYTES:
        return None
    most = 30 if source.type is instance.output.type else 22
    try:
        shift = quantize_multiplier(scale_of(source) / scale_of(instance.output)).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > most else None


def lower(instance: Instance) -> Lowered:
    """One call, of one of three kernels."""
    source, output = instance.required(0), instance.output
    if "UINT8" in (source.type.name, output.type.name):
        return lower_table(instance, _bytes_to_bytes(source, output))
    if source.type.name == "INT8":
        function, params = (
            "tinyml_requantize_s8",
            Params("tinyml_requantize_params", _requantize_fields(source, output)),
        )
    else:
        function, params = "tinyml_quantize_s8", Params("tinyml_quantize_params", float_fields(output))
    call = KernelCall(
        function=function,
        params=params,
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, in_place=(in_place(source, output),))


def _bytes_to_bytes(source: Tensor, output: Tensor) -> list[int]:
    """Output bytes, as int8, by the input's byte."""
    ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    low, high = BYTES[output.type.name]
    outputs = []
    for byte in range(256):
        value = byte - 256 if source.type.name == "INT8" and byte > 127 else byte
        value = rescale(value - zero_point_of(source), ratio.multiplier, ratio.shift) + zero_point_of(output)
        value = max(low, min(high, value))
        outputs.append(value - 256 if value > 127 else value)
    return outputs


def _requantize_fields(source: Tensor, output: Tensor) -> tuple[tuple[str, int], ...]:
    multiplier = quantize_multiplier(scale_of(source) / scale_of(output))
    return (
        ("size", source.elements),
        ("multiplier", multiplier.multiplier),
        ("input_offset", -zero_point_of(source)),
        ("output_offset", zero_point_of(output)),
        ("shift", multiplier.shift),
    )


SUPPORT = Support(
    opcode="QUANTIZE",
    summary="From float, or from one scale and zero point to others.",
    kernels=("tinyml_quantize_s8", "tinyml_requantize_s8", "tinyml_table_s8"),
    rules=(
        (operands(1),),
        (float_or_bytes,),
        (quantized_bytes, computed_input, same_shape),
        (representable_ratio,),
    ),
    lower=lower,
    interval=interval_rules.requantized,
    types=("FLOAT32", "INT8", "UINT8"),
)

"""QUANTIZE: of float, or from one scale and zero point to others."""

from __future__ import annotations

import struct

from ..model import Tensor
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier
from ..program.gemmlowp import rescale_wrapped, wrapped
from . import interval_rules
from .cast import TYPES
from .common import operands, positive, scale_of, zero_point_of
from .elementwise import flip, float_fields, in_place, same_shape
from .lowering import Lowered, Support
from .rules import QUANTIZE, REPLACE, SCALE, Instance, quoted, rule
from .unary import lower_table

RANGES = {
    "INT8": (-128, 127),
    "UINT8": (0, 255),
    "INT16": (-(1 << 15), (1 << 15) - 1),
    "INT32": (-(1 << 31), (1 << 31) - 1),
}
"""Smallest and largest value, by type."""
_FORMATS = {"INT8": "b", "UINT8": "B", "INT16": "h", "INT32": "i"}
_PAIRS = frozenset(
    (
        *(("FLOAT32", kind) for kind in ("INT8", "INT16")),
        *(("INT8", kind) for kind in ("INT8", "UINT8", "INT16", "INT32")),
        *(("UINT8", kind) for kind in ("INT8", "UINT8")),
        *(("INT16", kind) for kind in ("INT8", "INT16", "INT32")),
        *(("INT32", kind) for kind in ("INT8", "INT16")),
    )
)
_LARGEST_SHIFT = 30
"""QuantizeMultiplier of TFLM writes a larger one as if it were this one's largest."""


@rule(QUANTIZE)
def known_pair(instance: Instance) -> str | None:
    """It is from float to int8 or int16, from int8 to int8, uint8, int16 or int32, from uint8 to int8 or uint8, from
    int16 to int8, int16 or int32, or from int32 to int8 or int16."""
    types = instance.required(0).type.name, instance.output.type.name
    return None if types in _PAIRS else f"{types[0]} to {types[1]}"


@rule(SCALE)
def quantized_integers(instance: Instance) -> str | None:
    """Tensors of integers have one scale, a positive finite number, and one zero point of their type's range."""
    for tensor in (instance.required(0), instance.output):
        if tensor.type.name not in RANGES:
            continue
        given, (low, high) = tensor.quantization, RANGES[tensor.type.name]
        if given is None or len(given.scale) != 1 or len(given.zero_point) != 1 or not positive(given.scale[0]):
            return f"{quoted(tensor)} has {len(given.scale) if given else 0} scales"
        if not low <= given.zero_point[0] <= high:
            return f"{quoted(tensor)} has the zero point {given.zero_point[0]}"
    return None


@rule("fold the operator into a constant when converting")
def computed_or_foldable(instance: Instance) -> str | None:
    """The input is computed, or a constant of integers whose scale is below 2**30 output scales."""
    source = instance.required(0)
    if not source.is_constant:
        return None
    if source.type.name not in RANGES:
        return f"{quoted(source)} is a constant of {source.type.name}"
    return f"{quoted(source)} is a constant, and its scale {scale_of(source) / scale_of(instance.output):g} times that"


@rule(REPLACE)
def representable_ratio(instance: Instance) -> str | None:
    """Between integers input scale / output scale is below 2**30. What leaves 32 bits wraps around, as in TFLM."""
    source = instance.required(0)
    if source.type.name not in RANGES:
        return None
    try:
        shift = quantize_multiplier(scale_of(source) / scale_of(instance.output)).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > _LARGEST_SHIFT else None


def lower(instance: Instance) -> Lowered:
    """One call, of one of five kernels."""
    source, output = instance.required(0), instance.output
    types = source.type.name, output.type.name
    if "UINT8" in types:
        if _is_flip(source, output):
            return flip(instance.model, source.index, output.index, instance.operator)
        return lower_table(instance, _bytes_to_bytes(source, output))
    if types[0] == "FLOAT32":
        function = "tinyml_quantize_s8" if types[1] == "INT8" else "tinyml_quantize_s16"
        params = Params("tinyml_quantize_params", float_fields(output))
    elif types == ("INT8", "INT8"):
        function, params = (
            "tinyml_requantize_s8",
            Params("tinyml_requantize_params", _requantize_fields(source, output)),
        )
    else:
        of_types = ("from", TYPES.index(types[0])), ("to", TYPES.index(types[1]))
        fields = (*_requantize_fields(source, output), *of_types)
        function, params = "tinyml_requantize_between", Params("tinyml_requantize_between_params", fields)
    call = KernelCall(
        function=function,
        params=params,
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, in_place=(in_place(source, output),))


def of_constant(instance: Instance) -> bytes | None:
    """What the kernels make of a constant of integers; None of a computed input, of floats, or against a rule."""
    source, output = instance.required(0), instance.output
    rules = (known_pair, quantized_integers, same_shape)
    if source.data is None or source.type.name not in RANGES or output.data is not None or source.is_dynamic:
        return None
    if len(source.data) != source.size or any(rule.check(instance) is not None for rule in rules):
        return None
    try:
        ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if ratio.shift > _LARGEST_SHIFT:
        return None
    values = struct.unpack(f"<{source.elements}{_FORMATS[source.type.name]}", source.data)
    code = _FORMATS[output.type.name]
    return struct.pack(f"<{source.elements}{code}", *(_requantized(value, source, output, ratio) for value in values))


def _is_flip(source: Tensor, output: Tensor) -> bool:
    """Whether the real values stay, and the other type is all."""
    distance = zero_point_of(source) - zero_point_of(output)
    expected = 128 if source.type.name == "UINT8" else -128
    return source.type is not output.type and scale_of(source) == scale_of(output) and distance == expected


def _bytes_to_bytes(source: Tensor, output: Tensor) -> list[int]:
    """Output bytes, as int8, by the input's byte."""
    ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    outputs = []
    for byte in range(256):
        value = byte - 256 if source.type.name == "INT8" and byte > 127 else byte
        value = _requantized(value, source, output, ratio)
        outputs.append(value - 256 if value > 127 else value)
    return outputs


def _requantized(value: int, source: Tensor, output: Tensor, ratio: Multiplier) -> int:
    """All sums modulo 2**32, as the kernels."""
    low, high = RANGES[output.type.name]
    scaled = rescale_wrapped(value - zero_point_of(source), ratio.multiplier, ratio.shift)
    return max(low, min(high, wrapped(scaled + zero_point_of(output))))


def _requantize_fields(source: Tensor, output: Tensor) -> tuple[tuple[str, int], ...]:
    multiplier = quantize_multiplier(scale_of(source) / scale_of(output))
    most = RANGES["INT32"][1]  # of what 32 bits do not hold, the same modulo 2^32
    offset = -zero_point_of(source)
    return (
        ("size", source.elements),
        ("multiplier", multiplier.multiplier),
        ("input_offset", offset if offset <= most else -offset),
        ("output_offset", zero_point_of(output)),
        ("shift", multiplier.shift),
    )


SUPPORT = Support(
    opcode="QUANTIZE",
    summary="From float, or from one scale and zero point to others.",
    kernels=(
        *("tinyml_quantize_s8", "tinyml_quantize_s16"),
        *("tinyml_requantize_s8", "tinyml_requantize_between", "tinyml_table_s8", "tinyml_flip_u8"),
    ),
    rules=(
        (operands(1),),
        (known_pair,),
        (quantized_integers, same_shape),
        (computed_or_foldable,),
        (representable_ratio,),
    ),
    lower=lower,
    interval=interval_rules.requantized,
    types=("FLOAT32", "INT8", "UINT8", "INT16", "INT32"),
)

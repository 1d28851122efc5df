"""Tables of schema.fbs by the official flatbuffers builder: what model_builder.py is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import flatbuffers
import tflite as schema

from platformio_tinyml.model import (
    AddOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Options,
    Pool2DOptions,
    ReshapeOptions,
    SoftmaxOptions,
    SqueezeOptions,
    TensorType,
    VarHandleOptions,
)


def write_table(writer: flatbuffers.Builder, accessor: Any, **fields: int | None) -> int:
    """Write a table through the accessor module's `<Table>Add<Field>` functions; fields that are None are left out."""
    table = accessor.__name__
    getattr(schema, f"{table}Start")(writer)
    for field, value in fields.items():
        if value is not None:
            camel_case = "".join(word.capitalize() for word in field.split("_"))
            getattr(schema, f"{table}Add{camel_case}")(writer, value)
    return getattr(schema, f"{table}End")(writer)


def byte_vector(writer: flatbuffers.Builder, data: bytes, alignment: int = 1) -> int:
    writer.StartVector(1, len(data), alignment)
    writer.head -= len(data)
    writer.Bytes[writer.head : writer.head + len(data)] = data
    return writer.EndVector()


def vector(writer: flatbuffers.Builder, values: Sequence[Any], size: int, prepend: str) -> int:
    writer.StartVector(size, len(values), size)
    for value in reversed(values):
        getattr(writer, prepend)(value)
    return writer.EndVector()


def offsets(writer: flatbuffers.Builder, values: Sequence[int]) -> int:
    return vector(writer, values, 4, "PrependUOffsetTRelative")


def int32s(writer: flatbuffers.Builder, values: Sequence[int]) -> int:
    return vector(writer, values, 4, "PrependInt32")


_PLAIN = {
    **{name: name for name in ("ConcatenationOptions", "GatherOptions", "LeakyReluOptions", "MirrorPadOptions")},
    **{name: name for name in ("BatchMatMulOptions", "CumsumOptions", "ReducerOptions", "StridedSliceOptions")},
    **{name: name for name in ("TransposeConvOptions", "CallOnceOptions", "IfOptions", "WhileOptions", "GeluOptions")},
    "ArithmeticOptions": "{}Options",
    "AxisOptions": "{}Options",
    "BlockOptions": "{}Options",
    "ResizeOptions": "{}Options",
    "SvdfOptions": "SVDFOptions",
    "UnidirectionalSequenceLstmOptions": "UnidirectionalSequenceLSTMOptions",
}
"""Options whose fields are called as in the schema: the schema's table, by the class; {} is the operator's name."""


_CAMEL = {"L2_NORMALIZATION": "L2Norm"}


def write_options(
    writer: flatbuffers.Builder, options: Options | None, code: int, counts: Mapping[str, tuple[str, int]]
) -> tuple[int, int | None]:
    """(value of the schema's BuiltinOptions union, table offset). `counts` are of operands, by the table with them."""
    if options is None:
        return schema.BuiltinOptions.NONE, None
    kind = type(options).__name__
    if kind in _PLAIN:
        opcode = next(name for name, value in vars(schema.BuiltinOperator).items() if value == code)
        camel = _CAMEL.get(opcode, "".join(word.capitalize() for word in opcode.split("_")))
        table = _PLAIN[kind].format(camel)
        plain = {
            {"activation": "fused_activation_function"}.get(field.name, field.name): getattr(options, field.name)
            for field in dataclasses.fields(options)
        }
        plain = {name: value.value if isinstance(value, Enum) else value for name, value in plain.items()}
        plain |= dict([counts[table]]) if table in counts else {}
        return getattr(schema.BuiltinOptions, table), write_table(writer, getattr(schema, table), **plain)
    if isinstance(options, Conv2DOptions):
        fields = {**_convolution_fields(options), **_narrow_sums(options)}
    elif isinstance(options, DepthwiseConv2DOptions):
        fields = {**_convolution_fields(options), "depth_multiplier": options.depth_multiplier}
    elif isinstance(options, FullyConnectedOptions):
        fields = {
            "fused_activation_function": options.activation.value,
            "weights_format": options.weights_format,
            "keep_num_dims": options.keep_num_dims,
            **_narrow_sums(options),
        }
    elif isinstance(options, Pool2DOptions):
        fields = {
            "padding": options.padding.value,
            "stride_h": options.stride_h,
            "stride_w": options.stride_w,
            "filter_height": options.filter_h,
            "filter_width": options.filter_w,
            "fused_activation_function": options.activation.value,
        }
    elif isinstance(options, SoftmaxOptions):
        fields = {"beta": options.beta}
    elif isinstance(options, AddOptions):
        fields = {
            "fused_activation_function": options.activation.value,
            "pot_scale_int16": options.pot_scale_int16,
        }
    elif isinstance(options, VarHandleOptions):
        names = {"container": options.container, "shared_name": options.shared_name}
        fields = {name: writer.CreateString(value) for name, value in names.items()}
    elif isinstance(options, ReshapeOptions):
        fields = {"new_shape": int32s(writer, options.new_shape)}
    elif isinstance(options, SqueezeOptions):
        fields = {"squeeze_dims": int32s(writer, options.squeeze_dims)}
    name = type(options).__name__
    return getattr(schema.BuiltinOptions, name), write_table(writer, getattr(schema, name), **fields)


def _narrow_sums(options: Conv2DOptions | FullyConnectedOptions) -> dict[str, int]:
    return {"quantized_bias_type": TensorType.INT32.code} if options.narrow_sums else {}


def _convolution_fields(options: Conv2DOptions | DepthwiseConv2DOptions) -> dict[str, int]:
    return {
        "padding": options.padding.value,
        "stride_h": options.stride_h,
        "stride_w": options.stride_w,
        "dilation_h_factor": options.dilation_h,
        "dilation_w_factor": options.dilation_w,
        "fused_activation_function": options.activation.value,
    }

"""Build small `.tflite` files for tests, with the official flatbuffers builder.

    builder = Builder()
    x = builder.tensor("input", (1, 4), quantization=per_tensor(0.5, -3))
    w = builder.tensor("filter", (2, 4), quantization=per_channel([0.1, 0.2]), data=numpy.ones((2, 4), numpy.int8))
    y = builder.tensor("output", (1, 2), quantization=per_tensor(0.25))
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    data = builder.build([x], [y])

Nothing is checked: tests of damaged files write nonsense with it. `Interpreter.from_bytes` of `tflite_micro` runs the
result.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    Quantization,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
    VarHandleOptions,
)

BUFFER_ALIGNMENT = 16
"""TFLM takes constants in place, so the file has to align them (schema.fbs: `force_align: 16`)."""

_LARGE = 0x7A65_726F_0000_0000
"""Stands for the place of a large buffer until the flatbuffer is finished."""


def per_tensor(scale: float, zero_point: int = 0) -> Quantization:
    """One scale and zero point for the whole tensor."""
    return Quantization((scale,), (zero_point,))


def per_channel(scales: Sequence[float], dimension: int = 0) -> Quantization:
    """One scale per slice along `dimension`; all zero points are 0."""
    return Quantization(tuple(float(scale) for scale in scales), (0,) * len(scales), dimension)


@dataclass
class _Tensor:
    name: str
    shape: tuple[int, ...]
    type_code: int
    quantization: Quantization | None
    buffer: int
    is_variable: bool
    shape_signature: tuple[int, ...] | None


@dataclass
class _Operator:
    code: tuple[int, str, int]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options | None
    custom_options: bytes


class Builder:
    """Collects tensors and operators of one subgraph; `build` writes the file."""

    def __init__(self) -> None:
        self.tensors: list[_Tensor] = []
        self.operators: list[_Operator] = []
        self.buffers: list[bytes] = [b""]
        self._signature: tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]], int] | None = None
        """Buffer 0 is the empty one that every activation uses."""
        self._large: set[int] = set()

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        type: TensorType | int = TensorType.INT8,
        *,
        quantization: Quantization | None = None,
        data: Any = None,
        buffer: int | None = None,
        is_variable: bool = False,
        shape_signature: Sequence[int] | None = None,
    ) -> int:
        """Add a tensor and return its index.

        `data` (bytes, or a little-endian numpy array) makes it a constant; `buffer` names a buffer by index instead;
        `type` may be a number that no TensorType has. `shape_signature` is `shape` with -1 for open dimensions.
        """
        if buffer is None:
            buffer = 0 if data is None else self.buffer(data)
        code = type.code if isinstance(type, TensorType) else type
        signature = None if shape_signature is None else tuple(shape_signature)
        self.tensors.append(
            _Tensor(name, tuple(map(int, shape)), code, quantization, buffer, is_variable, signature),
        )
        return len(self.tensors) - 1

    def buffer(self, data: Any) -> int:
        """Add a buffer (bytes or numpy array) and return its index."""
        self.buffers.append(data if isinstance(data, bytes) else data.tobytes())
        return len(self.buffers) - 1

    def large_buffer(self, data: bytes) -> int:
        """Add a buffer whose bytes lie behind the flatbuffer (the form of files over 2 GB); return its index."""
        index = self.buffer(data)
        self._large.add(index)
        return index

    def operator(
        self,
        opcode: str | int,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: Options | None = None,
        *,
        version: int = 1,
        custom_code: str = "",
        custom_options: bytes = b"",
    ) -> int:
        """Add an operator and return its index. `opcode` is a name of schema.fbs or a number."""
        number = getattr(schema.BuiltinOperator, opcode) if isinstance(opcode, str) else opcode
        code = (number, custom_code, version)
        self.operators.append(_Operator(code, tuple(inputs), tuple(outputs), options, custom_options))
        return len(self.operators) - 1

    def signature(
        self, inputs: Sequence[tuple[str, int]], outputs: Sequence[tuple[str, int]], subgraph: int = 0
    ) -> None:
        """Give the file a signature: (name, tensor) of inputs and outputs."""
        self._signature = inputs, outputs, subgraph

    def another(self) -> Builder:
        """For another subgraph of the same file."""
        other = Builder()
        other.buffers = self.buffers
        return other

    def _write(
        self, writer: flatbuffers.Builder, codes: list[tuple[int, str, int]], inputs: list[int], outputs: list[int]
    ) -> int:
        tensors = [_write_tensor(writer, tensor) for tensor in self.tensors]
        operators = [_write_operator(writer, operator, codes.index(operator.code)) for operator in self.operators]
        return _write_table(
            writer,
            schema.SubGraph,
            tensors=_offsets(writer, tensors),
            inputs=_int32s(writer, inputs),
            outputs=_int32s(writer, outputs),
            operators=_offsets(writer, operators),
            name=writer.CreateString("main"),
        )

    def build(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        description: str = "",
        schema_version: int = 3,
        identifier: bytes = b"TFL3",
        subgraphs: int = 1,
        others: Sequence[tuple[Builder, Sequence[int], Sequence[int]]] = (),
    ) -> bytes:
        """The file's bytes. With `subgraphs` other than 1 the same subgraph is listed that many times.

        `others` are further subgraphs with their inputs and outputs, made with `another`.
        """
        writer = flatbuffers.Builder(1024)
        buffers = [
            _write_buffer(writer, data, _LARGE + index if index in self._large else 0)
            for index, data in enumerate(self.buffers)
        ]
        graphs = [(self, inputs, outputs), *others]
        codes = list(dict.fromkeys(operator.code for graph, _, _ in graphs for operator in graph.operators))
        first, *written = [graph._write(writer, codes, *ends) for graph, *ends in graphs]
        model = _write_table(
            writer,
            schema.Model,
            version=schema_version,
            operator_codes=_offsets(writer, [_write_code(writer, code) for code in codes]),
            subgraphs=_offsets(writer, [first] * subgraphs + written),
            description=writer.CreateString(description),
            buffers=_offsets(writer, buffers),
            **(
                {"signature_defs": _offsets(writer, [_write_signature(writer, *self._signature)])}
                if self._signature
                else {}
            ),
        )
        writer.Finish(model, file_identifier=identifier)
        data = bytes(writer.Output())
        for index in sorted(self._large):
            data += bytes(-len(data) % BUFFER_ALIGNMENT)
            data = data.replace(struct.pack("<Q", _LARGE + index), struct.pack("<Q", len(data))) + self.buffers[index]
        return data


def _write_signature(
    writer: flatbuffers.Builder,
    inputs: Sequence[tuple[str, int]],
    outputs: Sequence[tuple[str, int]],
    subgraph: int,
) -> int:
    maps = [
        _offsets(
            writer,
            [
                _write_table(writer, schema.TensorMap, name=writer.CreateString(name), tensor_index=tensor)
                for name, tensor in names
            ],
        )
        for names in (inputs, outputs)
    ]
    return _write_table(
        writer,
        schema.SignatureDef,
        inputs=maps[0],
        outputs=maps[1],
        signature_key=writer.CreateString("serving_default"),
        subgraph_index=subgraph,
    )


def _write_buffer(writer: flatbuffers.Builder, data: bytes, place: int) -> int:
    if place:
        return _write_table(writer, schema.Buffer, offset=place, size=len(data))
    vector = _byte_vector(writer, data, BUFFER_ALIGNMENT) if data else None
    return _write_table(writer, schema.Buffer, data=vector)


def _write_table(writer: flatbuffers.Builder, accessor: Any, **fields: int | None) -> int:
    """Write a table through the accessor module's `<Table>Add<Field>` functions; fields that are None are left out."""
    table = accessor.__name__
    getattr(schema, f"{table}Start")(writer)
    for field, value in fields.items():
        if value is not None:
            camel_case = "".join(word.capitalize() for word in field.split("_"))
            getattr(schema, f"{table}Add{camel_case}")(writer, value)
    return getattr(schema, f"{table}End")(writer)


def _byte_vector(writer: flatbuffers.Builder, data: bytes, alignment: int = 1) -> int:
    writer.StartVector(1, len(data), alignment)
    writer.head -= len(data)
    writer.Bytes[writer.head : writer.head + len(data)] = data
    return writer.EndVector()


def _vector(writer: flatbuffers.Builder, values: Sequence[Any], size: int, prepend: str) -> int:
    writer.StartVector(size, len(values), size)
    for value in reversed(values):
        getattr(writer, prepend)(value)
    return writer.EndVector()


def _offsets(writer: flatbuffers.Builder, values: Sequence[int]) -> int:
    return _vector(writer, values, 4, "PrependUOffsetTRelative")


def _int32s(writer: flatbuffers.Builder, values: Sequence[int]) -> int:
    return _vector(writer, values, 4, "PrependInt32")


def _write_code(writer: flatbuffers.Builder, code: tuple[int, str, int]) -> int:
    number, custom_code, version = code
    return _write_table(
        writer,
        schema.OperatorCode,
        deprecated_builtin_code=min(number, 127),
        custom_code=writer.CreateString(custom_code) if custom_code else None,
        version=version,
        builtin_code=number,
    )


def _write_tensor(writer: flatbuffers.Builder, tensor: _Tensor) -> int:
    quantization = None
    if tensor.quantization is not None:
        quantization = _write_table(
            writer,
            schema.QuantizationParameters,
            scale=_vector(writer, tensor.quantization.scale, 4, "PrependFloat32"),
            zero_point=_vector(writer, tensor.quantization.zero_point, 8, "PrependInt64"),
            quantized_dimension=tensor.quantization.quantized_dimension,
        )
    return _write_table(
        writer,
        schema.Tensor,
        shape=_int32s(writer, tensor.shape),
        type=tensor.type_code,
        buffer=tensor.buffer,
        name=writer.CreateString(tensor.name),
        quantization=quantization,
        is_variable=tensor.is_variable,
        shape_signature=None if tensor.shape_signature is None else _int32s(writer, tensor.shape_signature),
    )


def _write_operator(writer: flatbuffers.Builder, operator: _Operator, code: int) -> int:
    counts = {"PackOptions": ("values_count", len(operator.inputs)), "UnpackOptions": ("num", len(operator.outputs))}
    options_type, options = _write_options(writer, operator.options, operator.code[0], counts)
    return _write_table(
        writer,
        schema.Operator,
        opcode_index=code,
        inputs=_int32s(writer, operator.inputs),
        outputs=_int32s(writer, operator.outputs),
        builtin_options_type=options_type,
        builtin_options=options,
        custom_options=_byte_vector(writer, operator.custom_options) if operator.custom_options else None,
    )


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


def _write_options(
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
        return getattr(schema.BuiltinOptions, table), _write_table(writer, getattr(schema, table), **plain)
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
        fields = {"new_shape": _int32s(writer, options.new_shape)}
    name = type(options).__name__
    return getattr(schema.BuiltinOptions, name), _write_table(writer, getattr(schema, name), **fields)


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

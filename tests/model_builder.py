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

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import tflite as schema
from schema_writer import byte_vector, int32s, offsets, vector, write_options, write_table

from platformio_tinyml.model import (
    Options,
    Quantization,
    TensorType,
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
        """Buffer 0 is the empty one that every activation uses."""
        self._signature: tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]], int] | None = None
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
        return write_table(
            writer,
            schema.SubGraph,
            tensors=offsets(writer, tensors),
            inputs=int32s(writer, inputs),
            outputs=int32s(writer, outputs),
            operators=offsets(writer, operators),
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
        model = write_table(
            writer,
            schema.Model,
            version=schema_version,
            operator_codes=offsets(writer, [_write_code(writer, code) for code in codes]),
            subgraphs=offsets(writer, [first] * subgraphs + written),
            description=writer.CreateString(description),
            buffers=offsets(writer, buffers),
            **(
                {"signature_defs": offsets(writer, [_write_signature(writer, *self._signature)])}
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
        offsets(
            writer,
            [
                write_table(writer, schema.TensorMap, name=writer.CreateString(name), tensor_index=tensor)
                for name, tensor in names
            ],
        )
        for names in (inputs, outputs)
    ]
    return write_table(
        writer,
        schema.SignatureDef,
        inputs=maps[0],
        outputs=maps[1],
        signature_key=writer.CreateString("serving_default"),
        subgraph_index=subgraph,
    )


def _write_buffer(writer: flatbuffers.Builder, data: bytes, place: int) -> int:
    if place:
        return write_table(writer, schema.Buffer, offset=place, size=len(data))
    vector = byte_vector(writer, data, BUFFER_ALIGNMENT) if data else None
    return write_table(writer, schema.Buffer, data=vector)


def _write_code(writer: flatbuffers.Builder, code: tuple[int, str, int]) -> int:
    number, custom_code, version = code
    return write_table(
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
        quantization = write_table(
            writer,
            schema.QuantizationParameters,
            scale=vector(writer, tensor.quantization.scale, 4, "PrependFloat32"),
            zero_point=vector(writer, tensor.quantization.zero_point, 8, "PrependInt64"),
            quantized_dimension=tensor.quantization.quantized_dimension,
        )
    return write_table(
        writer,
        schema.Tensor,
        shape=int32s(writer, tensor.shape),
        type=tensor.type_code,
        buffer=tensor.buffer,
        name=writer.CreateString(tensor.name),
        quantization=quantization,
        is_variable=tensor.is_variable,
        shape_signature=None if tensor.shape_signature is None else int32s(writer, tensor.shape_signature),
    )


def _write_operator(writer: flatbuffers.Builder, operator: _Operator, code: int) -> int:
    counts = {"PackOptions": ("values_count", len(operator.inputs)), "UnpackOptions": ("num", len(operator.outputs))}
    options_type, options = write_options(writer, operator.options, operator.code[0], counts)
    return write_table(
        writer,
        schema.Operator,
        opcode_index=code,
        inputs=int32s(writer, operator.inputs),
        outputs=int32s(writer, operator.outputs),
        builtin_options_type=options_type,
        builtin_options=options,
        custom_options=byte_vector(writer, operator.custom_options) if operator.custom_options else None,
    )

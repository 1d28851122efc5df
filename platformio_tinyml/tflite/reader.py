"""The bytes of a `.tflite` file -> Model (schema.fbs, version 3)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..errors import ModelError, UsageError
from ..model import Model, Operator, Quantization, Tensor, TensorType
from ..model.naming import c_identifier, printable
from .accessors import load_accessor
from .checked import MAX_RANK, Damaged, Meter, checked, checked_items, text
from .custom_options import read_custom_options
from .foreign import IDENTIFIER, check_format
from .graph import check_calls, check_graph, check_names
from .options import read_options
from .signature import read_names

SCHEMA_VERSION = 3
MAX_TENSOR_SIZE = 2**31 - 1
"""Bytes. Sizes are 32-bit integers in every runtime."""
NO_SCALE = (
    "TensorFlow writes such a one of weights that are all 0 in its conversion to int16: convert the model with int8 "
    "activations, or get a fresh copy of the file"
)
"""The next step where a scale is not finite."""

# The accessors import one another when called: by then they have to be there, or all of the package is loaded.
_Model, _BuiltinOperator, *_ = map(
    load_accessor,
    (
        "Model",
        "BuiltinOperator",
        "Buffer",
        "Operator",
        "OperatorCode",
        "QuantizationParameters",
        "SignatureDef",
        "SparsityParameters",
        "SubGraph",
        "Tensor",
        "TensorMap",
    ),
)
_INT32 = (-(1 << 31), (1 << 31) - 1)
_ZERO_POINTS = {
    TensorType.INT4: (-8, 7),
    TensorType.INT8: (-128, 127),
    TensorType.UINT8: (0, 255),
    TensorType.INT16: (-32768, 32767),
}
"""Within the range of the type; runtimes keep them in 32 bits."""
_TYPES = {kind.code: kind for kind in TensorType}
_OPCODES: dict[int, str] = {code: name for name, code in vars(_BuiltinOperator).items() if isinstance(code, int)}


OPCODES = frozenset(_OPCODES.values())
"""Names of all operators of the schema."""


def read_model(data: bytes, name: str, source: str = "") -> Model:
    """Read a file.

    `name` is the model's C identifier, `source` what errors call the file (default: `name`). Raises ModelError if
    `data` is something else or damaged. Memory and time are bounded by a small multiple of the size of `data`.
    """
    if c_identifier(name) != name:
        raise UsageError(f"'{printable(name, 60)}' cannot be a C identifier", f"name the model {c_identifier(name)}")
    check_format(data, source or name)
    try:
        return _read_model(data, name, Meter(len(data)))
    except Damaged as damage:
        raise ModelError(
            f"{source or name} is damaged: {damage}",
            damage.next_step,
            code="model-damaged",
        ) from None


def model_extent(data: bytes) -> int | None:
    """Bytes that the `.tflite` file at the start of `data` takes, a multiple of 4; None where there is none.

    A file does not say how long it is: this is where the last of its tables and buffers ends, padding not counted.
    """
    if data[4:8] != IDENTIFIER:
        return None
    try:
        meter = Meter(len(data))
        _read_model(data, "model", meter)
        buffers = Meter(len(data))
        file = checked(_Model.GetRootAs(data), buffers)
        for buffer in checked_items(file.BuffersLength(), file.Buffers, buffers):
            buffer.DataAsNumpy()
    except Damaged:
        return None
    return min(-(-max(meter.end, buffers.end) // 4) * 4, len(data))


def custom_operators(data: bytes, source: str) -> tuple[str, ...]:
    """The names of the operators of a file, in any of its subgraphs, that TensorFlow Lite itself does not have.

    `source` is what errors call the file. Raises ModelError where `data` is something else or damaged.
    """
    check_format(data, source)
    meter = Meter(len(data))
    try:
        file = checked(_Model.GetRootAs(data), meter)
        codes = map(_read_opcode, checked_items(file.OperatorCodesLength(), file.OperatorCodes, meter))
        return tuple(custom for opcode, custom, _ in codes if custom or opcode == "CUSTOM")
    except Damaged as damage:
        raise ModelError(f"{source} is damaged: {damage}", "convert it again", code="model-damaged") from None


def _read_model(data: bytes, name: str, meter: Meter) -> Model:
    file = checked(_Model.GetRootAs(data), meter)
    if file.Version() != SCHEMA_VERSION:
        raise Damaged(f"its schema version is {file.Version()}, not {SCHEMA_VERSION}")
    if file.SubgraphsLength() == 0:
        raise Damaged("it has no subgraph")
    buffers = _Buffers(file, data, meter)
    codes = tuple(map(_read_opcode, checked_items(file.OperatorCodesLength(), file.OperatorCodes, meter)))
    model = _read_graph(file, 0, name, buffers, codes, meter)
    check_graph(model)
    input_names, output_names = read_names(file, model.inputs, model.outputs, meter)
    subgraphs = []
    for number in range(1, file.SubgraphsLength()):
        try:
            subgraphs.append(_read_graph(file, number, name, buffers, codes, meter))
            check_names(subgraphs[-1])
        except Damaged as damage:
            raise damage.inside(f"subgraph {number}") from None
    check_calls((model, *subgraphs))
    return replace(model, input_names=input_names, output_names=output_names, subgraphs=tuple(subgraphs))


def _read_graph(
    file: Any, number: int, name: str, buffers: _Buffers, codes: tuple[tuple[str, str, int], ...], meter: Meter
) -> Model:
    graph = checked(file.Subgraphs(number), meter)
    return Model(
        name=name,
        description=text(file.Description()),
        tensors=tuple(
            _read_tensor(index, table, buffers, meter)
            for index, table in enumerate(checked_items(graph.TensorsLength(), graph.Tensors, meter))
        ),
        operators=tuple(
            _read_operator(index, table, codes, meter)
            for index, table in enumerate(checked_items(graph.OperatorsLength(), graph.Operators, meter))
        ),
        inputs=graph.InputsAsNumpy() or (),
        outputs=graph.OutputsAsNumpy() or (),
    )


class _Buffers:
    """The buffers of a file, each read once however many tensors share it."""

    def __init__(self, file: Any, data: bytes, meter: Meter) -> None:
        self._file = file
        self._data = data
        self._meter = meter
        self._count = file.BuffersLength()
        self._read: dict[int, bytes] = {}

    def __getitem__(self, index: int) -> bytes:
        if index >= self._count:
            raise Damaged(f"it is in buffer {index} of {self._count}")
        if index not in self._read:
            self._read[index] = self._read_buffer(checked(self._file.Buffers(index), self._meter))
        return self._read[index]

    def _read_buffer(self, buffer: Any) -> bytes:
        start, size = buffer.Offset(), buffer.Size()
        if start <= 1:  # schema.fbs: 0 and 1 say that the bytes are in the flatbuffer
            inside: bytes = buffer.DataAsNumpy() or b""
            return inside
        if start + size > len(self._data):
            raise Damaged(f"its {size} bytes from byte {start} on leave the file")
        self._meter.spend(size)
        return self._data[start : start + size]


def _read_opcode(table: Any) -> tuple[str, str, int]:
    """(name of the opcode, custom code, version)."""
    # Old files have the deprecated 8-bit field only, new ones 127 there when the number is too large for it.
    code = max(table.DeprecatedBuiltinCode(), table.BuiltinCode())
    return _OPCODES.get(code, f"BUILTIN_{code}"), text(table.CustomCode()), table.Version()


def _read_tensor(index: int, table: Any, buffers: _Buffers, meter: Meter) -> Tensor:
    name = text(table.Name())
    try:
        shape = table.ShapeAsNumpy() or ()
        kind = _TYPES.get(table.Type())
        if kind is None:
            raise Damaged(f"its type {table.Type()} is unknown")
        _check_shape(shape, kind)
        data = buffers[table.Buffer()] or None
        is_sparse = table.Sparsity() is not None
        signature = table.ShapeSignatureAsNumpy() or ()
        tensor = Tensor(
            index=index,
            name=name,
            shape=shape,
            type=kind,
            quantization=_read_quantization(table, shape, kind, meter),
            data=data,
            is_variable=table.IsVariable(),
            is_sparse=is_sparse,
            is_dynamic=any(size < 0 for size in signature[1:]),
            is_open=any(size < 0 for size in signature[:1]),
        )
        if data is not None and kind.bits and not is_sparse and len(data) != tensor.size:
            raise Damaged(f"{len(data)} bytes of data for shape {shape} of {kind.name}, which takes {tensor.size}")
    except Damaged as damage:
        raise damage.inside(f"tensor {index} ({printable(name, 60)})") from None
    return tensor


def _check_shape(shape: tuple[int, ...], kind: TensorType) -> None:
    if len(shape) > MAX_RANK:
        raise Damaged(f"it has {len(shape)} dimensions")
    if any(size < 0 for size in shape):
        raise Damaged(f"shape {shape} has a negative dimension")
    # A zero must not hide a product that overflows elsewhere.
    if math.prod(size for size in shape if size) * max(kind.bits, 8) // 8 > MAX_TENSOR_SIZE:
        raise Damaged(f"shape {shape} of {kind.name} takes over {MAX_TENSOR_SIZE} bytes")


def _read_quantization(tensor: Any, shape: tuple[int, ...], kind: TensorType, meter: Meter) -> Quantization | None:
    table = tensor.Quantization()
    if table is None:
        return None
    checked(table, meter)
    scale = table.ScaleAsNumpy() or ()
    zero_point = table.ZeroPointAsNumpy() or ()
    dimension = table.QuantizedDimension()
    if not scale:  # Float tensors may carry a range (min, max) alone.
        return None
    if len(scale) != len(zero_point):
        raise Damaged(f"{len(scale)} scales but {len(zero_point)} zero points")
    # A scale of 0 is what some converters give a channel whose weights are all 0.
    if not all(math.isfinite(value) and value >= 0 for value in scale):
        raise Damaged("a scale is negative or not finite", NO_SCALE)
    low, high = _ZERO_POINTS.get(kind, _INT32)
    if strange := [value for value in zero_point if not low <= value <= high]:
        raise Damaged(f"the zero point {strange[0]} of {kind.name}")
    if dimension < 0:
        raise Damaged(f"its quantized dimension is {dimension}")
    if len(scale) > 1:
        # Published files have the filter's dimension on a 1-D bias; it can only mean the one there is.
        slices = shape[0] if len(shape) == 1 else shape[dimension] if dimension < len(shape) else 0
        if len(scale) != slices:
            raise Damaged(f"{len(scale)} scales along dimension {dimension} of shape {shape}")
    return Quantization(scale, zero_point, dimension)


def _read_operator(index: int, table: Any, codes: tuple[tuple[str, str, int], ...], meter: Meter) -> Operator:
    try:
        code = table.OpcodeIndex()
        if code >= len(codes):
            raise Damaged(f"it has opcode index {code} of {len(codes)}")
        opcode, custom_code, version = codes[code]
        custom = table.CustomOptionsAsNumpy() if opcode == "CUSTOM" else None
        return Operator(
            index=index,
            opcode=opcode,
            version=version,
            inputs=table.InputsAsNumpy() or (),
            outputs=table.OutputsAsNumpy() or (),
            options=read_custom_options(custom_code, custom) if custom else read_options(table, meter),
            custom_code=custom_code,
        )
    except Damaged as damage:
        raise damage.inside(f"operator {index}") from None

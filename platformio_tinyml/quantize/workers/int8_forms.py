"""Operators that TensorFlow leaves in float, or TensorFlow Lite Micro lacks, written with others of the same results.

Layer normalization has SQUARE and NEG, for one, UpSampling2D TILE. ELU becomes ELU again (fused_elu.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np

ELU_POWER = "power-of-elu"
"""What the names of exponentials end with that stand for an ELU."""
_MOST_PARTS = 10
"""Of a CONCATENATION, in TensorFlow Lite Micro."""


def with_int8_forms(model: bytes) -> bytes:
    """A float .tflite without SQUARE, NEG, ELU and TILE on float32, and without weights of float16; else unchanged."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    file = schema.Model.GetRootAs(model, 0)
    builtin = schema.BuiltinOperator
    rules = {
        builtin.SQUARE: _square,
        builtin.NEG: _neg,
        builtin.ELU: _elu,
        builtin.TILE: _tile,
        builtin.DEQUANTIZE: _widen,
    }
    codes = [file.OperatorCodes(index) for index in range(file.OperatorCodesLength())]
    if not any(max(code.DeprecatedBuiltinCode(), code.BuiltinCode()) in rules for code in codes):
        return model
    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    for graph in parsed.subgraphs:
        writer = _Writer(parsed, graph, schema)
        for operator in graph.operators:
            rule = rules.get(parsed.operatorCodes[operator.opcodeIndex].builtinCode)
            wanted = schema.TensorType.FLOAT16 if rule is _widen else schema.TensorType.FLOAT32
            if rule is not None and graph.tensors[operator.inputs[0]].type == wanted:
                rule(writer, operator)
            else:
                writer.operators.append(operator)
        graph.operators = writer.operators
    _drop_unused_codes(parsed)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


def _drop_unused_codes(parsed: Any) -> None:
    """The calibrator looks for every operator in the file's list, also for those that nothing uses."""
    operators = [operator for graph in parsed.subgraphs for operator in graph.operators]
    used = sorted({operator.opcodeIndex for operator in operators})
    parsed.operatorCodes = [parsed.operatorCodes[index] for index in used]
    for operator in operators:
        operator.opcodeIndex = used.index(operator.opcodeIndex)


class _Writer:
    """Collects the operators of a subgraph, `graph` of the file `parsed`."""

    def __init__(self, parsed: Any, graph: Any, schema: Any) -> None:
        self._parsed, self._graph, self._schema = parsed, graph, schema
        self.operators: list[Any] = []

    def add(self, name: str, inputs: list[int], output: int) -> int:
        """An operator by its name in schema.fbs, without options or with those that say nothing; its output."""
        operator = self._schema.OperatorT()
        operator.opcodeIndex = self._code(getattr(self._schema.BuiltinOperator, name))
        operator.inputs, operator.outputs = inputs, [output]
        options = {"ADD": "AddOptions", "MUL": "MulOptions", "EXP": "ExpOptions"}
        if name in options:
            operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, options[name])
            operator.builtinOptions = getattr(self._schema, f"{options[name]}T")()
        self.operators.append(operator)
        return output

    def integers(self, tensor: int) -> list[int] | None:
        """The values of a constant of int32; None of any other tensor."""
        given = self._graph.tensors[tensor]
        data = self._parsed.buffers[given.buffer].data
        if given.type != self._schema.TensorType.INT32 or data is None:
            return None
        return [int(value) for value in np.frombuffer(bytes(bytearray(data)), np.int32)]

    def widen(self, half: int, whole: int) -> bool:
        """Give `whole`, of float32, the values of a constant of float16; whether `half` is one."""
        data = self._parsed.buffers[self._graph.tensors[half].buffer].data
        if data is None:
            return False
        buffer = self._schema.BufferT()
        values = np.frombuffer(bytes(bytearray(data)), np.float16).astype(np.float32)
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self._parsed.buffers.append(buffer)
        self._graph.tensors[whole].buffer = len(self._parsed.buffers) - 1
        return True

    def shape(self, tensor: int) -> list[int]:
        """Of a tensor."""
        return [int(size) for size in self._graph.tensors[tensor].shape]

    def concatenate(self, tensor: int, count: int, axis: int, output: int) -> int:
        """`count` times the same along a dimension; its output."""
        self.add("CONCATENATION", [tensor] * count, output)
        made = self._schema.ConcatenationOptionsT()
        made.axis = axis
        self.operators[-1].builtinOptionsType = self._schema.BuiltinOptions.ConcatenationOptions
        self.operators[-1].builtinOptions = made
        return output

    def like(self, tensor: int, name: str, shape: list[int] | None = None) -> int:
        """A new tensor of the shape of another, or of `shape`; `name` is added to that one's."""
        given = self._graph.tensors[tensor]
        made = self._schema.TensorT()
        made.shape, made.shapeSignature, made.type, made.buffer = given.shape, given.shapeSignature, given.type, 0
        if shape is not None:
            made.shape, made.shapeSignature = list(shape), None
        made.name = given.name + f"/{name}".encode()
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def constant(self, value: float) -> int:
        """A scalar."""
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(np.float32(value).tobytes(), np.uint8)
        self._parsed.buffers.append(buffer)
        made = self._schema.TensorT()
        made.shape, made.type, made.name = [], self._schema.TensorType.FLOAT32, b"constant"
        made.buffer = len(self._parsed.buffers) - 1
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def _code(self, number: int) -> int:
        for index, code in enumerate(self._parsed.operatorCodes):
            if code.builtinCode == number and code.version == 1:
                return index
        code = self._schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        self._parsed.operatorCodes.append(code)
        return len(self._parsed.operatorCodes) - 1


def _square(writer: _Writer, operator: Any) -> None:
    x, y = operator.inputs[0], operator.outputs[0]
    writer.add("MUL", [x, x], y)


def _neg(writer: _Writer, operator: Any) -> None:
    x, y = operator.inputs[0], operator.outputs[0]
    writer.add("MUL", [x, writer.constant(-1.0)], y)


def _elu(writer: _Writer, operator: Any) -> None:
    """max(x, 0) + (exp(-max(-x, 0)) - 1). MINIMUM would give x the scale of its negative half."""
    x, y = operator.inputs[0], operator.outputs[0]
    mirrored = writer.add("MUL", [x, writer.constant(-1.0)], writer.like(y, "mirrored"))
    half = writer.add("RELU", [mirrored], writer.like(y, "half"))
    low = writer.add("MUL", [half, writer.constant(-1.0)], writer.like(y, "low"))
    power = writer.add("EXP", [low], writer.like(y, ELU_POWER))
    below = writer.add("ADD", [power, writer.constant(-1.0)], writer.like(y, "below"))
    above = writer.add("RELU", [x], writer.like(y, "above"))
    writer.add("ADD", [above, below], y)


def _widen(writer: _Writer, operator: Any) -> None:
    """Weights of float16 become constants of float32; what is computed in float16 stays as it was."""
    if not writer.widen(operator.inputs[0], operator.outputs[0]):
        writer.operators.append(operator)


def _tile(writer: _Writer, operator: Any) -> None:
    """One concatenation of the same tensor for each dimension that is repeated; as it was where that is too often."""
    multiples = writer.integers(operator.inputs[1])
    repeated = [(axis, count) for axis, count in enumerate(multiples or ()) if count != 1]
    if not repeated or any(not 1 < count <= _MOST_PARTS for _, count in repeated):
        writer.operators.append(operator)
        return
    x, shape = operator.inputs[0], writer.shape(operator.inputs[0])
    for number, (axis, count) in enumerate(repeated, 1):
        shape[axis] *= count
        last = number == len(repeated)
        y = operator.outputs[0] if last else writer.like(operator.outputs[0], f"tile{axis}", shape)
        x = writer.concatenate(x, count, axis, y)

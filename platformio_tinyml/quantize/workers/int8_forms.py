"""Operators that TensorFlow leaves in float, written with such as it makes int8: the float results are the same.

Layer normalization has SQUARE and NEG, for one.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def with_int8_forms(model: bytes) -> bytes:
    """A float .tflite without SQUARE, NEG and ELU on float32; unchanged where it has none of them."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    file = schema.Model.GetRootAs(model, 0)
    builtin = schema.BuiltinOperator
    rules = {builtin.SQUARE: _square, builtin.NEG: _neg, builtin.ELU: _elu}
    codes = [file.OperatorCodes(index) for index in range(file.OperatorCodesLength())]
    if not any(max(code.DeprecatedBuiltinCode(), code.BuiltinCode()) in rules for code in codes):
        return model
    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    for graph in parsed.subgraphs:
        writer = _Writer(parsed, graph, schema)
        for operator in graph.operators:
            rule = rules.get(parsed.operatorCodes[operator.opcodeIndex].builtinCode)
            if rule is not None and graph.tensors[operator.inputs[0]].type == schema.TensorType.FLOAT32:
                rule(writer, operator.inputs[0], operator.outputs[0])
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
        options = {"ADD": "AddOptions", "MUL": "MulOptions", "MINIMUM": "MaximumMinimumOptions", "EXP": "ExpOptions"}
        if name in options:
            operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, options[name])
            operator.builtinOptions = getattr(self._schema, f"{options[name]}T")()
        self.operators.append(operator)
        return output

    def like(self, tensor: int, name: str) -> int:
        """A new tensor of the shape of another; `name` is added to that one's."""
        given = self._graph.tensors[tensor]
        made = self._schema.TensorT()
        made.shape, made.shapeSignature, made.type, made.buffer = given.shape, given.shapeSignature, given.type, 0
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


def _square(writer: _Writer, x: int, y: int) -> None:
    writer.add("MUL", [x, x], y)


def _neg(writer: _Writer, x: int, y: int) -> None:
    writer.add("MUL", [x, writer.constant(-1.0)], y)


def _elu(writer: _Writer, x: int, y: int) -> None:
    """max(x, 0) + (exp(min(x, 0)) - 1)."""
    low = writer.add("MINIMUM", [x, writer.constant(0.0)], writer.like(y, "minimum"))
    power = writer.add("EXP", [low], writer.like(y, "exp"))
    below = writer.add("ADD", [power, writer.constant(-1.0)], writer.like(y, "below"))
    above = writer.add("RELU", [x], writer.like(y, "above"))
    writer.add("ADD", [above, below], y)

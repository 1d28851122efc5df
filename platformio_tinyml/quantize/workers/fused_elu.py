"""ELU again, of the operators that it was written with to be quantized (int8_forms.py): one table, in both runtimes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .int8_forms import ELU_POWER


def with_fused_elu(model: bytes) -> bytes:
    """An int8 .tflite with ELU(x) in the place of what int8_forms wrote for it; else unchanged."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    builtin, found = schema.BuiltinOperator, False
    codes = [code.builtinCode for code in parsed.operatorCodes]
    for graph in parsed.subgraphs:
        graph_operators = _Operators(graph, codes)
        for power in list(graph.operators):
            name = graph.tensors[power.outputs[0]].name if len(power.outputs) == 1 else b""
            parts = graph_operators.around(power, builtin) if name.endswith(f"/{ELU_POWER}".encode()) else None
            if parts is None:
                continue
            source, last = parts[0].inputs[0], parts[-1]
            last.opcodeIndex = _code(parsed, builtin.ELU, schema)
            last.inputs, last.builtinOptionsType, last.builtinOptions = [source], 0, None
            gone = [id(part) for part in parts[:-1]]
            graph.operators = [each for each in graph.operators if id(each) not in gone]
            found = True
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed)) if found else model


class _Operators:
    """Of a subgraph: who writes and who reads a tensor."""

    def __init__(self, graph: Any, codes: list[int]) -> None:
        self._codes = codes
        self._outputs = {int(index) for index in graph.outputs}
        self._writers: Mapping[int, Any] = {int(each.outputs[0]): each for each in graph.operators}
        self._readers: dict[int, list[Any]] = {}
        for each in graph.operators:
            for index in each.inputs:
                self._readers.setdefault(int(index), []).append(each)

    def around(self, power: Any, builtin: Any) -> tuple[Any, ...] | None:
        """All operators of an ELU, whose first RELU is fused; None where the quantizer changed more."""
        before = [power]
        for _ in range(2):
            writer = self._writers.get(int(before[0].inputs[0]))
            if writer is None or self._only_reader(writer) is not before[0]:
                return None
            before.insert(0, writer)
        below = self._only_reader(power)
        last = below and self._only_reader(below)
        above = last and self._writers.get(int(last.inputs[0]))
        if above is None or self._only_reader(above) is not last or above.inputs[0] != before[0].inputs[0]:
            return None
        parts = (*before, below, above, last)
        kinds = (builtin.MUL, builtin.MUL, builtin.EXP, builtin.ADD, builtin.RELU, builtin.ADD)
        return parts if tuple(self._codes[part.opcodeIndex] for part in parts) == kinds else None

    def _only_reader(self, operator: Any) -> Any:
        index = int(operator.outputs[0])
        readers = self._readers.get(index, [])
        return readers[0] if len(readers) == 1 and index not in self._outputs else None


def _code(parsed: Any, number: int, schema: Any) -> int:
    for index, code in enumerate(parsed.operatorCodes):
        if code.builtinCode == number:
            return index
    code = schema.OperatorCodeT()
    code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
    parsed.operatorCodes.append(code)
    return len(parsed.operatorCodes) - 1

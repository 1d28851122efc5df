"""What TensorFlow Lite Micro's reference kernels compute: the `tflite_micro` package."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest

from platformio_tinyml.model import Model

DTYPES = {
    "INT8": np.int8,
    "UINT8": np.uint8,
    "FLOAT32": np.float32,
    "INT32": np.int32,
    "INT64": np.int64,
    "BOOL": np.bool_,
    "INT16": np.int16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
}


class Oracle:
    """An interpreter of one model that keeps every tensor."""

    def __init__(self, data: bytes, model: Model, arena_size: int = 1 << 20) -> None:
        runtime = pytest.importorskip(
            "tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed"
        )
        config = runtime.InterpreterConfig.kPreserveAllTensors
        # It unpacks the whole file in Python to count resource variables, which takes longer than its own reading.
        state = any(operator.opcode == "VAR_HANDLE" for operator in model.operators)
        count = runtime.count_resource_variables if state else lambda _: 0
        with mock.patch.object(runtime, "count_resource_variables", count):
            self._interpreter = runtime.Interpreter.from_bytes(data, arena_size=arena_size, intrepreter_config=config)
        self._model = model

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        """One invoke."""
        for position, value in enumerate(inputs):
            self._interpreter.set_input(value, position)
        self._interpreter.invoke()

    def tensor(self, index: int) -> bytes:
        """The bytes of a tensor after `run`."""
        value: np.ndarray = self._interpreter.GetTensor(index, 0)["tensor_data"]
        return value.tobytes()


def random_inputs(model: Model, rng: np.random.Generator) -> list[np.ndarray]:
    """Values over the whole range of each input."""
    return [random_values(model, index, rng) for index in model.inputs]


def random_values(model: Model, index: int, rng: np.random.Generator) -> np.ndarray:
    """Bytes over their range or at its ends; floats around zero, some far out; indices of three; truth values."""
    tensor = model.tensors[index]
    if tensor.type.name in ("INT8", "UINT8", "INT16", "UINT32", "UINT64"):
        kind = DTYPES[tensor.type.name]
        least, most = np.iinfo(kind).min, np.iinfo(kind).max
        ends = {0: (least,), 1: (most,), 2: (least, most)}.get(int(rng.integers(12)))
        drawn: np.ndarray = rng.integers(least, most, tensor.shape, kind, endpoint=True)
        return rng.choice(np.array(ends, kind), tensor.shape) if ends else drawn
    if tensor.type.name in ("INT32", "BOOL"):
        return rng.integers(0, 3 if tensor.type.name == "INT32" else 2, tensor.shape).astype(DTYPES[tensor.type.name])
    if tensor.type.name == "INT64":
        return rng.integers(-2, 3, tensor.shape) * rng.choice([1, 1 << 31, 1 << 32, (1 << 62) - 1], tensor.shape)
    return (rng.standard_normal(tensor.shape) * rng.choice([0.1, 1, 100], tensor.shape)).astype(np.float32)

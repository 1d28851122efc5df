"""Run float and int8 models on float arrays, and look at every tensor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from .running import interpreter

_ARENAS = tuple(1 << bits for bits in (20, 22, 24, 26, 28))
QUANTIZED = (np.int8, np.int16)
"""Types of activations that stand for real numbers."""


class LiteRuntime:
    """TensorFlow's interpreter. With `keep`, without its optimised delegates, every tensor can be read after a run."""

    name = "litert"

    def __init__(self, data: bytes, keep: bool = False) -> None:
        import tensorflow as tf

        plain = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        options = {"experimental_preserve_all_tensors": True, "experimental_op_resolver_type": plain}
        self._interpreter = interpreter(data, **(options if keep else {}))
        self._inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self.tensors = self._interpreter.get_tensor_details() if keep else []

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """One invoke, real numbers in and out."""
        for detail, value in zip(self._inputs, values, strict=True):
            self._interpreter.set_tensor(detail["index"], quantized(value, detail))
        self._interpreter.invoke()
        return [real(self._interpreter.get_tensor(detail["index"]), detail) for detail in self._outputs]

    def tensor(self, detail: Any) -> np.ndarray:
        """A tensor after `run`, as real numbers. KeyError where it was not computed."""
        try:
            return real(self._interpreter.get_tensor(detail["index"]), detail)
        except ValueError as error:
            raise KeyError(detail["name"]) from error


class MicroRuntime:
    """TensorFlow Lite Micro's reference kernels, which compute what the device does."""

    name = "tflite_micro"

    def __init__(self, data: bytes, keep: bool = False) -> None:
        from tflite_micro.python.tflite_micro import runtime

        mode = runtime.InterpreterConfig
        config = mode.kPreserveAllTensors if keep else mode.kAllocationRecording
        self._interpreter = self._made(runtime, data, config)
        details = interpreter(data)
        self._inputs = details.get_input_details()
        self._outputs = details.get_output_details()
        self.tensors = details.get_tensor_details() if keep else []

    @staticmethod
    def _made(runtime: Any, data: bytes, config: Any) -> Any:
        """With the first arena that suffices."""
        for size in _ARENAS[:-1]:
            with suppress(Exception):  # it says the same for each cause; the last try tells
                return runtime.Interpreter.from_bytes(data, arena_size=size, intrepreter_config=config)
        return runtime.Interpreter.from_bytes(data, arena_size=_ARENAS[-1], intrepreter_config=config)

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """One invoke, real numbers in and out."""
        for position, (detail, value) in enumerate(zip(self._inputs, values, strict=True)):
            self._interpreter.set_input(quantized(value, detail), position)
        self._interpreter.invoke()
        return [real(self._interpreter.get_output(index), detail) for index, detail in enumerate(self._outputs)]

    def tensor(self, detail: Any) -> np.ndarray:
        """A tensor after `run`, as real numbers."""
        return real(np.asarray(self._interpreter.GetTensor(detail["index"], 0)["tensor_data"]), detail)


Runner = LiteRuntime | MicroRuntime


def int8_runner(data: bytes, runtime: str = MicroRuntime.name, keep: bool = False) -> Runner:
    """The runtime nearest to the device: TensorFlow Lite Micro's where it is wanted, installed and takes the model."""
    if runtime != MicroRuntime.name:
        return LiteRuntime(data, keep)
    try:
        return MicroRuntime(data, keep)
    except Exception:
        return LiteRuntime(data, keep)


def quantized(value: np.ndarray, detail: Any) -> np.ndarray:
    """Real numbers as the tensor wants them; rounded half away from zero, as QUANTIZE does."""
    kind = detail["dtype"]
    if kind not in QUANTIZED:
        return np.asarray(value, kind)
    scale, zero_point = detail["quantization"]
    steps = value / np.float32(scale)
    ends = (np.iinfo(kind).min, np.iinfo(kind).max)
    return np.asarray(np.clip(np.trunc(steps + np.copysign(0.5, steps)) + zero_point, *ends), kind)


def real(value: np.ndarray, detail: Any) -> np.ndarray:
    """A per-tensor quantized value as float32; others as they are."""
    scale, zero_point = detail["quantization"]
    if value.dtype.type not in QUANTIZED or not scale:
        return value
    return np.asarray((value.astype(np.float32) - zero_point) * np.float32(scale))

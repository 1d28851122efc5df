"""Values of a network and how they are quantized, so that no tensor is all saturation.

Activations are thought of as real numbers whose root mean square `rms` is followed through the layers. Weights are
drawn so that each layer's output has about that of its input, and scales so that it fills int8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.model import Activation, Options, Padding, TensorType

NONE, RELU, RELU6 = Activation.NONE, Activation.RELU, Activation.RELU6
SAME, VALID = Padding.SAME, Padding.VALID
STEPS = 40
"""Quantization steps of an rms: three of it fill int8."""
SPREAD = 73.6
"""Root mean square of a weight from -127 to 127."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """A tensor: index, shape, scale, zero point, rms of the real numbers."""

    index: int
    shape: Shape
    scale: float
    zero_point: int
    rms: float


class Values:
    """One model under construction, without its layers."""

    kind = TensorType.INT8
    bias, bias_type = TensorType.INT32, np.int32
    steps = 1
    """Of the type, in one of `Value.scale`, which counts those of int8."""
    fixed: ClassVar = {"LOGISTIC": (1 / 256, -128, 0.55), "TANH": (1 / 128, 0, 0.63)}

    def __init__(self, seed: int) -> None:
        self.builder = Builder()
        self.rng = np.random.default_rng(seed)
        self._inputs: list[int] = []
        self._count = 0

    def build(self, *outputs: Value) -> bytes:
        """The file."""
        return self.builder.build(self._inputs, [value.index for value in outputs])

    def input(self, *shape: int, zero_point: int = 0) -> Value:
        """Uniform over int8: what random inputs are."""
        value = self._value(shape, 1 / SPREAD, zero_point, float(np.hypot(1, zero_point / SPREAD)))
        self._inputs.append(value.index)
        return value

    def float_input(self, *shape: int) -> Value:
        """Floats, quantized by the model itself."""
        index = self.builder.tensor("input", shape, TensorType.FLOAT32)
        self._inputs.append(index)
        value = self._value(shape, 1 / STEPS, 0, 1.0)
        self.builder.operator("QUANTIZE", [index], [value.index])
        return value

    def dequantized(self, value: Value) -> Value:
        """As floats."""
        index = self.builder.tensor("floats", value.shape, TensorType.FLOAT32)
        self.builder.operator("DEQUANTIZE", [value.index], [index])
        return Value(index, value.shape, 0, 0, value.rms)

    def constant(self, shape: Shape, rms: float = 1.0, mean: float = 0.0) -> Value:
        """A constant operand."""
        scale = (rms + abs(mean)) / STEPS / 2
        data = np.clip(np.round((self.rng.standard_normal(shape) * rms + mean) / scale), -127, 127).astype(np.int8)
        self._count += 1
        index = self.builder.tensor(f"constant{self._count}", shape, quantization=per_tensor(scale), data=data)
        return Value(index, shape, scale, 0, float(np.hypot(rms, mean)))

    def _value(self, shape: Shape, scale: float, zero_point: int, rms: float) -> Value:
        scale = float(np.float32(scale))
        self._count += 1
        quantization = per_tensor(scale / self.steps, zero_point if self.steps == 1 else 0)
        index = self.builder.tensor(f"t{self._count}", shape, self.kind, quantization=quantization)
        return Value(index, tuple(shape), scale, zero_point, rms)

    def _like(self, x: Value, shape: Shape | None = None) -> Value:
        return self._value(x.shape if shape is None else shape, x.scale, x.zero_point, x.rms)

    def _activated(self, shape: Shape, activation: Activation, rms: float = 1.0) -> Value:
        """Of a layer whose sums have this rms: half of them, all above 0, are left where there is an activation."""
        if activation is NONE:
            return self._value(shape, rms / STEPS, int(self.rng.integers(-10, 11)), rms)
        return self._value(shape, 1.2 * rms / STEPS / 2, -128, 0.7 * rms)

    def _binary(
        self, opcode: str, x: Value, y: Value, rms: float, options: Options | None, activation: Activation = NONE
    ) -> Value:
        output = self._activated(tuple(np.broadcast_shapes(x.shape, y.shape)), activation, rms)
        self.builder.operator(opcode, [x.index, y.index], [output.index], options)
        return output

    def _weights(
        self, x: Value, shape: Shape, channels: int, output: Value, products: float | None = None
    ) -> list[int]:
        """Input, filter and bias, such that sums have the rms 1."""
        count = shape[channels]
        products = products or np.prod(shape) / count
        scale = 1 / (float(np.sqrt(products)) * x.rms * SPREAD)
        scales = np.float32(scale * 2.0 ** self.rng.uniform(-0.5, 0.5, count))
        data = self.rng.integers(-127, 128, shape).astype(np.int8)
        sums = x.scale / self.steps * scales
        bias = np.round(self.rng.standard_normal(count) * 0.3 / sums).astype(self.bias_type)
        self._count += 1
        return [
            x.index,
            self.builder.tensor(f"filter{self._count}", shape, quantization=per_channel(scales, channels), data=data),
            self.builder.tensor(f"bias{self._count}", (count,), self.bias, quantization=per_channel(sums), data=bias),
        ]

    def _ints(self, values: Sequence[int]) -> int:
        self._count += 1
        return self.builder.tensor(
            f"ints{self._count}", (len(values),), TensorType.INT32, data=np.array(values, np.int32)
        )

"""Graphs of many operators, and of many weights."""

from __future__ import annotations

import numpy as np
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Padding,
    Pool2DOptions,
    TensorType,
)

NONE = Activation.NONE


def unrolled_lstm(operators: int) -> bytes:
    """A chain of LSTM steps, 8 inputs and 16 units each, of at least so many operators."""
    builder, rng, units = Builder(), np.random.default_rng(0), 16
    dense = FullyConnectedOptions(NONE, 0, False)
    steps = -(-(operators + 3) // 14)

    def integers(*values: int) -> int:
        return builder.tensor("", (len(values),), TensorType.INT32, data=np.array(values, np.int32))

    def weights(inputs: int) -> int:
        data = rng.integers(-127, 128, (4 * units, inputs)).astype(np.int8)
        return builder.tensor("weights", data.shape, quantization=per_tensor(0.01), data=data)

    def made(opcode: str, inputs: list[int], depth: int, scale: float, zero_point: int = 0, options=None) -> int:
        output = builder.tensor(opcode, (1, depth), quantization=per_tensor(scale, zero_point))
        builder.operator(opcode, inputs, [output], options)
        return output

    def product(one: int, two: int) -> int:
        return made("MUL", [one, two], units, 1 / 128, 0, ArithmeticOptions(NONE))

    x = builder.tensor("x", (1, 8 * steps), quantization=per_tensor(0.05))
    of_input, of_state = weights(8), weights(units)
    axis = builder.tensor("axis", (), TensorType.INT32, data=np.array(1, np.int32))
    size = integers(1, 8)
    hidden = cell = -1
    for step in range(steps):
        part = made("SLICE", [x, integers(0, 8 * step), size], 8, 0.05)
        gates = made("FULLY_CONNECTED", [part, of_input, -1], 4 * units, 0.05, 0, dense)
        if hidden >= 0:
            more = made("FULLY_CONNECTED", [hidden, of_state, -1], 4 * units, 0.05, 0, dense)
            gates = made("ADD", [gates, more], 4 * units, 0.05, 0, AddOptions(NONE, False))
        parts = [builder.tensor(f"gate {n}", (1, units), quantization=per_tensor(0.05)) for n in range(4)]
        builder.operator("SPLIT", [axis, gates], parts)
        first, forget, last = (made("LOGISTIC", [parts[n]], units, 1 / 256, -128) for n in (0, 1, 3))
        new = product(first, made("TANH", [parts[2]], units, 1 / 128))
        if cell >= 0:
            new = made("ADD", [product(forget, cell), new], units, 1 / 64, 0, AddOptions(NONE, False))
        cell = new
        hidden = product(last, made("TANH", [cell], units, 1 / 128))
    assert len(builder.operators) >= operators
    return builder.build([x], [hidden])


def mobile_net() -> bytes:
    """MobileNetV2 at 96x96 with 1,000 classes: 4 MB."""
    builder, rng = Builder(), np.random.default_rng(0)
    y = x = builder.tensor("x", (1, 96, 96, 3), quantization=per_tensor(0.05))
    shape = (1, 96, 96, 3)

    def convolution(depth: int, taps: int, stride: int, activation: Activation, *, apart: bool = False) -> None:
        nonlocal y, shape
        filter_shape = (1, taps, taps, depth) if apart else (depth, taps, taps, shape[3])
        data = rng.integers(-127, 128, filter_shape).astype(np.int8)
        quantization = per_channel([0.01] * depth, 3 if apart else 0)
        weights = builder.tensor("weights", filter_shape, quantization=quantization, data=data)
        bias_quantization, biases = per_channel([0.0005] * depth), rng.integers(-2000, 2000, depth).astype(np.int32)
        bias = builder.tensor("bias", (depth,), TensorType.INT32, quantization=bias_quantization, data=biases)
        shape = (1, -(-shape[1] // stride), -(-shape[2] // stride), depth)
        output = builder.tensor("y", shape, quantization=per_tensor(0.05, 3 if activation is NONE else -128))
        window = (Padding.SAME, stride, stride, 1, 1)
        options = DepthwiseConv2DOptions(*window, 1, activation) if apart else Conv2DOptions(*window, activation)
        builder.operator("DEPTHWISE_CONV_2D" if apart else "CONV_2D", [y, weights, bias], [output], options)
        y = output

    convolution(32, 3, 2, Activation.RELU6)
    blocks = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expansion, depth, times, stride in blocks:
        for turn in range(times):
            before = y
            if expansion > 1:
                convolution(shape[3] * expansion, 1, 1, Activation.RELU6)
            convolution(shape[3], 3, 1 if turn else stride, Activation.RELU6, apart=True)
            convolution(depth, 1, 1, NONE)
            if turn:
                total = builder.tensor("sum", shape, quantization=per_tensor(0.05, 3))
                builder.operator("ADD", [before, y], [total], AddOptions(NONE, False))
                y = total
    convolution(1280, 1, 1, Activation.RELU6)
    pooled = builder.tensor("pooled", (1, 1, 1, 1280), quantization=per_tensor(0.05, -128))
    pool = Pool2DOptions(Padding.VALID, 1, 1, *shape[1:3], NONE)
    builder.operator("AVERAGE_POOL_2D", [y], [pooled], pool)
    data = rng.integers(-127, 128, (1000, 1280)).astype(np.int8)
    weights = builder.tensor("classes", data.shape, quantization=per_tensor(0.01), data=data)
    output = builder.tensor("output", (1, 1000), quantization=per_tensor(0.5))
    builder.operator("FULLY_CONNECTED", [pooled, weights, -1], [output], FullyConnectedOptions(NONE, 0, False))
    return builder.build([x], [output])

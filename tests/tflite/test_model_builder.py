"""Files from tests/model_builder.py run in the real TFLM."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Padding,
    Pool2DOptions,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
)

runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")


def invoke(data: bytes, *inputs: np.ndarray) -> np.ndarray:
    interpreter = runtime.Interpreter.from_bytes(data)
    for position, value in enumerate(inputs):
        interpreter.set_input(value, position)
    interpreter.invoke()
    return interpreter.get_output(0)


def test_fully_connected_multiplies() -> None:
    builder = Builder()
    x = builder.tensor("x", (1, 3), quantization=per_tensor(1.0))
    w = builder.tensor("w", (2, 3), quantization=per_tensor(1.0), data=np.array([[1, 2, 3], [4, 5, 6]], np.int8))
    b = builder.tensor("b", (2,), TensorType.INT32, quantization=per_tensor(1.0), data=np.array([7, -7], np.int32))
    y = builder.tensor("y", (1, 2), quantization=per_tensor(1.0))
    builder.operator("FULLY_CONNECTED", [x, w, b], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    output = invoke(builder.build([x], [y]), np.array([[1, 2, 3]], np.int8))
    assert output.tolist() == [[21, 25]]


def test_every_options_type_runs() -> None:
    builder = Builder()
    scale = per_tensor(1.0)
    ones = per_channel([1.0, 1.0])
    x = builder.tensor("x", (1, 4, 4, 1), quantization=scale)
    w = builder.tensor("w", (2, 1, 1, 1), quantization=ones, data=np.array([1, 2], np.int8))
    conv = builder.tensor("conv", (1, 4, 4, 2), quantization=scale)
    builder.operator("CONV_2D", [x, w, -1], [conv], Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.RELU))
    w = builder.tensor("dw", (1, 1, 1, 2), quantization=per_channel([1.0, 1.0], 3), data=np.array([3, 4], np.int8))
    depthwise = builder.tensor("depthwise", (1, 4, 4, 2), quantization=scale)
    builder.operator(
        "DEPTHWISE_CONV_2D",
        [conv, w],
        [depthwise],
        DepthwiseConv2DOptions(Padding.VALID, 1, 1, 1, 1, 1, Activation.NONE),
    )
    pool = builder.tensor("pool", (1, 2, 2, 2), quantization=scale)
    builder.operator("MAX_POOL_2D", [depthwise], [pool], Pool2DOptions(Padding.VALID, 2, 2, 2, 2, Activation.NONE))
    total = builder.tensor("sum", (1, 2, 2, 2), quantization=scale)
    builder.operator("ADD", [pool, pool], [total], AddOptions(Activation.NONE, True))
    flat = builder.tensor("flat", (1, 8), quantization=scale)
    builder.operator("RESHAPE", [total], [flat], ReshapeOptions((1, 8)))
    real = builder.tensor("real", (1, 8), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [flat], [real], version=2)
    softmax = builder.tensor("softmax", (1, 8), quantization=per_tensor(1 / 256, -128))
    builder.operator("SOFTMAX", [flat], [softmax], SoftmaxOptions(1.0))
    image = np.arange(16, dtype=np.int8).reshape(1, 4, 4, 1)
    interpreter_input = image // 4
    output = invoke(builder.build([x], [real, softmax]), interpreter_input)
    peaks = np.array([[1, 1], [3, 3]]).reshape(4, 1)
    assert output.reshape(4, 2).tolist() == (peaks * np.array([[2 * 3, 2 * 8]])).tolist()


def test_constants_are_aligned_for_tflm() -> None:
    builder = Builder()
    marks = [bytes([mark]) * (16 + mark) for mark in (201, 202, 203)]
    for mark in marks:
        builder.tensor("c", (len(mark),), data=mark)
    data = builder.build([], [])
    assert [data.index(mark) % 16 for mark in marks] == [0, 0, 0]

"""Sound files to start from: every operator alone, of all its types, with state too, and models of several."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from model_builder import Builder, per_channel, per_tensor
from planted_models import planted
from random_int4 import INT4
from random_models import MODELS
from random_signals import SIGNALS
from random_uint8 import UINT8
from test_float_kernels import MODELS as FLOAT_MODELS
from test_float_state import lstm, svdf
from test_hybrid_kernels import CHANNELS, layer
from test_state import counter

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
from platformio_tinyml.operators import check_model
from platformio_tinyml.tflite import read_model

ALONE = {**MODELS, **UINT8, **INT4, **SIGNALS, "SVDF of float": svdf, "UNIDIRECTIONAL_SEQUENCE_LSTM of float": lstm}
EACH = 3
"""Of every operator, with other shapes, options and quantization."""
LARGEST = 6000
"""Bytes of a seed: what more weights would add is time."""


def all_seeds() -> Iterator[bytes]:
    """Every file, the same in every run."""
    yield chain()
    yield counter(zero_point=-7)
    for number in range(EACH):
        yield from (_small(make, number) for make in ALONE.values())
        yield from (_small(partial(_hybrid, opcode=opcode), number) for opcode in CHANNELS)
        yield from (_small(partial(make, opcode=opcode), number) for opcode, make in FLOAT_MODELS.items())
        yield _small(planted, number)


def _small(make: Callable[[np.random.Generator], bytes], number: int) -> bytes:
    """The first of at most LARGEST bytes that no rule refuses; some of extreme scales are."""
    rng = np.random.default_rng(number)
    return next(data for data in (make(rng) for _ in range(1000)) if len(data) <= LARGEST and _is_taken(data))


def _hybrid(rng: np.random.Generator, opcode: str) -> bytes:
    made = layer(rng, opcode)
    return made.model(made.weights)


def _is_taken(data: bytes) -> bool:
    return not check_model(read_model(data, "seed"))


def chain() -> bytes:
    """A network from float input to float output, with the operators that most have."""
    builder = Builder()
    unit, units = per_tensor(1.0), per_channel([1.0, 1.0])
    bias = builder.tensor("bias", (2,), TensorType.INT32, quantization=units, data=bytes(8))

    def activation(name: str, shape: tuple[int, ...], type: TensorType = TensorType.INT8, scale: float = 1.0) -> int:
        return builder.tensor(name, shape, type, quantization=None if type is TensorType.FLOAT32 else per_tensor(scale))

    x = activation("x", (1, 4, 4, 2), TensorType.FLOAT32)
    quantized = activation("quantized", (1, 4, 4, 2))
    builder.operator("QUANTIZE", [x], [quantized])
    filter_ = builder.tensor("filter", (2, 1, 1, 2), quantization=units, data=b"\1\2\3\4")
    conv = activation("conv", (1, 4, 4, 2))
    builder.operator(
        "CONV_2D", [quantized, filter_, bias], [conv], Conv2DOptions(Padding.SAME, 1, 1, 1, 1, Activation.RELU)
    )
    filter_ = builder.tensor("depthwise_filter", (1, 3, 3, 2), quantization=per_channel([1.0, 1.0], 3), data=bytes(18))
    depthwise = activation("depthwise", (1, 2, 2, 2))
    options = DepthwiseConv2DOptions(Padding.SAME, 2, 2, 1, 1, 1, Activation.RELU6)
    builder.operator("DEPTHWISE_CONV_2D", [conv, filter_, bias], [depthwise], options)
    peak = activation("peak", (1, 2, 2, 2))
    builder.operator("MAX_POOL_2D", [depthwise], [peak], Pool2DOptions(Padding.SAME, 1, 1, 2, 2, Activation.NONE))
    mean = activation("mean", (1, 1, 1, 2))
    builder.operator("AVERAGE_POOL_2D", [peak], [mean], Pool2DOptions(Padding.VALID, 2, 2, 2, 2, Activation.NONE))
    total = activation("total", (1, 1, 1, 2))
    builder.operator("ADD", [mean, mean], [total], AddOptions(Activation.NONE, True))
    shape = builder.tensor("shape", (2,), TensorType.INT32, data=struct.pack("<2i", 1, 2))
    flat = activation("flat", (1, 2))
    builder.operator("RESHAPE", [total, shape], [flat], ReshapeOptions((1, 2)))
    filter_ = builder.tensor("matrix", (2, 2), quantization=unit, data=b"\1\2\3\4")
    full = activation("full", (1, 2))
    builder.operator("FULLY_CONNECTED", [flat, filter_, -1], [full], FullyConnectedOptions(Activation.NONE, 0, False))
    softmax = builder.tensor("softmax", (1, 2), quantization=per_tensor(1 / 256, -128))
    builder.operator("SOFTMAX", [full], [softmax], SoftmaxOptions(1.0))
    y = activation("y", (1, 2), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [softmax], [y])
    return builder.build([x], [y])

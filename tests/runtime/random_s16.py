"""Models of one operator on int16, with weights of int8 where it has some; see random_models.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from model_builder import Builder, per_channel, per_tensor
from random_parts import Rng, activation, ints, scale, spatial, values
from random_parts import size as size_of

from platformio_tinyml.model import (
    Conv2DOptions,
    FullyConnectedOptions,
    Options,
    Pool2DOptions,
    Quantization,
    SoftmaxOptions,
    TensorType,
)

INT16 = TensorType.INT16


def weighted(
    rng: Rng,
    opcode: str,
    source_shape: tuple,
    filter_shape: tuple,
    output_shape: tuple,
    channel_dimension: int,
    options: Options,
) -> bytes:
    """As of int8: biases of 64 bits, of CONV_2D and FULLY_CONNECTED of 32 bits too, with sums of 32 bits; or none."""
    channels = filter_shape[channel_dimension]
    products = int(np.prod(filter_shape)) // channels
    spread = 1 / (64 * np.sqrt(products))
    can_be_narrow = opcode in ("CONV_2D", "FULLY_CONNECTED")
    is_narrow, has_bias = can_be_narrow and rng.integers(4) == 0, rng.integers(4) > 0
    if is_narrow:
        ratio = float(rng.choice([spread, spread, 0.9, 2.0**-20, 2.0**-33]))
        limit = int(rng.choice([1, 1000, 1 << 20, 1 << 29]))
        if isinstance(options, Conv2DOptions | FullyConnectedOptions) and not has_bias:
            options = replace(options, narrow_sums=True)
    else:
        ratio = float(rng.choice([spread, spread, spread, spread / 256, 0.5, 1.0, 33.0, 2.0**-20, 2.0**-33]))
        limit = int(rng.choice([1, 1000, 1 << 20, 1 << 30, 1 << 33, 1 << 46]))
    count = channels if rng.integers(3) else 1
    input_scale = scale(rng)
    filter_scales = [scale(rng)] if count == 1 else list(scale(rng) * 2.0 ** rng.uniform(-2, 0.9, channels))
    if is_narrow and ratio > 0.5:
        filter_scales = filter_scales[:1]
    product = input_scale * float(np.median(filter_scales))
    if rng.integers(4) == 0:
        product, ratio = float(np.float32(product)), 2.0 ** round(np.log2(ratio))
    builder = Builder()
    source = builder.tensor("input", source_shape, INT16, quantization=per_tensor(input_scale))
    filter_ = builder.tensor(
        "filter",
        filter_shape,
        quantization=per_channel(filter_scales, channel_dimension),
        data=values(rng, filter_shape),
    )
    output = builder.tensor("output", output_shape, INT16, quantization=per_tensor(product / ratio))
    bias = -1
    if has_bias:
        kind, dtype = (TensorType.INT32, np.int32) if is_narrow else (TensorType.INT64, np.int64)
        bias_scale = float(np.float32(input_scale) * np.float32(filter_scales[0]))
        data = rng.integers(-limit, limit, channels).astype(dtype)
        bias = builder.tensor("bias", (channels,), kind, quantization=per_tensor(bias_scale), data=data)
    inputs = [source, filter_, bias] if bias >= 0 or opcode == "FULLY_CONNECTED" else [source, filter_]
    if opcode == "TRANSPOSE_CONV":
        inputs = [ints(builder, "shape", output_shape), filter_, source, *inputs[2:]]
    builder.operator(opcode, inputs, [output], options)
    return builder.build([source], [output])


def pool_2d(opcode: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        (batches, height, width), (padding, taps, strides, _), sizes = spatial(rng, dilated=False)
        depth, quantization = size_of(rng), per_tensor(scale(rng))
        builder = Builder()
        source = builder.tensor("input", (batches, height, width, depth), INT16, quantization=quantization)
        output = builder.tensor("output", (batches, *sizes, depth), INT16, quantization=quantization)
        builder.operator(opcode, [source], [output], Pool2DOptions(padding, *strides, *taps, activation(rng)))
        return builder.build([source], [output])

    return build


def softmax(rng: Rng) -> bytes:
    shapes = [(1, 10), (3, 7), (2, 3, 5), (1,), (4,), (1, 2, 2, 9), (1, 1), (1, 300)]
    shape = shapes[rng.integers(len(shapes))]
    beta = float(rng.choice([1.0, 1.0, 0.5, 10.0]))
    builder = Builder()
    input_scale = float(np.float32(rng.choice([2.0 ** rng.uniform(-18, 1), 6 / 32768, 1 / 4096, 2.0**-24])))
    source = builder.tensor("input", shape, INT16, quantization=per_tensor(input_scale))
    output = builder.tensor("output", shape, INT16, quantization=per_tensor(1 / 32768))
    builder.operator("SOFTMAX", [source], [output], SoftmaxOptions(beta))
    return builder.build([source], [output])


def unary(
    opcode: str, options: Callable[[Rng], Options] | None = None, output: float | None = None
) -> Callable[[Rng], bytes]:
    """Input scales that are powers of two, or nearly; `output` fixes the output's."""

    def build(rng: Rng) -> bytes:
        builder = Builder()
        near = float(rng.choice([2.0 ** rng.uniform(-18, 1), 2.0**-12, 2.0**-11, 2.0**-12 * 1.0004, 2.0**-11 * 1.001]))
        source_scale = float(np.float32(near))
        target_scale = output or float(np.float32(source_scale * rng.choice([1.0, 0.9, 1.3, 0.5, 3.0])))
        source = builder.tensor("input", (4, 45), INT16, quantization=per_tensor(source_scale))
        target = builder.tensor("output", (4, 45), INT16, quantization=per_tensor(target_scale))
        builder.operator(opcode, [source], [target], options(rng) if options else None)
        return builder.build([source], [target])

    return build


def quantize(rng: Rng) -> bytes:
    """All pairs with more than bytes."""
    pairs = [
        "FLOAT32-INT16",
        "INT8-INT16",
        "INT8-INT32",
        "INT16-INT8",
        "INT16-INT16",
        "INT16-INT32",
        "INT32-INT8",
        "INT32-INT16",
    ]
    types = [TensorType[name] for name in rng.choice(pairs).split("-")]
    limits = {TensorType.INT8: 128, INT16: 32768, TensorType.INT32: 1 << 20}

    def quantization(kind: TensorType) -> Quantization | None:
        if kind is TensorType.FLOAT32:
            return None
        size = float(np.float32(scale(rng) * 128 / limits[kind]))
        return per_tensor(size, int(rng.choice([0, 0, 3, -limits[kind], limits[kind] - 1])))

    builder = Builder()
    source = builder.tensor("input", (2, 3, 7), types[0], quantization=quantization(types[0]))
    output = builder.tensor("output", (2, 3, 7), types[1], quantization=quantization(types[1]))
    builder.operator("QUANTIZE", [source], [output])
    return builder.build([source], [output])


def dequantize(rng: Rng) -> bytes:
    builder = Builder()
    source = builder.tensor("input", (3, 40), INT16, quantization=per_tensor(scale(rng)))
    output = builder.tensor("output", (3, 40), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [source], [output])
    return builder.build([source], [output])

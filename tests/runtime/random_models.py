"""Models of one operator with random shapes, options and quantization: one function per operator, all in MODELS.

Each takes a random generator and returns the file. Extremes are drawn often: zero points at both ends, multipliers that
are tiny or above 1, windows larger than the input, one element per dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import random_s16
from model_builder import Builder, per_channel, per_tensor
from random_gathers import LOOK_UPS
from random_logic import LOGIC, ROWS
from random_moves import MOVES
from random_parts import (
    Rng,
    activation,
    ints,
    moving,
    scale,
    shape_of,
    size,
    spatial,
    values,
    zero_point,
)
from random_products import PRODUCTS, batch_matmul, transposed
from random_state import STATEFUL

from platformio_tinyml.model import (
    AddOptions,
    ArithmeticOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    LeakyReluOptions,
    Options,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ReshapeOptions,
    SoftmaxOptions,
    TensorType,
)


def weighted(
    rng: Rng,
    opcode: str,
    source_shape: tuple,
    filter_shape: tuple,
    output_shape: tuple,
    channel_dimension: int,
    options: Options,
) -> bytes:
    """An operator with a filter and perhaps a bias; mostly the ratio of scales spreads outputs over int8."""
    channels = filter_shape[channel_dimension]
    products = int(np.prod(filter_shape)) // channels
    input_scale = scale(rng)
    spread = 1 / (64 * np.sqrt(products))
    ratio = float(rng.choice([spread, spread, spread, 1.0, 1.7, 33.0, 2.0**-20, 2.0**-33, 2.0**14]))
    limit = int(rng.choice([1, 1000, 1 << 20, 1 << 30]))
    # TFLM's arithmetic is undefined where a sum leaves 32 bits; filter scales lie up to 2**6 above their median.
    if products * 128 * 255 * ratio > 1 << 24:
        ratio = spread
    limit = min(limit, max(int((1 << 24) / ratio), 1))
    count = channels if rng.integers(3) else 1
    filter_scales = [scale(rng)] if count == 1 else list(scale(rng) * 2.0 ** rng.uniform(-3, 3, channels))
    product = input_scale * float(np.median(filter_scales))
    if rng.integers(4) == 0:  # a power of two but for the last bits, which decide many halves
        product, ratio = float(np.float32(product)), 2.0 ** round(np.log2(ratio))
    output_scale = product / ratio
    builder = Builder()
    source = builder.tensor("input", source_shape, quantization=per_tensor(input_scale, zero_point(rng)))
    filter_ = builder.tensor(
        "filter",
        filter_shape,
        quantization=per_channel(filter_scales, channel_dimension),
        data=values(rng, filter_shape),
    )
    output = builder.tensor("output", output_shape, quantization=per_tensor(output_scale, zero_point(rng)))
    bias = -1
    if rng.integers(4):
        bias_scale = float(np.float32(input_scale) * np.float32(filter_scales[0]))
        bias = builder.tensor(
            "bias",
            (channels,),
            TensorType.INT32,
            quantization=per_tensor(bias_scale),
            data=rng.integers(-limit, limit, channels).astype(np.int32),
        )
    # As converters write it: FULLY_CONNECTED lists an omitted bias as -1, convolutions do not list it.
    inputs = [source, filter_, bias] if bias >= 0 or opcode == "FULLY_CONNECTED" else [source, filter_]
    if opcode == "TRANSPOSE_CONV":
        inputs = [ints(builder, "shape", output_shape), filter_, source, *inputs[2:]]
    builder.operator(opcode, inputs, [output], options)
    return builder.build([source], [output])


def transpose_conv(rng: Rng, weigh: Callable[..., bytes] = weighted) -> bytes:
    options, source, filter_, output = transposed(rng)
    return weigh(rng, "TRANSPOSE_CONV", source, filter_, output, 0, options)


def conv_2d(rng: Rng, weigh: Callable[..., bytes] = weighted) -> bytes:
    (batches, height, width), (padding, taps, strides, dilations), sizes = spatial(rng, dilated=True)
    group_depth, groups, outputs = size(rng), int(rng.choice([1, 1, 1, 2, 3])), size(rng)
    return weigh(
        rng,
        "CONV_2D",
        (batches, height, width, group_depth * groups),
        (outputs * groups, *taps, group_depth),
        (batches, *sizes, outputs * groups),
        0,
        Conv2DOptions(padding, *strides, *dilations, activation(rng)),
    )


def few_channels(rng: Rng) -> bytes:
    """CONV_2D of one to three output channels whose window is one element."""
    shape = (int(rng.integers(1, 3)), size(rng), size(rng), int(rng.choice([1, 2, 3, 4, 7, 13, 16, 17, 24, 33, 64])))
    channels = int(rng.integers(1, 4))
    options = Conv2DOptions(Padding(int(rng.integers(2))), 1, 1, 1, 1, activation(rng))
    return weighted(rng, "CONV_2D", shape, (channels, 1, 1, shape[3]), (*shape[:3], channels), 0, options)


def depthwise_conv_2d(rng: Rng, weigh: Callable[..., bytes] = weighted) -> bytes:
    (batches, height, width), (padding, taps, strides, dilations), sizes = spatial(rng, dilated=True)
    depth, multiplier = size(rng) + int(rng.choice([0, 0, 16])), int(rng.choice([1, 1, 2, 3, 8]))
    return weigh(
        rng,
        "DEPTHWISE_CONV_2D",
        (batches, height, width, depth),
        (1, *taps, depth * multiplier),
        (batches, *sizes, depth * multiplier),
        3,
        DepthwiseConv2DOptions(padding, *strides, *dilations, multiplier, activation(rng)),
    )


def fully_connected(rng: Rng, weigh: Callable[..., bytes] = weighted) -> bytes:
    batches, depth, outputs = size(rng), int(rng.choice([1, 3, 16, 61, 300])), size(rng)
    shapes = [
        ((batches, depth), (batches, outputs), False),
        ((batches, 2, depth), (batches, 2, outputs), True),
        ((batches, 2, depth), (batches * 2, outputs), False),
        ((depth,), (1, outputs), False),
        ((batches, 1, 1, depth), (batches, outputs), False),
    ]
    source, output, keep = shapes[rng.integers(len(shapes))]
    options = FullyConnectedOptions(activation(rng), 0, keep)
    return weigh(rng, "FULLY_CONNECTED", source, (outputs, depth), output, 0, options)


def pool_2d(opcode: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        (batches, height, width), (padding, taps, strides, _), sizes = spatial(rng, dilated=False)
        depth, quantization = size(rng), per_tensor(scale(rng), zero_point(rng))
        builder = Builder()
        source = builder.tensor("input", (batches, height, width, depth), quantization=quantization)
        output = builder.tensor("output", (batches, *sizes, depth), quantization=quantization)
        builder.operator(opcode, [source], [output], Pool2DOptions(padding, *strides, *taps, activation(rng)))
        return builder.build([source], [output])

    return build


def softmax(rng: Rng) -> bytes:
    shapes = [(1, 10), (3, 7), (2, 3, 5), (1,), (4,), (1, 2, 2, 9), (1, 1), (1, 300), (2, 8, 17)]
    shape = shapes[rng.integers(len(shapes))]
    beta = float(rng.choice([1.0, 1.0, 0.5, 10.0]))
    builder = Builder()
    input_scale = float(rng.choice([scale(rng), 2.0**-24, 0.1, 1 / 16, 16.0, 1e6]))
    source = builder.tensor("input", shape, quantization=per_tensor(input_scale, zero_point(rng)))
    if rng.integers(4):
        output = builder.tensor("output", shape, quantization=per_tensor(1 / 256, -128))
    else:
        output = builder.tensor("output", shape, TensorType.INT16, quantization=per_tensor(1 / 65536, -32768))
    builder.operator("SOFTMAX", [source], [output], SoftmaxOptions(beta))
    return builder.build([source], [output])


def binary(
    opcode: str, options: Callable[[Rng], Options] | None, *, same: bool = False, kind: TensorType = TensorType.INT8
) -> Callable[[Rng], bytes]:
    """Two inputs, broadcast, one of which may be a constant; with `same` all have one scale and zero point."""
    return lambda rng: two_inputs(rng, opcode, options, same, kind)


def two_inputs(rng: Rng, opcode: str, options: Callable[[Rng], Options] | None, same: bool, kind: TensorType) -> bytes:
    pairs = [
        ((2, 3, 4), (2, 3, 4)),
        ((1, 5, 6, 3), (3,)),
        ((4,), (2, 3, 4)),
        ((2, 3, 4, 5), (2, 1, 4, 1)),
        ((2, 1, 4, 1), (1, 3, 1, 5)),
        ((2, 3, 4, 5), (1, 3, 1, 5)),
        ((1, 1, 1, 1), (2, 3, 1, 5)),
        ((2, 3, 4, 5, 2), (2, 3, 4, 5, 2)),
        ((7,), (1,)),
        ((1, 2, 1, 3, 4), (5, 1, 2, 3, 4)),
    ]
    shapes = pairs[rng.integers(len(pairs))]
    builder = Builder()
    constant = int(rng.integers(6))  # 0: the first input, 1: the second, otherwise none
    scales = [scale(rng), scale(rng)]
    zeros = [zero_point(rng) if kind is TensorType.INT8 else 0 for _ in range(3)]
    if same:
        scales, zeros = scales[:1] * 2, zeros[:1] * 3
    sources = [
        builder.tensor(
            f"input{n}",
            shape,
            TensorType.INT8 if n and opcode == "PRELU" else kind,
            quantization=per_tensor(scales[n], zeros[n]),
            data=values(rng, shape, TensorType.INT8 if n and opcode == "PRELU" else kind) if constant == n else None,
        )
        for n, shape in enumerate(shapes)
    ]
    ratio = float(rng.choice([0.3, 1.0, 2.0, 1000.0, 2.0**-20, 2.0**17]))
    base = scales[0] * scales[1] * float(rng.choice([1, 60, 300])) if opcode == "MUL" else max(scales)
    if opcode == "MUL":  # of int8 beyond 2**13 TFLM's products leave 32 bits, which is undefined there
        base = base * 256.0 if kind is TensorType.INT16 else max(base, scales[0] * scales[1] * ratio / 2**13)
    if opcode == "SQUARED_DIFFERENCE":
        base = max(scales) ** 2 * (300 if kind is TensorType.INT8 else 100_000)
    base *= 10.0 if opcode == "PRELU" else 1.0
    target = per_tensor(scales[0] if same else base / ratio, zeros[2])
    output = builder.tensor("output", np.broadcast_shapes(*shapes), kind, quantization=target)
    twice = constant > 1 and shapes[0] == shapes[1] and rng.integers(3) == 0 and opcode != "PRELU"
    inputs = [sources[0]] * 2 if twice else sources
    builder.operator(opcode, inputs, [output], options(rng) if options else None)
    return builder.build(sorted({index for index in inputs if constant > 1 or index != sources[constant]}), [output])


def add_n(rng: Rng) -> bytes:
    """Of one scale; some are constants, some the same tensor."""
    builder, shape, count = Builder(), shape_of(rng), int(rng.integers(2, 16))
    quantization = per_tensor(scale(rng), zero_point(rng))
    sources = [
        builder.tensor(
            f"input{n}",
            shape,
            quantization=quantization,
            data=values(rng, shape) if n and rng.integers(4) == 0 else None,
        )
        for n in range(count)
    ]
    computed = [index for index in sources if builder.tensors[index].buffer == 0]
    inputs = [*sources[:-1], sources[-1] if count == 2 or rng.integers(4) else computed[0]]
    ratio = float(rng.choice([0.1, 0.5, 1.0, 7.0, 2.0**-20, 2.0**17]))
    target = per_tensor(quantization.scale[0] / ratio, zero_point(rng))
    output = builder.tensor("output", shape, quantization=target)
    builder.operator("ADD_N", inputs, [output])
    return builder.build([index for index in computed if index in inputs], [output])


def quantize(rng: Rng) -> bytes:
    shape = (2, 3, 7)
    builder = Builder()
    kinds = [("FLOAT32", "INT8"), ("INT8", "INT8"), ("UINT8", "INT8"), ("INT8", "UINT8")]
    kind = kinds[rng.integers(len(kinds))]
    first, second = (per_tensor(scale(rng), zero_point(rng) + (128 if name == "UINT8" else 0)) for name in kind)
    source = builder.tensor("input", shape, TensorType[kind[0]], quantization=None if kind[0] == "FLOAT32" else first)
    output = builder.tensor("output", shape, TensorType[kind[1]], quantization=second)
    builder.operator("QUANTIZE", [source], [output])
    return builder.build([source], [output])


def dequantize(rng: Rng) -> bytes:
    builder = Builder()
    source = builder.tensor("input", (3, 50), quantization=per_tensor(scale(rng), zero_point(rng)))
    output = builder.tensor("output", (3, 50), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [source], [output])
    return builder.build([source], [output])


def reshape(rng: Rng) -> bytes:
    """Between two QUANTIZE, so that the view is neither input nor output of the model."""
    shapes = [(2, 12), (24,), (1, 2, 3, 4), (4, 6)]
    first, second = (shapes[rng.integers(4)] for _ in range(2))
    builder = Builder()
    source = builder.tensor("input", first, quantization=per_tensor(0.5, 3))
    scaled = builder.tensor("scaled", first, quantization=per_tensor(0.25, 3))
    shape = builder.tensor("shape", (len(second),), TensorType.INT32, data=np.array(second, np.int32))
    viewed = builder.tensor("viewed", second, quantization=per_tensor(0.25, 3))
    output = builder.tensor("output", second, quantization=per_tensor(0.75, -7))
    builder.operator("QUANTIZE", [source], [scaled])
    builder.operator("RESHAPE", [scaled, shape], [viewed], ReshapeOptions(second))
    builder.operator("QUANTIZE", [viewed], [output])
    return builder.build([source], [output])


def unary(
    opcode: str,
    output: tuple[float, int] | None = None,
    options: Callable[[Rng], Options] | None = None,
    zero: int | None = None,
) -> Callable[[Rng], bytes]:
    """All 256 values, at scales that TFLM takes; `output` fixes the output's quantization, `zero` a zero point."""

    def build(rng: Rng) -> bytes:
        builder = Builder()
        near, point = 2.0 ** rng.uniform(-9, 1), zero_point(rng) if zero is None else zero
        source = builder.tensor("input", (4, 75), quantization=per_tensor(float(np.float32(near)), point))
        ratio = float(np.float32(near * rng.choice([1.0, 0.9, 1.3, 0.5, 3.0])))
        fixed = output or (ratio, zero_point(rng))
        target = builder.tensor("output", (4, 75), quantization=per_tensor(*fixed))
        builder.operator(opcode, [source], [target], options(rng) if options else None)
        return builder.build([source], [target])

    return build


def leaky(rng: Rng) -> Options:
    return LeakyReluOptions(float(np.float32(rng.choice([0.0, 0.01, 0.1, 0.3, 1.0, 2.0]))))


def reduce(opcode: str, kind: TensorType = TensorType.INT8) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        shape = shape_of(rng, int(rng.integers(1, 5)))
        axes = [int(a) for a in rng.choice(len(shape), int(rng.integers(1, len(shape) + 1)), replace=False)]
        keep = bool(rng.integers(2)) or len(axes) == len(shape)
        output = tuple(1 if d in axes else s for d, s in enumerate(shape) if keep or d not in axes)
        given = [a - len(shape) if rng.integers(3) == 0 else a for a in axes]
        zeros = [zero_point(rng) if kind is TensorType.INT8 else 0 for _ in range(2)]
        builder, first = Builder(), per_tensor(scale(rng), zeros[0])
        count = int(np.prod([shape[a] for a in axes]))
        ratio = float(rng.choice([1.0, 0.7, 3.0, 1.0 / count]))
        second = per_tensor(float(np.float32(first.scale[0] / ratio)), zeros[1])
        source = builder.tensor("input", shape, kind, quantization=first)
        target = builder.tensor("output", output, kind, quantization=first if "REDUCE" in opcode else second)
        builder.operator(opcode, [source, ints(builder, "axes", given)], [target], ReducerOptions(keep))
        return builder.build([source], [target])

    return build


REDUCTIONS = {opcode: reduce(opcode) for opcode in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")}


OF_INT16: dict[str, Callable[[Rng], bytes]] = {
    "ADD": binary("ADD", lambda rng: AddOptions(activation(rng), False), kind=TensorType.INT16),
    "AVERAGE_POOL_2D": random_s16.pool_2d("AVERAGE_POOL_2D"),
    "BATCH_MATMUL": partial(batch_matmul, kind=TensorType.INT16),
    "CONV_2D": partial(conv_2d, weigh=random_s16.weighted),
    "DEPTHWISE_CONV_2D": partial(depthwise_conv_2d, weigh=random_s16.weighted),
    "FULLY_CONNECTED": partial(fully_connected, weigh=random_s16.weighted),
    "MAX_POOL_2D": random_s16.pool_2d("MAX_POOL_2D"),
    "ABS": random_s16.unary("ABS"),
    "DEQUANTIZE": random_s16.dequantize,
    "LEAKY_RELU": random_s16.unary("LEAKY_RELU", leaky),
    "LOGISTIC": random_s16.unary("LOGISTIC", output=1 / 32768),
    "MAXIMUM": binary("MAXIMUM", None, same=True, kind=TensorType.INT16),
    "MEAN": reduce("MEAN", TensorType.INT16),
    "MINIMUM": binary("MINIMUM", None, same=True, kind=TensorType.INT16),
    "MUL": binary("MUL", lambda rng: ArithmeticOptions(activation(rng)), kind=TensorType.INT16),
    "PRELU": binary("PRELU", None, kind=TensorType.INT16),
    "QUANTIZE": random_s16.quantize,
    "RELU": random_s16.unary("RELU"),
    "RELU6": random_s16.unary("RELU6"),
    "SOFTMAX": random_s16.softmax,
    "SQUARED_DIFFERENCE": binary("SQUARED_DIFFERENCE", None, kind=TensorType.INT16),
    "SUM": reduce("SUM", TensorType.INT16),
    "TANH": random_s16.unary("TANH", output=1 / 32768),
    "TRANSPOSE_CONV": partial(transpose_conv, weigh=random_s16.weighted),
    "SUB": binary("SUB", lambda rng: ArithmeticOptions(activation(rng)), kind=TensorType.INT16),
}

MODELS: dict[str, Callable[[Rng], bytes]] = {
    **{f"{opcode} of int16": build for opcode, build in OF_INT16.items()},
    **STATEFUL,
    **REDUCTIONS,
    **LOOK_UPS,
    **PRODUCTS,
    **LOGIC,
    **ROWS,
    "TRANSPOSE_CONV": transpose_conv,
    **{opcode: partial(lambda make, rng: moving(rng, make), make) for opcode, make in MOVES.items()},
    "ABS": unary("ABS"),
    "ADD": binary("ADD", lambda rng: AddOptions(activation(rng), False)),
    "ADD_N": add_n,
    "AVERAGE_POOL_2D": pool_2d("AVERAGE_POOL_2D"),
    "CONV_2D": conv_2d,
    "CONV_2D of few": few_channels,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "DEQUANTIZE": dequantize,
    "ELU": unary("ELU"),
    "FULLY_CONNECTED": fully_connected,
    "HARD_SWISH": unary("HARD_SWISH"),
    "LEAKY_RELU": unary("LEAKY_RELU", options=leaky),
    "LOGISTIC": unary("LOGISTIC", output=(1 / 256, -128)),
    "MAXIMUM": binary("MAXIMUM", None, same=True),
    "MAX_POOL_2D": pool_2d("MAX_POOL_2D"),
    "MINIMUM": binary("MINIMUM", None, same=True),
    "PRELU": binary("PRELU", None),
    "RSQRT": unary("RSQRT", zero=-128),
    "SQUARED_DIFFERENCE": binary("SQUARED_DIFFERENCE", None),
    "MUL": binary("MUL", lambda rng: ArithmeticOptions(activation(rng))),
    "QUANTIZE": quantize,
    "RELU": unary("RELU"),
    "RELU6": unary("RELU6"),
    "RESHAPE": reshape,
    "SOFTMAX": softmax,
    "SUB": binary("SUB", lambda rng: ArithmeticOptions(activation(rng))),
    "TANH": unary("TANH", output=(1 / 128, 0)),
}

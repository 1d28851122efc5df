"""What random models are made of: shapes, scales, windows, values. Extremes are drawn often."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from model_builder import Builder, per_tensor

from platformio_tinyml.model import Activation, Options, Padding, TensorType

ACTIVATIONS = (Activation.NONE, Activation.RELU, Activation.RELU6, Activation.RELU_N1_TO_1)

Rng = np.random.Generator

Built = tuple[str, list[int], list[tuple[int, ...]], Options | None, int]
"""Opcode, inputs, shapes of the outputs, options, how many inputs are computed."""


def zero_point(rng: Rng) -> int:
    return int(rng.choice([-128, -127, 0, 3, 127, rng.integers(-128, 128)]))


def scale(rng: Rng) -> float:
    """Any, or one that puts RELU6's bound halfway between two integers."""
    halfway = 12 / (2 * int(rng.integers(60)) + 1)
    return float(np.float32(rng.choice([2.0 ** rng.uniform(-12, 4), 2.0 ** rng.uniform(-12, 4), halfway])))


def activation(rng: Rng) -> Activation:
    return ACTIVATIONS[rng.integers(4)]


def values(rng: Rng, shape: tuple[int, ...], kind: TensorType = TensorType.INT8) -> np.ndarray:
    """Weights: random, or all at one end."""
    dtype = {TensorType.INT8: np.int8, TensorType.INT16: np.int16}[kind]
    most = np.iinfo(dtype).max
    extremes = {0: -most - 1, 1: -most, 2: most}
    which = rng.integers(12)
    if which in extremes:
        return np.full(shape, extremes[which], dtype)
    return rng.integers(-most, most + 1, shape).astype(dtype)


def size(rng: Rng) -> int:
    return int(rng.choice([1, 2, 3, 4, 5, 7, 9, 12]))


def window(rng: Rng) -> tuple[Padding, tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Padding, filter size, strides, dilations."""

    def pair(choices: list[int]) -> tuple[int, int]:
        return int(rng.choice(choices)), int(rng.choice(choices))

    return Padding(int(rng.integers(2))), pair([1, 2, 3, 4, 5]), pair([1, 1, 2, 3, 5]), pair([1, 1, 1, 2, 3])


def output_size(padding: Padding, length: int, taps: int, stride: int, dilation: int) -> int:
    span = (taps - 1) * dilation + 1
    return -(-(length if padding is Padding.SAME else length - span + 1) // stride)


def spatial(rng: Rng, dilated: bool) -> tuple:
    """(batches, height, width), window and (output height, output width) that fit together."""
    while True:
        padding, taps, strides, dilations = window(rng)
        dilations = dilations if dilated else (1, 1)
        lengths = size(rng), size(rng)
        sizes = tuple(map(output_size, (padding,) * 2, lengths, taps, strides, dilations))
        if min(sizes) >= 1:
            return (int(rng.integers(1, 4)), *lengths), (padding, taps, strides, dilations), sizes


def shape_of(rng: Rng, rank: int | None = None) -> tuple[int, ...]:
    return tuple(int(rng.choice([1, 2, 3, 4, 6])) for _ in range(rank or int(rng.integers(1, 5))))


def ints(builder: Builder, name: str, values: Sequence[int]) -> int:
    return builder.tensor(name, (len(values),), TensorType.INT32, data=np.array(values, np.int32))


def moving(rng: Rng, make: Callable[[Rng, Builder, Callable[[tuple[int, ...]], int]], Built]) -> bytes:
    """Of int8 or float32, all of one quantization."""
    builder, sources = Builder(), []
    is_float = rng.integers(3) == 0
    kind, quantization = (TensorType.FLOAT32, None) if is_float else (TensorType.INT8, per_tensor(0.5, zero_point(rng)))

    def source(shape: tuple[int, ...]) -> int:
        constant = bool(sources) and rng.integers(4) == 0
        data = (values(rng, shape).astype(np.float32) if is_float else values(rng, shape)) if constant else None
        index = builder.tensor(f"input{len(sources)}", shape, kind, quantization=quantization, data=data)
        sources.append((index, constant))
        return index

    opcode, inputs, shapes, options, _ = make(rng, builder, source)
    outputs = [builder.tensor(f"output{n}", shape, kind, quantization=quantization) for n, shape in enumerate(shapes)]
    builder.operator(opcode, inputs, outputs, options)
    return builder.build([index for index, constant in sources if not constant], outputs)

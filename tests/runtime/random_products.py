"""Models of one operator that multiplies, interpolates or seeks the best; see random_models.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from model_builder import Builder, per_tensor
from random_parts import Rng, activation, ints, scale, shape_of, size, values, zero_point

from platformio_tinyml.model import BatchMatMulOptions, Padding, ResizeOptions, TensorType, TransposeConvOptions

FLOAT = TensorType.FLOAT32
Shape = tuple[int, ...]


def transposed(rng: Rng) -> tuple[TransposeConvOptions, Shape, Shape, Shape]:
    """Options, shapes of input, filter and output: of any size that the padding leads back from, and of others."""
    batches, height, width, depth = int(rng.integers(1, 3)), size(rng), size(rng), size(rng)
    taps, strides = [int(n) for n in rng.choice([1, 2, 3, 5], 2)], [int(n) for n in rng.choice([1, 2, 3], 2)]
    padding, outputs = Padding(int(rng.integers(2))), size(rng)
    if padding is Padding.SAME:
        sizes = [length * stride for length, stride in zip((height, width), strides, strict=True)]
    else:
        pairs = zip((height, width), strides, taps, strict=True)
        sizes = [length * stride + max(tap - stride, 0) for length, stride, tap in pairs]
    if rng.integers(4) == 0:
        sizes = [length + int(rng.integers(3)) for length in sizes]
    options = TransposeConvOptions(padding, *strides, activation(rng))
    return options, (batches, height, width, depth), (outputs, *taps, depth), (batches, *sizes, outputs)


def matrices(rng: Rng) -> tuple[BatchMatMulOptions, Shape, Shape, Shape]:
    """Options, shapes of both inputs and the output."""
    batches = shape_of(rng, int(rng.integers(0, 4))) if rng.integers(4) else ()
    rows, inner, columns = size(rng), int(rng.choice([1, 3, 8, 61])), size(rng)
    one, two = (tuple(n if rng.integers(3) else 1 for n in batches) for _ in range(2))
    two = two[int(rng.integers(len(two) + 1)) :]
    options = BatchMatMulOptions(bool(rng.integers(2)), bool(rng.integers(2)))
    left = (inner, rows) if options.adj_x else (rows, inner)
    right = (columns, inner) if options.adj_y else (inner, columns)
    output = np.broadcast_shapes(one, two)
    return options, (*one, *left), (*two, *right), (*output, rows, columns)


def batch_matmul(rng: Rng, kind: TensorType = TensorType.INT8) -> bytes:
    whole = kind is TensorType.INT16
    options, one, two, output = matrices(rng)
    builder, constant = Builder(), int(rng.integers(6))
    scales, inner = [scale(rng), scale(rng)], one[-2 if options.adj_x else -1]
    tensors = [
        builder.tensor(
            f"input{n}",
            shape,
            kind,
            quantization=per_tensor(scales[n], 0 if whole else zero_point(rng)),
            data=values(rng, shape).astype(np.int16 if whole else np.int8) * (257 if whole else 1)
            if constant == n
            else None,
        )
        for n, shape in enumerate((one, two))
    ]
    ratio = float(rng.choice([1 / (64 * np.sqrt(inner)), 1 / 64, 1.0, 2.0**-20, 2.0**5]))
    target = per_tensor(scales[0] * scales[1] / (ratio / 256 if whole else ratio), 0 if whole else zero_point(rng))
    result = builder.tensor("output", output, kind, quantization=target)
    builder.operator("BATCH_MATMUL", tensors, [result], options)
    return builder.build([index for n, index in enumerate(tensors) if n != constant], [result])


def resized(rng: Rng) -> tuple[ResizeOptions, Shape, list[int]]:
    """Options, shape of the input, new height and width."""
    options = [ResizeOptions(False, False), ResizeOptions(True, False), ResizeOptions(False, True)][rng.integers(3)]
    return options, shape_of(rng, 4), [int(n) for n in rng.choice([1, 2, 3, 4, 5, 8, 12, 31], 2)]


def resize_bilinear(rng: Rng) -> bytes:
    options, shape, new = resized(rng)
    builder, quantization = Builder(), per_tensor(0.5, zero_point(rng))
    source = builder.tensor("input", shape, quantization=quantization)
    output = builder.tensor("output", (shape[0], *new, shape[3]), quantization=quantization)
    builder.operator("RESIZE_BILINEAR", [source, ints(builder, "size", new)], [output], options)
    return builder.build([source], [output])


def arg(opcode: str, kind: TensorType = TensorType.INT8) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        builder, shape = Builder(), shape_of(rng)
        axis = int(rng.integers(len(shape)))
        given = builder.tensor(
            "axis", (), TensorType.INT32, data=np.array([axis - len(shape) * rng.integers(2)], np.int32)
        )
        source = builder.tensor("input", shape, kind, quantization=None if kind is FLOAT else per_tensor(0.5))
        output = builder.tensor("output", (*shape[:axis], *shape[axis + 1 :]), TensorType.INT32)
        builder.operator(opcode, [source, given], [output])
        return builder.build([source], [output])

    return build


PRODUCTS = {
    "ARG_MAX": arg("ARG_MAX"),
    "ARG_MIN": arg("ARG_MIN"),
    "BATCH_MATMUL": batch_matmul,
    "RESIZE_BILINEAR": resize_bilinear,
}

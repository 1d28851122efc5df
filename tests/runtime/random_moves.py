"""Models of one operator that only moves elements, as random_models.py: functions for random_parts.moving."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from model_builder import Builder
from random_gathers import GATHERS
from random_parts import (
    Built,
    Rng,
    ints,
    shape_of,
)

from platformio_tinyml.model import (
    Activation,
    AxisOptions,
    ConcatenationOptions,
    StridedSliceOptions,
    TensorType,
)


def concatenation(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, count = shape_of(rng), int(rng.integers(1, 5))
    axis = int(rng.integers(-len(shape), len(shape)))
    lengths = [int(rng.integers(1, 5)) for _ in range(count)]

    def along(length: int) -> tuple[int, ...]:
        return tuple(length if d == axis % len(shape) else size for d, size in enumerate(shape))

    inputs = [source(along(length)) for length in lengths]
    return "CONCATENATION", inputs, [along(sum(lengths))], ConcatenationOptions(axis, Activation.NONE), count


def pack(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, count = shape_of(rng, int(rng.integers(1, 4))), int(rng.integers(1, 5))
    axis = int(rng.integers(-len(shape) - 1, len(shape) + 1))
    at = axis % (len(shape) + 1)
    output = (*shape[:at], count, *shape[at:])
    return "PACK", [source(shape) for _ in range(count)], [output], AxisOptions(axis), count


def unpack(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng, int(rng.integers(2, 5)))
    axis = int(rng.integers(-len(shape), len(shape)))
    at = axis % len(shape)
    return "UNPACK", [source(shape)], [(*shape[:at], *shape[at + 1 :])] * shape[at], AxisOptions(axis), 1


def split(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, count = shape_of(rng), int(rng.integers(1, 4))
    axis = int(rng.integers(-len(shape), len(shape)))
    at = axis % len(shape)
    whole = tuple(size * count if d == at else size for d, size in enumerate(shape))
    axes = builder.tensor("axis", (), TensorType.INT32, data=np.array([axis], np.int32))
    return "SPLIT", [axes, source(whole)], [shape] * count, None, 1


def split_v(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, lengths = shape_of(rng), [int(rng.integers(1, 4)) for _ in range(int(rng.integers(1, 4)))]
    axis = int(rng.integers(-len(shape), len(shape)))
    at = axis % len(shape)
    parts = [tuple(length if d == at else size for d, size in enumerate(shape)) for length in lengths]
    whole = tuple(sum(lengths) if d == at else size for d, size in enumerate(shape))
    axes = builder.tensor("axis", (), TensorType.INT32, data=np.array([axis], np.int32))
    return "SPLIT_V", [source(whole), ints(builder, "sizes", lengths), axes], parts, None, 1


def slicing(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    begin = [int(rng.integers(size)) for size in shape]
    sizes = [int(rng.integers(1, size - b + 1)) for size, b in zip(shape, begin, strict=True)]
    given = [-1 if s + b == whole and rng.integers(2) else s for s, b, whole in zip(sizes, begin, shape, strict=True)]
    inputs = [source(shape), ints(builder, "begin", begin), ints(builder, "size", given)]
    return "SLICE", inputs, [tuple(sizes)], None, 1


def strided_slice(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    begin, end, strides, output, masks = [], [], [], [], [0, 0, 0]
    for d, length in enumerate(shape):
        stride = int(rng.choice([1, 1, 2, 3, -1, -2]))
        bounds = int(rng.integers(-length - 2, length + 3)), int(rng.integers(-length - 2, length + 3))
        flags = [int(rng.integers(3) == 0), int(rng.integers(3) == 0), int(rng.integers(5) == 0)]
        if flags[2]:
            stride, bounds, flags = 1, (int(rng.integers(-length, length)), bounds[1]), [0, flags[1], 1]
        chosen = range(length)[slice(None if flags[0] else bounds[0], None if flags[1] else bounds[1], stride)]
        if not flags[2] and not len(chosen):
            stride, flags, chosen = 1, [1, 1, 0], range(length)
        masks = [mask | flag << d for mask, flag in zip(masks, flags, strict=True)]
        begin.append(bounds[0])
        end.append(bounds[1])
        strides.append(stride)
        output += [] if flags[2] else [len(chosen)]
    given = [ints(builder, name, each) for name, each in (("begin", begin), ("end", end), ("strides", strides))]
    options = StridedSliceOptions(masks[0], masks[1], 0, 0, masks[2], False)
    return "STRIDED_SLICE", [source(shape), *given], [tuple(output)], options, 1


def transpose(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    order = [int(axis) for axis in rng.permutation(len(shape))]
    return "TRANSPOSE", [source(shape), ints(builder, "order", order)], [tuple(shape[a] for a in order)], None, 1


def pad(opcode: str) -> Callable:
    def make(rng: Rng, builder: Builder, source: Callable) -> Built:
        shape = shape_of(rng)
        pairs = rng.integers(0, 3, (len(shape), 2))
        output = tuple(int(size + pair.sum()) for size, pair in zip(shape, pairs, strict=True))
        data = source(shape)
        inputs = [data, builder.tensor("paddings", pairs.shape, TensorType.INT32, data=pairs.astype(np.int32))]
        if opcode == "PADV2":
            tensor = builder.tensors[data]
            kind = np.float32 if tensor.quantization is None else np.int8
            code = TensorType.FLOAT32 if tensor.quantization is None else TensorType.INT8
            value = np.array([rng.integers(-128, 128)]).astype(kind)
            inputs.append(builder.tensor("value", (1,), code, quantization=tensor.quantization, data=value))
        return opcode, inputs, [output], None, 1

    return make


MOVES = {
    "CONCATENATION": concatenation,
    "PACK": pack,
    "PAD": pad("PAD"),
    "PADV2": pad("PADV2"),
    "SLICE": slicing,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
    **GATHERS,
}

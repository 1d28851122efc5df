"""Models of one operator that compares, selects, or goes along an axis; see random_models.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from model_builder import Builder, per_tensor
from random_parts import Rng, activation, ints, scale, shape_of, values, zero_point
from tflm_oracle import DTYPES

from platformio_tinyml.model import Activation, ArithmeticOptions, CumsumOptions, ReducerOptions, TensorType

PAIRS = [
    ((2, 3, 4), (2, 3, 4)),
    ((1, 5, 6, 3), (3,)),
    ((4,), (2, 3, 4)),
    ((2, 1, 4, 1), (1, 3, 1, 5)),
    ((1, 1, 1, 1), (2, 3, 1, 5)),
    ((7,), (1,)),
]


def tensor(builder: Builder, rng: Rng, name: str, shape: tuple[int, ...], kind: str, *, constant: bool = False) -> int:
    """Of int8 with a scale below 1, or of another type; a constant's values are few, so that some are equal."""
    low, high = {"INT8": (-128, 128), "BOOL": (0, 2)}.get(kind, (0, 3))
    data = rng.integers(low, high, shape).astype(DTYPES[kind]) if constant else None
    quantization = per_tensor(min(scale(rng), 0.9), zero_point(rng)) if kind == "INT8" else None
    return builder.tensor(name, shape, TensorType[kind], quantization=quantization, data=data)


def compare(opcode: str, *kinds: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        builder, kind, constant = Builder(), str(rng.choice(kinds)), int(rng.integers(6))
        shapes = PAIRS[rng.integers(len(PAIRS))]
        inputs = [
            tensor(builder, rng, f"input{n}", shape, kind, constant=constant == n) for n, shape in enumerate(shapes)
        ]
        output = builder.tensor("output", np.broadcast_shapes(*shapes), TensorType.BOOL)
        builder.operator(opcode, inputs, [output])
        return builder.build([index for n, index in enumerate(inputs) if n != constant], [output])

    return build


def select_v2(rng: Rng) -> bytes:
    builder, constant = Builder(), int(rng.integers(6))
    shapes = [PAIRS[rng.integers(3)][0]] * 3
    shapes = [tuple(size if rng.integers(3) else 1 for size in shape)[int(rng.integers(2)) :] for shape in shapes]
    kind, quantization = (
        (TensorType.FLOAT32, None) if rng.integers(3) == 0 else (TensorType.INT8, per_tensor(0.5, zero_point(rng)))
    )
    condition = tensor(builder, rng, "condition", shapes[0], "BOOL", constant=constant == 0)
    data = [values(rng, shape).astype(np.int8 if quantization else np.float32) for shape in shapes]
    inputs = [
        builder.tensor(f"input{n}", shapes[n], kind, quantization=quantization, data=data[n] if constant == n else None)
        for n in (1, 2)
    ]
    output = builder.tensor("output", np.broadcast_shapes(*shapes), kind, quantization=quantization)
    builder.operator("SELECT_V2", [condition, *inputs], [output])
    return builder.build([index for n, index in enumerate([condition, *inputs]) if n != constant], [output])


def logical_not(rng: Rng) -> bytes:
    builder, shape = Builder(), shape_of(rng)
    source, output = (builder.tensor(name, shape, TensorType.BOOL) for name in ("input", "output"))
    builder.operator("LOGICAL_NOT", [source], [output])
    return builder.build([source], [output])


def div(rng: Rng) -> bytes:
    """By constants that are not 0, and at scales where TFLM's shifts stay below 32."""
    builder = Builder()
    shapes = PAIRS[rng.integers(len(PAIRS))]
    scales, zero = [scale(rng), scale(rng)], zero_point(rng)
    divisors = np.where((data := values(rng, shapes[1])) == zero, np.int8(zero - 1 if zero > -128 else 1), data)
    one = builder.tensor("input", shapes[0], quantization=per_tensor(scales[0], zero_point(rng)))
    two = builder.tensor("divisors", shapes[1], quantization=per_tensor(scales[1], zero), data=divisors.astype(np.int8))
    ratio = float(rng.choice([70.0, 300.0, 5000.0]))
    target = per_tensor(float(np.float32(scales[0] / scales[1] / ratio)), zero_point(rng))
    output = builder.tensor("output", np.broadcast_shapes(*shapes), quantization=target)
    builder.operator("DIV", [one, two], [output], ArithmeticOptions(activation(rng)))
    return builder.build([one], [output])


def rows(opcode: str, output: tuple[float, int]) -> Callable[[Rng], bytes]:
    """Over the last dimension, with an output whose quantization is fixed."""

    def build(rng: Rng) -> bytes:
        builder = Builder()
        shape = (*shape_of(rng, int(rng.integers(4))), int(rng.choice([1, 2, 7, 30, 200])))
        source = builder.tensor("input", shape, quantization=per_tensor(scale(rng), zero_point(rng)))
        target = builder.tensor("output", shape, quantization=per_tensor(*output))
        options = ArithmeticOptions(Activation.NONE) if opcode == "L2_NORMALIZATION" else None
        builder.operator(opcode, [source], [target], options)
        return builder.build([source], [target])

    return build


def cumsum(rng: Rng) -> bytes:
    builder, shape = Builder(), shape_of(rng)
    axis = ints(builder, "axis", [int(rng.integers(-len(shape), len(shape)))])
    first = per_tensor(scale(rng), zero_point(rng))
    source = builder.tensor("input", shape, quantization=first)
    target = per_tensor(first.scale[0] * float(rng.choice([1.0, 3.0, 0.5])), zero_point(rng))
    output = builder.tensor("output", shape, quantization=target)
    builder.operator("CUMSUM", [source, axis], [output], CumsumOptions(bool(rng.integers(2)), bool(rng.integers(2))))
    return builder.build([source], [output])


def reduce_all(rng: Rng) -> bytes:
    builder, shape = Builder(), shape_of(rng)
    axes = [int(a) for a in rng.choice(len(shape), int(rng.integers(1, len(shape) + 1)), replace=False)]
    keep = bool(rng.integers(2)) or len(axes) == len(shape)
    output = tuple(1 if d in axes else s for d, s in enumerate(shape) if keep or d not in axes)
    source, target = builder.tensor("input", shape, TensorType.BOOL), builder.tensor("output", output, TensorType.BOOL)
    builder.operator("REDUCE_ALL", [source, ints(builder, "axes", axes)], [target], ReducerOptions(keep))
    return builder.build([source], [target])


LOGIC = {
    **{opcode: compare(opcode, "INT8", "BOOL", "INT32", "INT64", "FLOAT32") for opcode in ("EQUAL", "NOT_EQUAL")},
    **{
        opcode: compare(opcode, "INT8", "INT32", "INT64", "FLOAT32")
        for opcode in ("GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")
    },
    **{opcode: compare(opcode, "BOOL") for opcode in ("LOGICAL_AND", "LOGICAL_OR")},
    "CUMSUM": cumsum,
    "DIV": div,
    "REDUCE_ALL": reduce_all,
    "SELECT_V2": select_v2,
}
"""Operators that claim no overlap, or seldom one."""

ROWS = {
    "L2_NORMALIZATION": rows("L2_NORMALIZATION", (1 / 128, 0)),
    "LOGICAL_NOT": logical_not,
    "LOG_SOFTMAX": rows("LOG_SOFTMAX", (1 / 16, 127)),
}
"""Operators whose output may take its input's place."""

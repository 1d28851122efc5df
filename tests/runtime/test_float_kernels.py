"""Float kernels against TFLM: equal to the bit where only sums and products are made, else within a bound."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder
from program_runner import run_program
from random_parts import Rng, activation, ints, shape_of, size, spatial
from random_products import arg, matrices, resized, transposed
from tflm_oracle import Oracle

from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    Conv2DOptions,
    CumsumOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    LeakyReluOptions,
    Options,
    Pool2DOptions,
    ReducerOptions,
    SoftmaxOptions,
    TensorType,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.operators.f32.unary import KINDS
from platformio_tinyml.tflite import read_model

SEEDS = 40
BEYOND_TFLM = ("GELU", "RELU_N1_TO_1")  # test_of_tensorflow_lite.py, test_beyond_tflm.py
"""test_beyond_tflm.py."""
FLOAT = TensorType.FLOAT32
INEXACT = {
    **dict.fromkeys(("LOGISTIC", "TANH", "EXP", "SQRT", "ELU", "LOG", "SIN", "COS"), 4e-7),
    "RSQRT": 6e-7,
    "L2_POOL_2D": 5e-7,
    **dict.fromkeys(("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"), 1e-6),
}
"""Largest difference: relative, or absolute below 1."""
POSITIVE = ("SQRT", "RSQRT", "DIV", "LOG")


def values(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    return (rng.standard_normal(shape) * rng.choice([0.1, 1.0, 10.0])).astype(np.float32)


def built(rng: Rng, opcode: str, shapes: list, constants: list, output: tuple, options: Options | None) -> bytes:
    """Computed inputs, then constants, then one output; a constant of None is omitted."""
    builder = Builder()
    sources = [builder.tensor(f"input{n}", shape, FLOAT) for n, shape in enumerate(shapes)]
    given = [
        -1 if c is None else builder.tensor(f"constant{n}", c.shape, FLOAT, data=c) for n, c in enumerate(constants)
    ]
    target = builder.tensor("output", output, FLOAT)
    builder.operator(opcode, [*sources, *given], [target], options)
    return builder.build(sources, [target])


def filters(rng: Rng, opcode: str) -> bytes:
    (batches, height, width), (padding, taps, strides, dilations), sizes = spatial(rng, dilated=True)
    depth, outputs = size(rng), size(rng)
    act = activation(rng)
    if opcode == "CONV_2D":
        filter_, bias, options = (outputs, *taps, depth), outputs, Conv2DOptions(padding, *strides, *dilations, act)
    else:
        multiplier = int(rng.integers(1, 4))
        outputs = bias = depth * multiplier
        filter_ = (1, *taps, outputs)
        options = DepthwiseConv2DOptions(padding, *strides, *dilations, multiplier, act)
    constants = [values(rng, filter_), values(rng, (bias,))]
    return built(rng, opcode, [(batches, height, width, depth)], constants, (batches, *sizes, outputs), options)


def dense(rng: Rng, opcode: str) -> bytes:
    batches, depth, outputs = size(rng), int(rng.choice([1, 3, 16, 61, 300])), size(rng)
    bias = values(rng, (outputs,)) if rng.integers(4) else None
    options = FullyConnectedOptions(activation(rng), 0, False)
    return built(rng, opcode, [(batches, depth)], [values(rng, (outputs, depth)), bias], (batches, outputs), options)


def pool(rng: Rng, opcode: str) -> bytes:
    (batches, height, width), (padding, taps, strides, _), sizes = spatial(rng, dilated=False)
    depth = size(rng)
    options = Pool2DOptions(padding, *strides, *taps, activation(rng))
    return built(rng, opcode, [(batches, height, width, depth)], [], (batches, *sizes, depth), options)


def transpose_conv(rng: Rng, opcode: str) -> bytes:
    options, shape, filter_, output = transposed(rng)
    builder = Builder()
    source, target = builder.tensor("input", shape, FLOAT), builder.tensor("output", output, FLOAT)
    constants = [values(rng, filter_), *([values(rng, filter_[:1])] if rng.integers(2) else [])]
    weights, *bias = (builder.tensor(f"constant{n}", c.shape, FLOAT, data=c) for n, c in enumerate(constants))
    builder.operator(opcode, [ints(builder, "shape", output), weights, source, *bias], [target], options)
    return builder.build([source], [target])


def matmul(rng: Rng, opcode: str) -> bytes:
    options, one, two, output = matrices(rng)
    if len(output) > 5:
        return matmul(rng, opcode)
    if rng.integers(3) == 0:
        return built(rng, opcode, [one], [values(rng, two)], output, options)
    return built(rng, opcode, [one, two], [], output, options)


def resize(rng: Rng, opcode: str) -> bytes:
    options, shape, new = resized(rng)
    builder = Builder()
    source = builder.tensor("input", shape, FLOAT)
    target = builder.tensor("output", (shape[0], *new, shape[3]), FLOAT)
    builder.operator(opcode, [source, ints(builder, "size", new)], [target], options)
    return builder.build([source], [target])


def unary(rng: Rng, opcode: str) -> bytes:
    shape, options = (3, 200), None
    if opcode == "LEAKY_RELU":
        options = LeakyReluOptions(float(np.float32(rng.choice([0.1, 0.3, -0.5]))))
    if opcode == "L2_NORMALIZATION":
        options = ArithmeticOptions(Activation.NONE)
    if opcode == "SOFTMAX":
        options = SoftmaxOptions(float(rng.choice([1.0, 0.5])))
    return built(rng, opcode, [shape], [], shape, options)


def binary(rng: Rng, opcode: str) -> bytes:
    pairs = [((2, 3, 4), (2, 3, 4)), ((1, 5, 6, 3), (3,)), ((4,), (2, 3, 4)), ((2, 1, 4, 1), (1, 3, 1, 5))]
    one, two = pairs[rng.integers(len(pairs))]
    options = None
    if opcode == "ADD":
        options = AddOptions(activation(rng), False)
    elif opcode in ("SUB", "MUL", "DIV"):
        options = ArithmeticOptions(activation(rng))
    output = np.broadcast_shapes(one, two)
    if rng.integers(2):
        return built(rng, opcode, [one], [np.abs(values(rng, two)) + np.float32(0.1)], output, options)
    return built(rng, opcode, [one, two], [], output, options)


def floored(rng: Rng, opcode: str) -> bytes:
    """Quotients of all sizes, many of them whole or nearly so."""
    shape = (4, 300)
    divisor = values(rng, shape) * np.exp2(rng.integers(-60, 60, shape)).astype(np.float32)
    if rng.integers(2):
        divisor = (np.round(rng.standard_normal(shape) * 9) + np.float32(0.5)).astype(np.float32)
    constant = [divisor, divisor[0, :1]][rng.integers(2)]
    return built(rng, opcode, [shape], [np.where(constant == 0, np.float32(3), constant)], shape, None)


def add_n(rng: Rng, opcode: str) -> bytes:
    shape, computed = (2, 9), int(rng.integers(1, 9))
    constants = [values(rng, shape) for _ in range(int(rng.integers(0 if computed > 1 else 1, 9 - computed or 1)))]
    return built(rng, opcode, [shape] * computed, constants, shape, None)


def reduce(rng: Rng, opcode: str) -> bytes:
    shape = shape_of(rng, int(rng.integers(1, 5)))
    axes = [int(a) for a in rng.choice(len(shape), int(rng.integers(1, len(shape) + 1)), replace=False)]
    keep = bool(rng.integers(2)) or len(axes) == len(shape)
    output = tuple(1 if d in axes else s for d, s in enumerate(shape) if keep or d not in axes)
    builder = Builder()
    source, target = builder.tensor("input", shape, FLOAT), builder.tensor("output", output, FLOAT)
    builder.operator(opcode, [source, ints(builder, "axes", axes)], [target], ReducerOptions(keep))
    return builder.build([source], [target])


def cumsum(rng: Rng, opcode: str) -> bytes:
    builder, shape = Builder(), shape_of(rng)
    axis = ints(builder, "axis", [int(rng.integers(-len(shape), len(shape)))])
    source, target = builder.tensor("input", shape, FLOAT), builder.tensor("output", shape, FLOAT)
    builder.operator(opcode, [source, axis], [target], CumsumOptions(bool(rng.integers(2)), bool(rng.integers(2))))
    return builder.build([source], [target])


MODELS = {
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), filters),
    "FULLY_CONNECTED": dense,
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"), pool),
    **dict.fromkeys(
        (*(kind for kind in KINDS if kind not in BEYOND_TFLM), "SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"), unary
    ),
    "ARG_MAX": lambda rng, opcode: arg(opcode, FLOAT)(rng),
    "ARG_MIN": lambda rng, opcode: arg(opcode, FLOAT)(rng),
    "BATCH_MATMUL": matmul,
    "RESIZE_BILINEAR": resize,
    "TRANSPOSE_CONV": transpose_conv,
    **dict.fromkeys(("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "PRELU"), binary),
    "CUMSUM": cumsum,
    **dict.fromkeys(("FLOOR_DIV", "FLOOR_MOD"), floored),
    "ADD_N": add_n,
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), reduce),
}


@pytest.mark.parametrize("opcode", MODELS)
def test_equal_to_tflm(opcode: str) -> None:
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        data = MODELS[opcode](rng, opcode)
        model = read_model(data, "random")
        assert check_model(model) == ()
        oracle, program = Oracle(data, model), lower_model(model)
        inputs = [values(rng, model.tensors[index].shape) for index in model.inputs]
        inputs = [np.abs(each) + np.float32(0.01) if opcode in POSITIVE else each for each in inputs]
        oracle.run(inputs)
        expected, found = (
            np.frombuffer(each, np.float32)
            for each in (oracle.tensor(model.outputs[0]), run_program(program, inputs)[model.outputs[0]])
        )
        if opcode in INEXACT:
            difference = np.abs(expected - found) / np.maximum(1, np.abs(expected))
            assert np.max(difference) <= INEXACT[opcode], f"seed {seed}"
        else:
            assert expected.tobytes() == found.tobytes(), f"seed {seed}"


def hard_quotients(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Of any two floats, of numbers next to a multiple of the divisor, and of all that is special."""
    count = 20_000
    bits = rng.integers(0, 1 << 32, (2, count), np.uint32)
    x, y = (each.view(np.float32) for each in bits)
    close = (rng.integers(1, 1 << 24, count) / np.exp2(rng.integers(0, 24, count))).astype(np.float32)
    factor = np.exp2(rng.uniform(0, 54, count)).round()
    near = np.nextafter((close * factor).astype(np.float32), np.float32(rng.choice([-np.inf, np.inf])))
    halves = ((rng.integers(1, 1 << 24, count) + 0.5) * close).astype(np.float32)
    special = np.float32([0, -0.0, 1, -1, np.inf, -np.inf, 1e-45, -1e-45, 3.4e38, 1.1754944e-38, 16777216, 0.1])
    one, other = (each.ravel() for each in np.meshgrid(special, special))
    signs = rng.choice(np.float32([-1, 1]), count)
    x = np.concatenate([x, near * signs, halves * signs, (close * factor).astype(np.float32), one])
    y = np.concatenate([y, close, close, close * signs, other])
    return x, y


@pytest.mark.parametrize("opcode", ["FLOOR_DIV", "FLOOR_MOD"])
def test_quotients_of_double(opcode: str) -> None:
    """TFLM divides in double, and fmod is exact; both as numpy has them."""
    for seed in range(5):
        x, y = hard_quotients(np.random.default_rng(seed))
        builder = Builder()
        sources = [builder.tensor(f"input{n}", x.shape, FLOAT) for n in range(2)]
        target = builder.tensor("output", x.shape, FLOAT)
        builder.operator(opcode, sources, [target])
        program = lower_model(read_model(builder.build(sources, [target]), "net"))
        found = np.frombuffer(run_program(program, [x, y])[target], np.float32)
        with np.errstate(all="ignore"):
            expected = np.floor(x.astype(np.float64) / y.astype(np.float64)).astype(np.float32)
            if opcode == "FLOOR_MOD":
                left = np.fmod(x, y)
                expected = np.where((left != 0) & ((y < 0) != (left < 0)), left + y, left)
        same = (found.view(np.uint32) == expected.view(np.uint32)) | (np.isnan(found) & np.isnan(expected))
        assert same.all(), [(a.hex(), b.hex()) for a, b in zip(x[~same], y[~same], strict=True)][:5]


SMALL = (1e-45, -1e-45, 3e-39, -3e-39, 1.1754944e-38)
LARGE = (3.1e38, 3.4028235e38, -3.4028235e38, 1e19, -1e19, np.inf, -np.inf, np.nan)
SPECIAL = np.float32([0, -0.0, 1, -1, -3.5, 0.25, 88, -88, 127, -200, 16, *SMALL, *LARGE])


@pytest.mark.parametrize("opcode", sorted(set(KINDS) - {*BEYOND_TFLM}))
def test_special_values(opcode: str) -> None:
    """Below 0, next to it, next to the ends, and no numbers: as TFLM, to the bound of the operator."""
    builder = Builder()
    source, target = (builder.tensor(name, SPECIAL.shape, FLOAT) for name in ("input", "output"))
    builder.operator(opcode, [source], [target], LeakyReluOptions(0.25) if opcode == "LEAKY_RELU" else None)
    data = builder.build([source], [target])
    model = read_model(data, "special")
    oracle = Oracle(data, model)
    oracle.run([SPECIAL])
    expected = np.frombuffer(oracle.tensor(target), np.float32)
    found = np.frombuffer(run_program(lower_model(model), [SPECIAL])[target], np.float32)
    with np.errstate(all="ignore"):
        close = np.abs(expected - found) <= INEXACT.get(opcode, 0) * np.maximum(1, np.abs(expected))
    same = close | (expected == found) | (np.isnan(expected) & np.isnan(found))
    if opcode in ("SIN", "COS"):  # not a number beyond: docs/operators.md
        same |= (np.abs(SPECIAL) > 10_000) & np.isnan(found)
    assert same.all(), [(float(a), float(b), float(c)) for a, b, c in zip(SPECIAL, expected, found, strict=True)]

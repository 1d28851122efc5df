"""Operators that converters write and TFLM lacks, of a type or at all: the bytes of TensorFlow Lite's kernels."""

from __future__ import annotations

import numpy as np
import pytest
from litert_oracle import run_litert
from model_builder import Builder, per_channel, per_tensor
from program_runner import CORES, run_program
from random_models import reduce
from random_parts import Rng, ints, zero_point
from tflm_oracle import random_inputs

from platformio_tinyml.model import (
    Activation,
    FullyConnectedOptions,
    GeluOptions,
    Options,
    Padding,
    TensorType,
    TransposeConvOptions,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model

SEEDS = 40
EVERY = {"INT8": np.arange(-128, 128).astype(np.int8), "INT16": np.arange(-32768, 32768).astype(np.int16)}
FORMS: dict[str, Options | None] = {
    "EXP": None,
    "LOG": None,
    "SQRT": None,
    "GELU": GeluOptions(False),
    "GELU approximate": GeluOptions(True),
}


def unary(rng: Rng, form: str, kind: str) -> tuple[Builder, int]:
    """One operator; inputs reach from -8 to 8 or so."""
    builder, whole = Builder(), kind == "INT16"
    steps = 32768 if whole else 128
    zero = 0 if whole else -128 if form == "SQRT" else zero_point(rng)
    reach, target = float(2.0 ** rng.uniform(-3, 3)), float(2.0 ** rng.uniform(-3, 5))
    scales = [float(np.float32(each / steps)) for each in (reach, target)]
    source = builder.tensor("input", EVERY[kind].shape, TensorType[kind], quantization=per_tensor(scales[0], zero))
    points = per_tensor(scales[1], 0 if whole else zero_point(rng))
    output = builder.tensor("output", EVERY[kind].shape, TensorType[kind], quantization=points)
    builder.operator(form.split()[0], [source], [output], FORMS[form])
    return builder, output


@pytest.mark.parametrize(
    ("form", "kind"), [(form, kind) for form in FORMS for kind in EVERY if (form, kind) != ("SQRT", "INT16")]
)
def test_every_value(form: str, kind: str) -> None:
    for seed in range(SEEDS if kind == "INT8" else 5):
        builder, output = unary(np.random.default_rng(seed), form, kind)
        data = builder.build([0], [output])
        model = read_model(data, "m")
        assert check_model(model) == ()
        inputs = EVERY[kind]
        expected = run_litert(data, [inputs])
        assert expected is not None
        for core in CORES:
            assert [run_program(lower_model(model), [inputs], core)[output]] == expected, f"{core}, seed {seed}"


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_of_floats(approximate: bool) -> None:
    builder, values = Builder(), np.linspace(-12, 12, 20_001).astype(np.float32)
    source, output = (builder.tensor(name, values.shape, TensorType.FLOAT32) for name in ("input", "output"))
    builder.operator("GELU", [source], [output], GeluOptions(approximate))
    data = builder.build([source], [output])
    expected = run_litert(data, [values])
    assert expected is not None
    found = np.frombuffer(run_program(lower_model(read_model(data, "m")), [values])[output], np.float32)
    error = np.abs(found - np.frombuffer(expected[0], np.float32)) / np.maximum(1, np.abs(values))
    assert error.max() < 5e-7


@pytest.mark.parametrize("kind", ["INT8", "FLOAT32", "INT32"])
@pytest.mark.parametrize("condition", [(2, 3, 5), (1,), ()])
def test_select(kind: str, condition: tuple[int, ...]) -> None:
    rng, builder, shape = np.random.default_rng(1), Builder(), (1, 3, 5) if condition == (1,) else (2, 3, 5)
    quantization = per_tensor(0.5, 3) if kind == "INT8" else None
    which = builder.tensor("condition", condition, TensorType.BOOL)
    sources = [builder.tensor(f"input{n}", shape, TensorType[kind], quantization=quantization) for n in (1, 2)]
    output = builder.tensor("output", shape, TensorType[kind], quantization=quantization)
    builder.operator("SELECT", [which, *sources], [output])
    data = builder.build([which, *sources], [output])
    model = read_model(data, "m")
    assert check_model(model) == ()
    inputs = [rng.integers(0, 2, condition).astype(np.bool_)]
    inputs += [rng.integers(-100, 100, shape).astype(kind.lower()) for _ in range(2)]
    assert [run_program(lower_model(model), inputs)[output]] == run_litert(data, inputs)


@pytest.mark.parametrize("opcode", ["REDUCE_MAX", "REDUCE_MIN"])
def test_extremes_of_int16(opcode: str) -> None:
    for seed in range(10):
        data = reduce(opcode, TensorType.INT16)(np.random.default_rng(seed))
        model = read_model(data, "m")
        assert check_model(model) == ()
        inputs = random_inputs(model, np.random.default_rng(seed))
        assert [run_program(lower_model(model), inputs)[model.outputs[0]]] == run_litert(data, inputs)


def test_weights_of_float16() -> None:
    """As float32, with the outputs of the same network that was never of float16."""
    builder, rng = Builder(), np.random.default_rng(1)
    weights = (rng.standard_normal((3, 4)) * 10.0 ** rng.integers(-7, 3, (3, 4))).astype(np.float16)
    x, y, whole = (builder.tensor(n, s, TensorType.FLOAT32) for n, s in (("x", (1, 4)), ("y", (1, 3)), ("w", (3, 4))))
    half = builder.tensor("half", (3, 4), TensorType.FLOAT16, data=weights)
    builder.operator("DEQUANTIZE", [half], [whole])
    builder.operator("FULLY_CONNECTED", [x, whole, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    data = builder.build([x], [y])
    values, model = rng.standard_normal((1, 4)).astype(np.float32), read_model(data, "m")
    expected = run_litert(data, [values])
    assert expected is not None
    for each in (model, simplify(model).model):
        assert check_model(each) == ()
        found = np.frombuffer(run_program(lower_model(each), [values])[y], np.float32)
        assert np.allclose(found, np.frombuffer(expected[0], np.float32), rtol=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_weights_of_int8_where_kernels_are_float(count: int) -> None:
    """Conv2DTranspose with the dynamic range; scales of the whole filter, or of each output channel."""
    rng, builder = np.random.default_rng(1), Builder()
    scales = [0.02, 0.5, 0.003][:count]
    weights = rng.integers(-127, 128, (3, 2, 2, 4)).astype(np.int8)
    filter_ = builder.tensor("filter", weights.shape, quantization=per_channel(scales), data=weights)
    x, y = (builder.tensor(n, s, TensorType.FLOAT32) for n, s in (("x", (1, 3, 3, 4)), ("y", (1, 6, 6, 3))))
    shape = ints(builder, "shape", [1, 6, 6, 3])
    options = TransposeConvOptions(Padding.SAME, 2, 2, Activation.NONE)
    builder.operator("TRANSPOSE_CONV", [shape, filter_, x], [y], options)
    model = read_model(builder.build([x], [y]), "m")
    assert check_model(model) == ()
    values = rng.standard_normal((1, 3, 3, 4)).astype(np.float32)
    real = weights * np.array(scales, np.float32)[:, None, None, None]
    expected = np.einsum("bijd,nyxd->biyjxn", values, real).reshape(1, 6, 6, 3)
    found = np.frombuffer(run_program(lower_model(model), [values])[y], np.float32)
    assert np.allclose(found, expected.ravel(), rtol=1e-5, atol=1e-5)


def test_what_is_no_float_is_not_widened() -> None:
    builder = Builder()
    x, y, whole = (builder.tensor(n, (2, 4), TensorType.FLOAT32) for n in ("x", "y", "w"))
    small = builder.tensor("small", (2, 4), quantization=per_tensor(3e38), data=bytes([127] * 8))
    builder.operator("DEQUANTIZE", [small], [whole])
    builder.operator("MAXIMUM", [x, whole], [y])
    model = read_model(builder.build([x], [y]), "m")
    assert any("DEQUANTIZE" in violation.operator for violation in check_model(model))


def test_select_by_rows_is_refused() -> None:
    builder = Builder()
    which = builder.tensor("condition", (2,), TensorType.BOOL)
    sources = [builder.tensor(f"input{n}", (2, 2), quantization=per_tensor(1.0)) for n in (1, 2, 3)]
    builder.operator("SELECT", [which, *sources[:2]], [sources[2]])
    (violation,) = check_model(read_model(builder.build([which, *sources[:2]], [sources[2]]), "m"))
    assert violation.found == "[2] and [2, 2]"

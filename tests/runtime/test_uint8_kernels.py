"""uint8 throughout, as TensorFlow 1 made it: the bytes of TensorFlow Lite's reference kernels."""

from __future__ import annotations

import numpy as np
import pytest
from litert_oracle import run_litert
from model_builder import Builder, per_tensor
from program_runner import CORES, run_program
from random_parts import ints, scale, zero_point
from random_uint8 import UINT8
from tflm_oracle import random_inputs

from platformio_tinyml.model import Conv2DOptions, Padding, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

SEEDS = 60
ELSEWHERE = ("ARG_MAX of uint8", "ARG_MIN of uint8", "FULLY_CONNECTED of uint8")


def as_convolution(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """A FULLY_CONNECTED as a CONV_2D of one tap, and the shape of its input."""
    model, builder = read_model(data, "random"), Builder()
    operator = model.operators[0]
    source, filter_ = (model.tensors[index] for index in operator.inputs[:2])
    channels, depth = filter_.shape
    shapes = {
        source.index: (1, 1, source.elements // depth, depth),
        filter_.index: (channels, 1, 1, depth),
        operator.outputs[0]: (1, 1, source.elements // depth, channels),
    }
    for tensor in model.tensors:
        shape = shapes.get(tensor.index, tensor.shape)
        builder.tensor(tensor.name, shape, tensor.type, quantization=tensor.quantization, data=tensor.data)
    activation = operator.options.activation
    inputs = [index for index in operator.inputs if index >= 0]
    builder.operator("CONV_2D", inputs, operator.outputs, Conv2DOptions(Padding.VALID, 1, 1, 1, 1, activation))
    return builder.build(model.inputs, model.outputs), shapes[source.index]


@pytest.mark.parametrize("opcode", [opcode for opcode in UINT8 if opcode not in ELSEWHERE])
def test_equal_to_tensorflow_lite(opcode: str) -> None:
    compared = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        data = UINT8[opcode](rng)
        model = read_model(data, "random")
        if check_model(model):
            continue
        program = lower_model(model)
        inputs = random_inputs(model, rng)
        expected = run_litert(data, inputs)
        if expected is None:
            continue
        compared += 1
        for core in CORES:
            found = run_program(program, inputs, core)
            assert [found[index] for index in model.outputs] == expected, f"{core}, seed {seed}: {model}"
    assert compared >= SEEDS / 4


def test_fully_connected_is_a_convolution() -> None:
    """TensorFlow Lite Micro's kernel rounded as CONV_2D does, twice; TensorFlow Lite's of today rounds once."""
    compared = 0
    for seed in range(2 * SEEDS):
        rng = np.random.default_rng(seed)
        data = UINT8["FULLY_CONNECTED of uint8"](rng)
        model = read_model(data, "random")
        if check_model(model):
            continue
        inputs, (convolution, shape) = random_inputs(model, rng), as_convolution(data)
        expected, today = run_litert(convolution, [inputs[0].reshape(shape)]), run_litert(data, inputs)
        if expected is None or today is None:
            continue
        compared += 1
        for core in CORES:
            found = run_program(lower_model(model), inputs, core)[model.outputs[0]]
            assert [found] == expected, f"{core}, seed {seed}: {model}"
            steps = np.frombuffer(found, np.uint8).astype(int) - np.frombuffer(today[0], np.uint8)
            assert np.abs(steps).max() <= 1
    assert compared > SEEDS


@pytest.mark.parametrize("opcode", ["ARG_MAX", "ARG_MIN"])
def test_the_place_of_an_extreme(opcode: str) -> None:
    rng = np.random.default_rng(1)
    builder, shape = Builder(), (3, 17)
    source = builder.tensor("input", shape, TensorType.UINT8, quantization=per_tensor(0.5, 7))
    output = builder.tensor("output", (3,), TensorType.INT32)
    builder.operator(opcode, [source, ints(builder, "axis", [1])], [output])
    model = read_model(builder.build([source], [output]), "m")
    assert check_model(model) == ()
    data = rng.integers(0, 256, shape).astype(np.uint8)
    expected = (np.argmax if opcode == "ARG_MAX" else np.argmin)(data, 1).astype(np.int32)
    assert run_program(lower_model(model), [data])[output] == expected.tobytes()


@pytest.mark.parametrize(
    ("opcode", "found"),
    [
        ("RELU6", "RELU6 of uint8 to another scale or zero point"),
        ("ELU", "ELU of uint8"),
        ("ABS", "ABS of uint8"),
    ],
)
def test_what_others_compute_in_another_way_is_refused(opcode: str, found: str) -> None:
    builder = Builder()
    source = builder.tensor("input", (1, 4), TensorType.UINT8, quantization=per_tensor(0.5, 7))
    output = builder.tensor("output", (1, 4), TensorType.UINT8, quantization=per_tensor(0.25, 7))
    builder.operator(opcode, [source], [output])
    (violation,) = check_model(read_model(builder.build([source], [output]), "m"))
    assert violation.found == found
    assert violation.rule.startswith("uint8, as TensorFlow 1 quantized")


def test_a_filter_that_fits_int8_costs_nothing() -> None:
    """Its zero point is taken off when the model is lowered."""
    calls = {True: set(), False: set()}
    for seed in range(40):
        model = read_model(UINT8["CONV_2D of uint8"](np.random.default_rng(seed)), "m")
        if check_model(model):
            continue
        filter_ = model.tensors[model.operators[0].inputs[1]]
        weights = np.frombuffer(filter_.data or b"", np.uint8).astype(int) - filter_.quantization.zero_point[0]
        calls[bool(weights.min() >= -128 and weights.max() <= 127)].add(lower_model(model).calls[1].function)
    assert calls == {True: {"tinyml_conv_2d_s8"}, False: {"tinyml_conv_2d_u8"}}


@pytest.mark.parametrize("kinds", [("FLOAT32", "UINT8"), ("UINT8", "FLOAT32")])
def test_to_and_from_float(kinds: tuple[str, str]) -> None:
    for seed in range(SEEDS):
        rng, builder = np.random.default_rng(seed), Builder()
        quantization = per_tensor(scale(rng), zero_point(rng) + 128)
        source, output = (
            builder.tensor(kind, (3, 40), TensorType[kind], quantization=quantization if kind == "UINT8" else None)
            for kind in kinds
        )
        builder.operator("QUANTIZE" if kinds[1] == "UINT8" else "DEQUANTIZE", [source], [output])
        data = builder.build([source], [output])
        model = read_model(data, "m")
        assert check_model(model) == ()
        inputs = random_inputs(model, rng)
        assert [run_program(lower_model(model), inputs)[output]] == run_litert(data, inputs), f"seed {seed}"


@pytest.mark.parametrize("kinds", [("INT8", "UINT8"), ("UINT8", "INT8")])
def test_of_the_same_values_the_upper_bit_flips(kinds: tuple[str, str]) -> None:
    builder = Builder()
    source, output = (
        builder.tensor(kind, (256,), TensorType[kind], quantization=per_tensor(0.5, 133 if kind == "UINT8" else 5))
        for kind in kinds
    )
    builder.operator("QUANTIZE", [source], [output])
    data = builder.build([source], [output])
    program = lower_model(read_model(data, "m"))
    assert [call.function for call in program.calls] == ["tinyml_flip_u8"]
    values = np.arange(256).astype(np.uint8)
    typed = values if kinds[0] == "UINT8" else values.view(np.int8)
    found = run_program(program, [typed])[output]
    assert found == (values ^ 128).tobytes()
    assert [found] == run_litert(data, [typed])


def test_relu_n1_to_1_of_int8() -> None:
    """Which TFLM has not."""
    for seed in range(SEEDS):
        rng, builder = np.random.default_rng(seed), Builder()
        source, output = (
            builder.tensor(name, (256,), quantization=per_tensor(float(2.0 ** rng.uniform(-8, -2)), zero_point(rng)))
            for name in ("input", "output")
        )
        builder.operator("RELU_N1_TO_1", [source], [output])
        data = builder.build([source], [output])
        values = [np.arange(-128, 128).astype(np.int8)]
        assert [run_program(lower_model(read_model(data, "m")), values)[output]] == run_litert(data, values), seed

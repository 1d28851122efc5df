"""Hybrid models (weights of int8, all else float): equal to the bit with TFLM on the float model of scale * weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_channel, per_tensor
from program_runner import run_program
from random_parts import Rng, activation, size, spatial
from tflm_oracle import Oracle

from platformio_tinyml.model import (
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Model,
    Options,
    Quantization,
    TensorType,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model, read_model_file

SEEDS = 40
FLOAT = TensorType.FLOAT32
CHANNELS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
"""The filter's dimension of output channels."""


@dataclass(frozen=True)
class Layer:
    opcode: str
    source: tuple[int, ...]
    output: tuple[int, ...]
    options: Options
    weights: np.ndarray
    quantization: Quantization
    bias: np.ndarray | None

    def dequantized(self) -> np.ndarray:
        scales = np.array(self.quantization.scale, np.float32)
        dimensions = [1] * self.weights.ndim
        dimensions[CHANNELS[self.opcode]] = -1
        return self.weights.astype(np.float32) * scales.reshape(dimensions)

    def model(self, weights: np.ndarray) -> bytes:
        builder = Builder()
        source, output = builder.tensor("input", self.source, FLOAT), builder.tensor("output", self.output, FLOAT)
        is_int8 = weights.dtype == np.int8
        filter_ = builder.tensor(
            "filter",
            weights.shape,
            TensorType.INT8 if is_int8 else FLOAT,
            quantization=self.quantization if is_int8 else None,
            data=weights,
        )
        bias = -1 if self.bias is None else builder.tensor("bias", self.bias.shape, FLOAT, data=self.bias)
        builder.operator(self.opcode, [source, filter_, bias], [output], self.options)
        return builder.build([source], [output])


def floats(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    return (rng.standard_normal(shape) * rng.choice([0.1, 1.0, 10.0])).astype(np.float32)


def layer(rng: Rng, opcode: str) -> Layer:
    if opcode == "FULLY_CONNECTED":
        batches, depth, outputs = size(rng), int(rng.choice([1, 3, 16, 61, 300])), size(rng)
        source, output, filter_ = (batches, depth), (batches, outputs), (outputs, depth)
        options: Options = FullyConnectedOptions(activation(rng), 0, False)
    else:
        (batches, height, width), (padding, taps, strides, dilations), sizes = spatial(rng, dilated=True)
        depth, outputs, multiplier = size(rng), size(rng), int(rng.integers(1, 4))
        if opcode == "CONV_2D":
            filter_ = (outputs, *taps, depth)
            options = Conv2DOptions(padding, *strides, *dilations, activation(rng))
        else:
            outputs = depth * multiplier
            filter_ = (1, *taps, outputs)
            options = DepthwiseConv2DOptions(padding, *strides, *dilations, multiplier, activation(rng))
        source, output = (batches, height, width, depth), (batches, *sizes, outputs)
    scales = [float(np.float32(each)) for each in rng.uniform(0.001, 0.1, outputs)]
    one = rng.integers(3) == 0
    quantization = per_tensor(scales[0]) if one else per_channel(scales, CHANNELS[opcode])
    weights = rng.integers(-128, 128, filter_).astype(np.int8)
    # TFLM runs no float convolution without a bias; FULLY_CONNECTED it does.
    bias = floats(rng, (outputs,)) if opcode != "FULLY_CONNECTED" or rng.integers(4) else None
    return Layer(opcode, source, output, options, weights, quantization, bias)


@pytest.mark.parametrize("opcode", CHANNELS)
def test_equal_to_tflm_on_dequantized_weights(opcode: str) -> None:
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        made = layer(rng, opcode)
        model = read_model(made.model(made.weights), "hybrid")
        assert check_model(model) == ()
        data = made.model(made.dequantized())
        oracle = Oracle(data, read_model(data, "dequantized"))
        inputs = [floats(rng, made.source)]
        oracle.run(inputs)
        program = lower_model(model)
        assert [call.function for call in program.calls] == [f"tinyml_{opcode.lower()}_hybrid_f32"]
        found = run_program(program, inputs)[model.outputs[0]]
        assert oracle.tensor(model.outputs[0]) == found, f"seed {seed}"


@pytest.mark.parametrize("opcode", CHANNELS)
def test_weights_stay_int8_in_flash(opcode: str) -> None:
    made = layer(np.random.default_rng(1), opcode)
    program = lower_model(read_model(made.model(made.weights), "hybrid"))
    assert made.weights.tobytes() in [constant.data for constant in program.constants if constant.c_type == "int8_t"]


@pytest.mark.parametrize("opcode", CHANNELS)
@pytest.mark.parametrize(
    ("quantization", "found"),
    [
        (None, "has no scale"),
        (Quantization((0.0,), (0,)), "scale 0.0"),
        (Quantization((0.1,), (3,)), "zero point 3"),
        (Quantization((0.1,) * 99, (0,), 1), "scales along dimension 1"),
    ],
)
def test_scales_that_cannot_be(opcode: str, quantization: Quantization | None, found: str) -> None:
    made = layer(np.random.default_rng(1), opcode)
    model = read_model(made.model(made.weights), "hybrid")
    tensors = list(model.tensors)
    weights = model.operators[0].inputs[1]
    tensors[weights] = replace(tensors[weights], quantization=quantization)
    (violation,) = check_model(replace(model, tensors=tuple(tensors)))
    assert found in violation.found
    assert violation.rule.startswith("A filter of int8 has one scale")


def dequantized(model: Model) -> Model:
    """With float weights: what they stand for."""
    tensors = list(model.tensors)
    for operator in model.operators:
        if operator.opcode in CHANNELS and tensors[operator.inputs[1]].type is TensorType.INT8:
            tensor = tensors[operator.inputs[1]]
            assert tensor.quantization is not None and not tensor.quantization.per_channel
            weights = np.frombuffer(tensor.data or b"", np.int8).astype(np.float32)
            data = (weights * np.float32(tensor.quantization.scale[0])).tobytes()
            tensors[tensor.index] = replace(tensor, type=FLOAT, data=data, quantization=None)
    return replace(model, tensors=tuple(tensors))


def test_a_whole_hybrid_model(shared_models: Path) -> None:
    model = read_model_file(shared_models / "kws_float.tflite")
    inputs = [floats(np.random.default_rng(5), model.tensors[model.inputs[0]].shape)]
    hybrid, whole = (run_program(lower_model(each), inputs) for each in (model, dequantized(model)))
    assert hybrid[model.outputs[0]] == whole[model.outputs[0]]
    assert sum(np.frombuffer(hybrid[model.outputs[0]], np.float32)) == pytest.approx(1, abs=1e-5)

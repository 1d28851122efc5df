"""Products of weights and inputs at the ends of int8, with outputs that no clamp hides, equal TFLM's on every core."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_channel, per_tensor
from program_runner import CORES, run_program
from tflm_oracle import Oracle

from platformio_tinyml.model import Activation, Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, Padding
from platformio_tinyml.operators import lower_model
from platformio_tinyml.tflite import read_model

OPTIONS = {
    "CONV_2D": Conv2DOptions(Padding.VALID, 1, 1, 1, 1, Activation.NONE),
    "DEPTHWISE_CONV_2D": DepthwiseConv2DOptions(Padding.VALID, 1, 1, 1, 1, 1, Activation.NONE),
    "FULLY_CONNECTED": FullyConnectedOptions(Activation.NONE, 0, False),
}


def _shapes(opcode: str, depth: int, channels: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    """Of input, filter and output, and the filter's dimension of channels: 6 columns of `depth` values each."""
    if opcode == "CONV_2D":
        return (1, 2, 3, depth), (channels, 1, 1, depth), (1, 2, 3, channels), 0
    if opcode == "DEPTHWISE_CONV_2D":
        return (1, depth, 6, channels), (1, depth, 1, channels), (1, 1, 6, channels), 3
    return (6, depth), (channels, depth), (6, channels), 0


@pytest.mark.parametrize("opcode", OPTIONS)
def test_equal_to_tflm(opcode: str) -> None:
    rng = np.random.default_rng(7)
    for channels in (1, 3, 4, 5, 8, 9):
        for depth in (1, 2, 3, 5, 8):
            source_shape, filter_shape, output_shape, dimension = _shapes(opcode, depth, channels)
            builder = Builder()
            source = builder.tensor("input", source_shape, quantization=per_tensor(1.0, 0))
            weights = rng.choice(np.array([-128, -128, -128, 127], np.int8), filter_shape)
            scales = per_channel([1.0] * channels, dimension)
            filter_ = builder.tensor("filter", filter_shape, quantization=scales, data=weights)
            output = builder.tensor("output", output_shape, quantization=per_tensor(depth * 16384 / 127, 0))
            omitted = [-1] if opcode == "FULLY_CONNECTED" else []  # as converters write it
            builder.operator(opcode, [source, filter_, *omitted], [output], OPTIONS[opcode])
            data = builder.build([source], [output])
            model = read_model(data, "ends")
            oracle, program = Oracle(data, model), lower_model(model)
            for ends in ((-128,), (127,), (-128, -128, -128, 127)):
                inputs = [rng.choice(np.array(ends, np.int8), source_shape)]
                oracle.run(inputs)
                for core in CORES:
                    found = run_program(program, inputs, core)[output]
                    assert found == oracle.tensor(output), f"{core}: {channels} of {depth} values, {ends}"

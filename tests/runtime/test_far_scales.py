"""Scales so far apart that sums leave 32 bits: they wrap around as TensorFlow Lite Micro's do."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from program_runner import CORES, run_program
from tflm_oracle import DTYPES, Oracle

from platformio_tinyml.model import Activation, FullyConnectedOptions, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

ELEMENTS = 600
FAR = (0.3, 1.0, 700.0, 2.0**15 * 1.1, 2.0**22, 2.0**29 * 1.3)
"""Input scale by output scale."""


def of_all_lengths(kind: TensorType, rng: np.random.Generator) -> np.ndarray:
    """Values of few bits as often as of many."""
    limits = np.iinfo(DTYPES[kind.name])
    values = rng.integers(limits.min, limits.max, ELEMENTS, DTYPES[kind.name], endpoint=True)
    return values >> rng.integers(0, 8 * values.itemsize, ELEMENTS).astype(values.dtype)


def equal_to_tflm(data: bytes, inputs: list[np.ndarray], core: str = "plain") -> bool:
    model = read_model(data, "m")
    assert check_model(model) == ()
    oracle = Oracle(data, model)
    oracle.run(inputs)
    (output,) = model.outputs
    return run_program(lower_model(model), inputs, core)[output] == oracle.tensor(output)


@pytest.mark.parametrize(
    "pair",
    ["INT8-INT8", "INT8-UINT8", "UINT8-INT8", "INT8-INT16", "INT16-INT8", "INT16-INT32", "INT32-INT8", "INT32-INT16"],
)
def test_quantize(pair: str) -> None:
    rng = np.random.default_rng(1)
    one, other = (TensorType[name] for name in pair.split("-"))
    for ratio in FAR:
        builder = Builder()
        source = builder.tensor("x", (ELEMENTS,), one, quantization=per_tensor(ratio * 0.01, 3))
        output = builder.tensor("y", (ELEMENTS,), other, quantization=per_tensor(0.01, 7))
        builder.operator("QUANTIZE", [source], [output])
        assert equal_to_tflm(builder.build([source], [output]), [of_all_lengths(one, rng)]), ratio


@pytest.mark.parametrize("kind", [TensorType.INT8, TensorType.INT16], ids=lambda kind: kind.name)
def test_squared_difference(kind: TensorType) -> None:
    rng = np.random.default_rng(2)
    for ratio in FAR:
        builder, zero_point = Builder(), 5 if kind is TensorType.INT8 else 0
        sources = [
            builder.tensor(name, (ELEMENTS,), kind, quantization=per_tensor(scale, zero_point))
            for name, scale in (("one", 0.5), ("two", 0.3))
        ]
        output = builder.tensor("y", (ELEMENTS,), kind, quantization=per_tensor(1 / ratio, zero_point))
        builder.operator("SQUARED_DIFFERENCE", sources, [output])
        inputs = [of_all_lengths(kind, rng) for _ in sources]
        assert equal_to_tflm(builder.build(sources, [output]), inputs), ratio


@pytest.mark.parametrize("core", CORES)
def test_sums_of_int16_with_a_bias_of_int32(core: str) -> None:
    """They reach 2**30 in a model whose multiplier is just above 1."""
    depth, channels = 300, 5
    builder = Builder()
    source = builder.tensor("x", (1, depth), TensorType.INT16, quantization=per_tensor(0.1))
    weights = np.full((channels, depth), 127, np.int8) * np.array([[1], [-1], [1], [-1], [1]], np.int8)
    filter_ = builder.tensor("w", weights.shape, quantization=per_tensor(0.01), data=weights)
    bias = builder.tensor(
        "b", (channels,), TensorType.INT32, quantization=per_tensor(0.001), data=np.arange(channels, dtype=np.int32)
    )
    output = builder.tensor("y", (1, channels), TensorType.INT16, quantization=per_tensor(0.0009))
    options = FullyConnectedOptions(Activation.NONE, 0, False)
    builder.operator("FULLY_CONNECTED", [source, filter_, bias], [output], options)
    values = np.full((1, depth), 32767, np.int16)
    assert equal_to_tflm(builder.build([source], [output]), [values], core)

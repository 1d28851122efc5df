"""Functions of int16: of each of its 65,536 values the bytes of TFLM's reference kernel.

Random values of few elements miss a multiplier that is wrong in its last bits.
"""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from program_runner import run_program
from tflm_oracle import Oracle

from platformio_tinyml.model import Activation, AddOptions, ArithmeticOptions, LeakyReluOptions, Options, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

SEEDS = 6
VALUES = np.arange(-32768, 32768).astype(np.int16)
OF_ONE = ("ABS", "LEAKY_RELU", "LOGISTIC", "QUANTIZE", "RELU", "RELU6", "RSQRT", "TANH")
OF_TWO: dict[str, Options | None] = {
    "ADD": AddOptions(Activation.NONE, False),
    "SUB": ArithmeticOptions(Activation.NONE),
    "MUL": ArithmeticOptions(Activation.NONE),
    "SQUARED_DIFFERENCE": None,
    "PRELU": None,
}


def compare(builder: Builder, inputs: list[np.ndarray], output: int) -> None:
    data = builder.build(list(range(len(inputs))), [output])
    model = read_model(data, "m")
    assert check_model(model) == ()
    oracle = Oracle(data, model)
    oracle.run(inputs)
    found = np.frombuffer(run_program(lower_model(model), inputs)[output], np.int16)
    wrong = np.flatnonzero(found != np.frombuffer(oracle.tensor(output), np.int16))
    assert not len(wrong), f"{len(wrong)}, the first of {[each[wrong[0]] for each in inputs]}"


@pytest.mark.parametrize("opcode", OF_ONE)
def test_of_one(opcode: str) -> None:
    for seed in range(SEEDS):
        rng, builder = np.random.default_rng(seed), Builder()
        scale = float(np.float32(2.0 ** rng.uniform(-16, -6)))
        target = float(np.float32(scale * rng.uniform(0.7, 1.5)))
        target = {"LOGISTIC": 1 / 32768, "TANH": 1 / 32768, "RSQRT": 0.001}.get(opcode, target)
        source, output = (
            builder.tensor(name, VALUES.shape, TensorType.INT16, quantization=per_tensor(each))
            for name, each in (("input", scale), ("output", target))
        )
        options = LeakyReluOptions(float(np.float32(rng.uniform(0.01, 0.9)))) if opcode == "LEAKY_RELU" else None
        builder.operator(opcode, [source], [output], options)
        compare(builder, [np.maximum(VALUES, 0) if opcode == "RSQRT" else VALUES], output)


@pytest.mark.parametrize("opcode", OF_TWO)
def test_of_two(opcode: str) -> None:
    for seed in range(SEEDS):
        rng, builder = np.random.default_rng(seed), Builder()
        kind = np.int8 if opcode == "PRELU" else np.int16
        scales = [float(np.float32(2.0 ** rng.uniform(-14, -10))) for _ in range(2)]
        target = max(scales) * {"MUL": scales[0] * 9000, "SQUARED_DIFFERENCE": max(scales) * 30000}.get(opcode, 1)
        sources = [
            builder.tensor("input1", VALUES.shape, TensorType.INT16, quantization=per_tensor(scales[0])),
            builder.tensor(
                "input2", VALUES.shape, TensorType[np.dtype(kind).name.upper()], quantization=per_tensor(scales[1])
            ),
        ]
        target = float(np.float32(target * rng.uniform(0.7, 1.5)))
        output = builder.tensor("output", VALUES.shape, TensorType.INT16, quantization=per_tensor(target))
        builder.operator(opcode, sources, [output], OF_TWO[opcode])
        compare(builder, [VALUES, rng.permutation(VALUES).astype(kind)], output)

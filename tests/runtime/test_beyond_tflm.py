"""What TFLM leaves undefined or does not have: indices out of bounds, TILE."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from program_runner import run_program
from random_parts import ints, shape_of

from platformio_tinyml.model import GatherOptions, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model


def run(builder: Builder, inputs: dict[int, np.ndarray], output: int) -> bytes:
    model = read_model(builder.build(list(inputs), [output]), "m")
    assert check_model(model) == ()
    return run_program(lower_model(model), list(inputs.values()))[output]


@pytest.mark.parametrize("seed", range(40))
def test_tile_repeats_each_dimension(seed: int) -> None:
    rng, builder = np.random.default_rng(seed), Builder()
    shape = shape_of(rng)
    multiples = [int(n) for n in rng.integers(1, 4, len(shape))]
    data = rng.integers(-128, 128, shape).astype(np.int8)
    expected = np.tile(data, multiples)
    source = builder.tensor("input", shape, quantization=per_tensor(0.5))
    output = builder.tensor("output", expected.shape, quantization=per_tensor(0.5))
    builder.operator("TILE", [source, ints(builder, "multiples", multiples)], [output])
    model = read_model(builder.build([source], [output]), "m")
    if broken := check_model(model):
        assert [violation.rule for violation in broken] == [
            "Dimensions that are repeated alike are one, and the copies need at most five loops."
        ]
        assert len(shape) >= 4
    else:
        assert run_program(lower_model(model), [data])[output] == expected.tobytes()


@pytest.mark.parametrize("opcode", ["GATHER", "GATHER_ND", "EMBEDDING_LOOKUP"])
def test_a_computed_index_out_of_bounds_takes_the_nearest(opcode: str) -> None:
    builder, table = Builder(), np.arange(12, dtype=np.int8).reshape(4, 3)
    given = np.array([-(1 << 31), -1, 0, 3, 4, (1 << 31) - 1], np.int32)
    ids = given[:, None] if opcode == "GATHER_ND" else given
    indices = builder.tensor("ids", ids.shape, TensorType.INT32)
    data = builder.tensor("table", table.shape, quantization=per_tensor(1.0), data=table)
    output = builder.tensor("output", (6, 3), quantization=per_tensor(1.0))
    inputs = [indices, data] if opcode == "EMBEDDING_LOOKUP" else [data, indices]
    builder.operator(opcode, inputs, [output], GatherOptions(0, 0) if opcode == "GATHER" else None)
    assert run(builder, {indices: ids}, output) == table[np.clip(given, 0, 3)].tobytes()


def floats(opcode: str, data: np.ndarray) -> np.ndarray:
    builder = Builder()
    source, output = (builder.tensor(name, data.shape, TensorType.FLOAT32) for name in ("input", "output"))
    builder.operator(opcode, [source], [output])
    return np.frombuffer(run(builder, {source: data.astype(np.float32)}, output), np.float32)


def test_relu_n1_to_1_of_floats() -> None:
    data = np.array([-3, -1, -0.5, -0.0, 0.25, 1, 7], np.float32)
    assert floats("RELU_N1_TO_1", data).tobytes() == np.clip(data, -1, 1).tobytes()


@pytest.mark.parametrize(("opcode", "function"), [("SIN", np.sin), ("COS", np.cos), ("LOG", np.log)])
def test_functions_over_their_range(opcode: str, function: np.ufunc) -> None:
    data = np.linspace(-9999, 9999, 200000) if opcode != "LOG" else np.geomspace(1e-42, 3e38, 200000)
    data = data.astype(np.float32)
    expected = function(data.astype(np.float64))
    assert np.max(np.abs(floats(opcode, data) - expected) / np.maximum(1, np.abs(expected))) < 4e-7


@pytest.mark.parametrize(
    ("opcode", "value", "expected"),
    [("LOG", 0.0, -np.inf), ("LOG", -1.0, np.nan), ("LOG", np.inf, np.inf), ("SIN", 6e4, np.nan)],
)
def test_functions_outside_their_range(opcode: str, value: float, expected: float) -> None:
    assert np.array_equal(floats(opcode, np.array([value])), np.float32([expected]), equal_nan=True)

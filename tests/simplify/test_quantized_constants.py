"""QUANTIZE of a constant gives the bytes that TFLM computes of it in each invoke."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder, per_tensor
from program_runner import run_program
from tflm_oracle import DTYPES, Oracle, random_inputs

from platformio_tinyml.model import Activation, AddOptions, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.operators.quantize import _PAIRS, of_constant
from platformio_tinyml.operators.rules import Instance
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model

INTEGERS = sorted(pair for pair in _PAIRS if "FLOAT32" not in pair and pair != ("UINT8", "UINT8"))
"""But uint8 to uint8, which TFLM has not."""


def with_constant(pair: tuple[str, str], rng: np.random.Generator) -> bytes:
    """QUANTIZE of a constant that nobody reads, beside a RELU."""
    builder = Builder()
    ranges = [np.iinfo(DTYPES[kind]) for kind in pair]
    points = [
        0 if kind in ("INT16", "INT32") else int(rng.integers(r.min, r.max + 1))
        for kind, r in zip(pair, ranges, strict=True)
    ]
    ratio = float(2.0 ** rng.uniform(-12, rng.choice([3, 29])))
    scale = float(np.float32(rng.uniform(0.01, 0.1)))
    values = rng.integers(ranges[0].min, ranges[0].max, (3, 7), DTYPES[pair[0]], endpoint=True)
    given = per_tensor(scale, points[0])
    source = builder.tensor("c", (3, 7), TensorType[pair[0]], quantization=given, data=values)
    target = builder.tensor("y", (3, 7), TensorType[pair[1]], quantization=per_tensor(scale / ratio, points[1]))
    builder.operator("QUANTIZE", [source], [target])
    x, z = (builder.tensor(name, (1, 4), quantization=per_tensor(0.5)) for name in "xz")
    builder.operator("RELU", [x], [z])
    return builder.build([x], [z])


@pytest.mark.parametrize("pair", INTEGERS, ids="-".join)
def test_equal_to_tflm(pair: tuple[str, str]) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        data = with_constant(pair, rng)
        model = read_model(data, "net")
        oracle = Oracle(data, model)
        oracle.run(random_inputs(model, rng))
        assert of_constant(Instance(model, model.operators[0])) == oracle.tensor(1), seed


def test_it_is_folded() -> None:
    """Into the constant of an ADD, of int16 as converters write it."""
    builder, kind = Builder(), TensorType.INT16
    values = np.array([[100, -3000, 32767]], np.int16)
    source = builder.tensor("c", (1, 3), kind, quantization=per_tensor(0.25), data=values)
    fine = builder.tensor("fine", (1, 3), kind, quantization=per_tensor(0.5))
    x, y = (builder.tensor(name, (1, 3), kind, quantization=per_tensor(1.0)) for name in "xy")
    builder.operator("QUANTIZE", [source], [fine])
    builder.operator("ADD", [x, fine], [y], AddOptions(Activation.NONE, False))
    data = builder.build([x], [y])
    model = read_model(data, "net")
    simple = simplify(model)
    assert check_model(model) != ()
    assert simple.steps == ("Quantized before the first invoke: operator 0 QUANTIZE",)
    oracle, inputs = Oracle(data, model), random_inputs(model, np.random.default_rng(1))
    oracle.run(inputs)
    assert run_program(lower_model(simple.model), inputs)[y] == oracle.tensor(y)

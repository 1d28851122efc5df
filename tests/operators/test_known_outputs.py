"""Outputs that are constants of the file are there after each invoke, as in TFLM."""

from __future__ import annotations

import numpy as np
import pytest
from litert_oracle import run_litert
from model_builder import Builder, per_tensor
from program_runner import run_program
from tflm_oracle import DTYPES, Oracle, random_inputs

from platformio_tinyml.model import Activation, AddOptions, TensorType
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model


def with_constants(kind: str, *others: str) -> bytes:
    """A constant of `kind` that an ADD reads, one of each other type that nobody does, and one that is quantized."""
    builder = Builder()
    quantized = None if kind == "FLOAT32" else per_tensor(0.5, 3)
    x, y = (builder.tensor(name, (1, 3), TensorType[kind], quantization=quantized) for name in "xy")
    values = np.array([[5, 70, 9]], DTYPES[kind])
    c = builder.tensor("c", (1, 3), TensorType[kind], quantization=quantized, data=values)
    builder.operator("ADD", [x, c], [y], AddOptions(Activation.NONE, False))
    outputs = [c, y]
    for other in others:
        data = np.array([7, 1], DTYPES[other])
        outputs.append(builder.tensor("", (2,), TensorType[other], quantization=per_tensor(1.0), data=data))
    if kind == "INT8":
        outputs.append(builder.tensor("q", (1, 3), TensorType.INT8, quantization=per_tensor(0.25, -3)))
        builder.operator("QUANTIZE", [c], [outputs[-1]])
    return builder.build([x], outputs)


@pytest.mark.parametrize("types", [("INT8", "INT32", "FLOAT32"), ("FLOAT32", "INT8", "INT64"), ("UINT8", "INT32")])
def test_equal(types: tuple[str, ...]) -> None:
    data = with_constants(*types)
    model = read_model(data, "net")
    simple = simplify(model)
    assert check_model(simple.model) == ()
    inputs = random_inputs(model, np.random.default_rng(1))
    if types[0] == "UINT8":
        expected = run_litert(data, inputs)
        assert expected is not None
    else:
        oracle = Oracle(data, model)
        oracle.run(inputs)
        expected = [oracle.tensor(index) for index in model.outputs]
    found = run_program(lower_model(simple.model), inputs)
    assert [found[index] for index in model.outputs] == expected

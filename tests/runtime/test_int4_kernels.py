"""Weights of 4 bits: the bytes of TensorFlow Lite Micro's kernels, in half the flash."""

from __future__ import annotations

import numpy as np
import pytest
from program_runner import CORES, run_program
from random_int4 import INT4
from random_models import MODELS
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.model import Model
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.tflite import read_model

SEEDS = 60
EIGHT = {f"{opcode} of int4": make for opcode, make in MODELS.items()}
"""The same models with filters of int8."""


def filter_scales(model: Model) -> int:
    quantization = model.tensors[model.operators[0].inputs[1]].quantization
    assert quantization is not None
    return len(quantization.scale)


@pytest.mark.parametrize("opcode", INT4)
def test_equal_to_tflm(opcode: str) -> None:
    compared = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        data = INT4[opcode](rng)
        model = read_model(data, "random")
        if check_model(model):
            continue
        if opcode.startswith("FULLY") and filter_scales(model) > 1:  # which TFLM refuses
            continue
        program, inputs = lower_model(model), random_inputs(model, rng)
        oracle = Oracle(data, model)
        oracle.run(inputs)
        compared += 1
        for core in CORES:
            found = run_program(program, inputs, core)[model.outputs[0]]
            assert found == oracle.tensor(model.outputs[0]), f"{core}, seed {seed}: {model}"
    assert compared > SEEDS / 4


@pytest.mark.parametrize("opcode", INT4)
def test_half_the_flash(opcode: str) -> None:
    """Where no last pair, four or word of weights is filled up."""
    compared = 0
    for seed in range(4 * SEEDS):
        models = [read_model(each[opcode](np.random.default_rng(seed)), "random") for each in (INT4, EIGHT)]
        shape = models[0].tensors[models[0].operators[0].inputs[1]].shape
        whole = shape[-1] % 8 == 0 if opcode.startswith("DEPTH") else (shape[0] % 4, shape[-1] % 4) == (0, 0)
        groups = models[0].tensors[0].shape[-1] // shape[-1]
        if any(map(check_model, models)) or not whole or (opcode.startswith("CONV") and groups > 1):
            continue
        four, eight = (sum(len(each.data) for each in lower_model(model).constants[:1]) for model in models)
        assert 2 * four == eight
        compared += 1
    assert compared > 0

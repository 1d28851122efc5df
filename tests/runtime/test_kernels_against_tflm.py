"""Every kernel gives the bytes that TFLM's reference kernel gives, over random models of one operator."""

from __future__ import annotations

import numpy as np
import pytest
from program_runner import CORES, initial_state, run_program
from random_models import MODELS
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.operators import OPERATORS, check_model, lower_model
from platformio_tinyml.tflite import read_model

BATCHES = 20
MODELS_PER_BATCH = 20


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("opcode", MODELS)
def test_equal_to_tflm(opcode: str, batch: int) -> None:
    accepted = 0
    for seed in range(batch * MODELS_PER_BATCH, (batch + 1) * MODELS_PER_BATCH):
        rng = np.random.default_rng(seed)
        data = MODELS[opcode](rng)
        model = read_model(data, "random")
        if check_model(model):
            continue
        accepted += 1
        program = lower_model(model)
        oracle = Oracle(data, model)
        states = {core: initial_state(program) for core in CORES}
        for _ in range(3):
            inputs = random_inputs(model, rng)
            oracle.run(inputs)
            for core in CORES:
                for index, found in run_program(program, inputs, core, states[core]).items():
                    if index not in model.inputs:
                        assert found == oracle.tensor(index), f"{core}, seed {seed}, tensor {index}: {model}"
    assert accepted >= MODELS_PER_BATCH / 2


def test_every_operator_is_covered() -> None:
    views = {opcode for opcode, entries in OPERATORS.items() if not any(entry.kernels for entry in entries)}
    variables = {"ASSIGN_VARIABLE", "READ_VARIABLE"}  # tests/targets/test_state.py
    floats = {opcode for opcode, entries in OPERATORS.items() if {entry.types for entry in entries} == {("FLOAT32",)}}
    elsewhere = {"TILE", "RELU_N1_TO_1"}  # test_beyond_tflm.py, test_uint8_kernels.py: TFLM has no such operator
    elsewhere |= {"GELU", "EXP", "LOG", "SELECT", "SQRT"}  # test_of_tensorflow_lite.py
    elsewhere |= {opcode for opcode in OPERATORS if opcode == "CAST" or opcode.startswith("Signal")}
    compared = {name.split()[0] for name in MODELS}  # test_signal_kernels.py has those of the line above
    assert compared | views | variables | floats | elsewhere == set(OPERATORS)  # floats: test_float_kernels.py

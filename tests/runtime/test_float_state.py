"""SVDF and LSTM on float32, over several invokes: SVDF equal to TFLM to the bit, in outputs and state, LSTM nearly."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder
from program_runner import initial_state, run_program
from random_models import Rng, activation, size
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.model import Activation, SvdfOptions, TensorType, UnidirectionalSequenceLstmOptions
from platformio_tinyml.operators import lower_model
from platformio_tinyml.tflite import read_model

FLOAT = TensorType.FLOAT32


def svdf(rng: Rng) -> bytes:
    builder = Builder()
    batches, depth, units, rank, memory = size(rng), size(rng), size(rng), int(rng.integers(1, 4)), size(rng)
    filters = units * rank

    def values(name: str, *shape: int) -> int:
        return builder.tensor(name, shape, FLOAT, data=rng.standard_normal(shape).astype(np.float32))

    inputs = [builder.tensor("input", (batches, depth), FLOAT), values("feature", filters, depth)]
    inputs += [values("time", filters, memory), values("bias", units)]
    inputs.append(builder.tensor("state", (batches, filters * memory), FLOAT, is_variable=True))
    target = builder.tensor("output", (batches, units), FLOAT)
    builder.operator("SVDF", inputs, [target], SvdfOptions(rank, activation(rng)))
    return builder.build([inputs[0]], [target])


@pytest.mark.parametrize("seed", range(60))
def test_equal_to_tflm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = svdf(rng)
    model = read_model(data, "random")
    program, oracle = lower_model(model), Oracle(data, model)
    state = initial_state(program)
    for _ in range(4):
        inputs = random_inputs(model, rng)
        oracle.run(inputs)
        found = run_program(program, inputs, state=state)
        assert all(found[index] == oracle.tensor(index) for index in (4, 5))


def lstm(rng: Rng) -> bytes:
    builder, time_major = Builder(), bool(rng.integers(2))
    batches, steps, depth, units = int(rng.integers(1, 4)), int(rng.integers(1, 6)), size(rng), size(rng)
    ends = (steps, batches) if time_major else (batches, steps)
    tensors = {0: builder.tensor("input", (*ends, depth), FLOAT)}
    for position in (*range(1, 9), *range(12, 16)):
        shape = (units,) if position > 8 else (units, depth if position < 5 else units)
        data = (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)
        tensors[position] = builder.tensor(f"constant{position}", shape, FLOAT, data=data)
    for position in (18, 19):
        tensors[position] = builder.tensor(f"state{position}", (batches, units), FLOAT, is_variable=True)
    target = builder.tensor("output", (*ends, units), FLOAT)
    clip = float(rng.choice([0.0, 0.0, 0.5, 2.0]))
    options = UnidirectionalSequenceLstmOptions(Activation.TANH, clip, 0.0, time_major)
    inputs = [tensors.get(position, -1) for position in range(24)]
    builder.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [target], options)
    return builder.build([tensors[0]], [target])


LSTM_DIFFERENCE = 2e-6
"""What the functions' roundings make of values up to 1, in a few steps."""


@pytest.mark.parametrize("seed", range(60))
def test_lstm_is_near_tflm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = lstm(rng)
    model = read_model(data, "random")
    program, oracle = lower_model(model), Oracle(data, model)
    state = initial_state(program)
    for _ in range(4):
        inputs = [rng.standard_normal(model.tensors[index].shape).astype(np.float32) for index in model.inputs]
        oracle.run(inputs)
        found = run_program(program, inputs, state=state)
        for index in model.outputs:
            pair = (np.frombuffer(each, np.float32) for each in (found[index], oracle.tensor(index)))
            assert np.max(np.abs(np.subtract(*pair))) < LSTM_DIFFERENCE

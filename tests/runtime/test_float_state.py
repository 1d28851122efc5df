"""SVDF on float32, over several invokes: equal to TFLM to the bit, outputs and state."""

from __future__ import annotations

import numpy as np
import pytest
from model_builder import Builder
from program_runner import initial_state, run_program
from random_models import Rng, activation, size
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.model import SvdfOptions, TensorType
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

"""What is simplified computes what TFLM computes of the whole model, tensor by tensor; no value leaves its bounds."""

from __future__ import annotations

import os

import numpy as np
import pytest
from planted_models import planted
from program_runner import run_program
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.model import Model
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.simplify import constant_bytes, simplify, total_macs
from platformio_tinyml.simplify.intervals import intervals
from platformio_tinyml.tflite import read_model

BATCHES = 10
MODELS = int(os.environ.get("TINYML_PLANTED_MODELS", "20"))
"""In each batch; 200 make the 2,000 of docs/simplify.md."""


@pytest.mark.parametrize("batch", range(BATCHES))
def test_equal_to_tflm(batch: int) -> None:
    accepted = removed = 0
    for seed in range(batch * MODELS, (batch + 1) * MODELS):
        rng = np.random.default_rng(seed)
        data = planted(rng)
        model = read_model(data, "planted")
        if check_model(simplify(model).model):
            continue
        accepted += 1
        removed += compare(data, model, rng, f"seed {seed}")
    assert accepted >= MODELS * 0.7
    assert removed >= accepted / 4


def compare(data: bytes, model: Model, rng: np.random.Generator, where: str) -> bool:
    """Whether channels were taken out."""
    simplified, bounds = simplify(model), intervals(model)
    assert constant_bytes(simplified.model) <= constant_bytes(model)
    assert total_macs(simplified.model) <= total_macs(model)
    program, oracle = lower_model(simplified.model), Oracle(data, model)
    for number in range(4):
        inputs = (
            random_inputs(model, rng)
            if number < 2
            else [np.full(model.tensors[index].shape, rng.choice([-128, 127]), np.int8) for index in model.inputs]
        )
        oracle.run(inputs)
        found = run_program(program, inputs)
        for index, interval in bounds.items():
            values = np.frombuffer(oracle.tensor(index), np.int8).reshape(model.tensors[index].shape or (1,))
            assert (values >= interval.low).all(), f"{where}, tensor {index}"
            assert (values <= interval.high).all(), f"{where}, tensor {index}"
            if index in found and index not in model.inputs:
                kept = values[..., list(simplified.kept.get(index, range(values.shape[-1])))]
                assert kept.tobytes() == found[index], f"{where}, tensor {index}"
    return bool(simplified.kept)

"""The kernels of the signal library, of CAST, int32 and int64 give the bytes that TFLM's give, over several invokes."""

from __future__ import annotations

import numpy as np
import pytest
from program_runner import initial_state, run_program
from random_signals import SIGNALS
from tflm_oracle import Oracle, random_values

from platformio_tinyml.model import Model
from platformio_tinyml.operators import OPERATORS, check_model, lower_model
from platformio_tinyml.tflite import read_model

SEEDS = 40
INVOKES = 8


def values(model: Model, index: int, rng: np.random.Generator) -> np.ndarray:
    """Over the whole range, near zero, all at an end; small numbers of bits to shift by."""
    tensor = model.tensors[index]
    if tensor.type.name == "FLOAT32":
        return rng.uniform(0, 127, tensor.shape).astype(np.float32)
    if tensor.type.name == "BOOL":
        return random_values(model, index, rng)
    kind = np.dtype(tensor.type.name.lower())
    if tensor.shape == ():
        return np.array(rng.integers(0, 16), kind)
    drawn = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, tensor.shape, kind, endpoint=True)
    choice = rng.integers(6)
    if choice == 0:
        return np.full(tensor.shape, rng.choice([np.iinfo(kind).min, np.iinfo(kind).max, 0]), kind)
    return drawn if choice < 3 else drawn >> kind.type(rng.integers(kind.itemsize * 8))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", SIGNALS)
def test_equal_to_tflm(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = SIGNALS[name](rng)
    model = read_model(data, "random")
    if name in ("INT32", "INT64") and check_model(model):
        pytest.skip("more dimensions than the kernel has")
    assert check_model(model) == ()
    program, oracle = lower_model(model), Oracle(data, model)
    state, valid = initial_state(program), 0
    for _ in range(INVOKES):
        inputs = [values(model, index, rng) for index in model.inputs]
        oracle.run(inputs)
        found = run_program(program, inputs, state=state)
        flags = [index for index in model.outputs if model.tensors[index].type.name == "BOOL"]
        for index in flags or model.outputs:
            assert found[index] == oracle.tensor(index), model.tensors[index]
        if all(any(found[index]) for index in flags):  # else TFLM leaves the output as it was
            valid += 1
            assert all(found[index] == oracle.tensor(index) for index in model.outputs)
    assert valid or name == "SignalFramer"


def test_every_operator_is_covered() -> None:
    assert {opcode for opcode in OPERATORS if opcode.startswith("Signal")} == SIGNALS.keys() - {
        "CAST",
        "INT32",
        "INT64",
    }

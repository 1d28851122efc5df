"""Models with anything changed are refused, or run without touching a byte that is not theirs.

The sanitizers see every byte (test_sanitizers.py runs this file with them).
"""

from __future__ import annotations

import random
from dataclasses import fields, replace

import numpy as np
import pytest
from program_runner import run_program
from random_int4 import INT4
from random_models import MODELS
from random_uint8 import UINT8
from tflm_oracle import random_inputs

from platformio_tinyml.model import Activation, Model, Operator, Options, Padding, Quantization, Tensor, TensorType
from platformio_tinyml.operators import check_model, lower_model, operator_macs
from platformio_tinyml.tflite import read_model

ALL = MODELS | UINT8 | INT4
BATCHES = 8
MUTANTS_PER_BATCH = 400
LARGEST = 1 << 16
"""Elements of a tensor; accepted mutants are run, and a run should be short."""
NUMBERS = (-(1 << 31), -1, 0, 1, 2, 3, 7, 127, 128, 32767, 32768, 65536, (1 << 31) - 1)
SCALES = (-1.0, 0.0, 1e-45, 1e-38, 0.001, 1 / 256, 0.5, 1.0, 1e9, 3e38, float("inf"), float("nan"))


def mutate(model: Model, numbers: random.Random) -> Model:
    """The model with one thing changed."""
    if numbers.random() < 0.6:
        position = numbers.randrange(len(model.tensors))
        changed = mutate_tensor(model.tensors[position], numbers)
        return replace(model, tensors=(*model.tensors[:position], changed, *model.tensors[position + 1 :]))
    return replace(model, operators=(mutate_operator(model.operators[0], numbers), *model.operators[1:]))


def mutate_tensor(tensor: Tensor, numbers: random.Random) -> Tensor:
    kind = numbers.randrange(5)
    if kind == 0:
        shape = mutate_tuple(tensor.shape, (1, 1, 2, 3, 5, *NUMBERS), numbers)
        tensor = replace(tensor, shape=shape)
        if tensor.data is None or not 0 < tensor.size < LARGEST:
            return tensor
        return replace(tensor, data=bytes(numbers.randrange(256) for _ in range(tensor.size)))
    if kind == 1:
        return replace(tensor, type=numbers.choice(list(TensorType)))
    if kind == 2:
        return replace(tensor, data=numbers.choice([None, b"", b"12345678"]))
    if kind == 3 or tensor.quantization is None:
        count = numbers.choice([0, 1, 1, 1, 2, 3])
        zero_points = tuple(numbers.choice([0, 5, *NUMBERS]) for _ in range(count))
        return replace(
            tensor,
            quantization=Quantization(
                tuple(numbers.choice(SCALES) for _ in range(count)), zero_points, numbers.choice([0, 1, 3, -1])
            ),
        )
    scale = mutate_tuple(tensor.quantization.scale, SCALES, numbers)
    return replace(tensor, quantization=replace(tensor.quantization, scale=scale))


def mutate_operator(operator: Operator, numbers: random.Random) -> Operator:
    kind = numbers.randrange(4)
    if kind == 0:
        return replace(operator, inputs=mutate_tuple(operator.inputs, (-2, -1, 0, 1, 2, 3, 99), numbers))
    if kind == 1:
        return replace(operator, outputs=mutate_tuple(operator.outputs, (-1, 0, 1, 2, 3), numbers))
    if kind == 2 or operator.options is None:
        return replace(operator, opcode=numbers.choice([*(name.split()[0] for name in MODELS), "LSTM"]))
    return replace(operator, options=mutate_options(operator.options, numbers))


def mutate_options(options: Options, numbers: random.Random) -> Options:
    field = numbers.choice(fields(options)).name
    choices = {
        "activation": list(Activation),
        "padding": list(Padding),
        "beta": SCALES,
        "new_shape": [()],
        "keep_num_dims": [False, True],
        "pot_scale_int16": [False, True],
    }
    return replace(options, **{field: numbers.choice(choices.get(field, NUMBERS))})


def mutate_tuple(values: tuple, choices: tuple, numbers: random.Random) -> tuple:
    """One element replaced, dropped or added."""
    kind = numbers.randrange(4)
    if not values or kind == 0:
        return (*values, numbers.choice(choices))
    position = numbers.randrange(len(values))
    middle = () if kind == 1 else (numbers.choice(choices),)
    return (*values[:position], *middle, *values[position + 1 :])


@pytest.mark.parametrize("batch", range(BATCHES))
def test_refused_or_harmless(batch: int) -> None:
    numbers = random.Random(batch)
    refused = ran = 0
    for _ in range(MUTANTS_PER_BATCH):
        seed = numbers.randrange(1000)
        model = read_model(ALL[numbers.choice(list(ALL))](np.random.default_rng(seed)), "random")
        for _ in range(numbers.choice([1, 1, 2, 3])):
            model = mutate(model, numbers)
        if check_model(model):
            refused += 1
            continue
        assert [operator_macs(model, operator) >= 0 for operator in model.operators]
        program = lower_model(model)
        if all(tensor.elements < LARGEST for tensor in model.tensors):
            run_program(program, random_inputs(model, np.random.default_rng(seed)))
            ran += 1
    assert refused > MUTANTS_PER_BATCH / 4
    assert ran > MUTANTS_PER_BATCH / 40

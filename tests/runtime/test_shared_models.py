"""Every tensor of every shared model is what TFLM computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from program_runner import run_program
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.errors import ModelError
from platformio_tinyml.operators import check_model, lower_model, operator_macs
from platformio_tinyml.simplify import simplify
from platformio_tinyml.tflite import read_model_file
from platformio_tinyml.tflm.refused import refuse

MACS = {
    "hello_world_int8": 288,
    "micro_speech_quantized": 336_000,
    "ad01_int8": 264_192,
    "kws_ref_model": 2_656_768,
    "pretrainedResnet_quant": 12_501_632,
    "vww_96_int8": 7_489_664,
}


@pytest.mark.parametrize("name", MACS)
def test_every_tensor_equals_tflm(name: str, shared_models: Path) -> None:
    path = shared_models / f"{name}.tflite"
    model = read_model_file(path)
    program = lower_model(model)
    oracle = Oracle(path.read_bytes(), model, arena_size=1 << 22)
    rng = np.random.default_rng(1)
    for _ in range(3):
        inputs = random_inputs(model, rng)
        oracle.run(inputs)
        tensors = run_program(program, inputs)
        produced = {index for operator in model.operators for index in operator.outputs}
        assert produced <= set(tensors)
        for index in produced:
            assert tensors[index] == oracle.tensor(index), model.tensors[index].name


@pytest.mark.parametrize("name", MACS)
def test_macs(name: str, shared_models: Path) -> None:
    model = read_model_file(shared_models / f"{name}.tflite")
    assert sum(operator_macs(model, operator) for operator in model.operators) == MACS[name]


def test_a_hybrid_model_is_run(shared_models: Path) -> None:
    assert check_model(read_model_file(shared_models / "kws_float.tflite")) == ()


def test_all_are_taken_and_what_tflm_refuses_is_said(shared_models: Path) -> None:
    """`scripts/both_runtimes.py` builds and compares them."""
    said = {}
    for path in sorted(shared_models.rglob("*.tflite")):
        model = read_model_file(path)
        assert check_model(simplify(model).model) == (), path.name
        try:
            refuse(model)
        except ModelError as error:
            said[path.stem] = error.message
    assert said == {
        "kws_float": "operator 0 CONV_2D is hybrid: FLOAT32 activations with INT8 weights",
    }

"""Models that remember: resource variables over several invokes, compared with TFLM, and what init and reset do."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_builder import Builder, per_tensor
from target_firmware import HostFirmware, case_of

from platformio_tinyml.model import Activation, AddOptions, TensorType, VarHandleOptions
from platformio_tinyml.operators import lower_model
from platformio_tinyml.tflite import read_model


def counter(zero_point: int) -> bytes:
    """The output is the sum of all inputs so far; both have one scale."""
    builder, quantization = Builder(), per_tensor(0.5, zero_point)
    handle = builder.tensor("handle", (), TensorType.RESOURCE)
    source, before, after = (
        builder.tensor(name, (1, 5), quantization=quantization) for name in ("input", "before", "after")
    )
    builder.operator("VAR_HANDLE", [], [handle], VarHandleOptions("", "state"))
    builder.operator("READ_VARIABLE", [handle], [before])
    builder.operator("ADD", [source, before], [after], AddOptions(Activation.NONE, False))
    builder.operator("ASSIGN_VARIABLE", [handle, after], [])
    return builder.build([source], [after])


def check(data: bytes, name: str, folder: Path) -> None:
    case = case_of(data, name, seed=3, invokes=8)
    firmware = HostFirmware([case.model], folder, init=False)
    (manifest,) = firmware.manifests
    for again in (None, manifest.init, f"{name}_reset"):  # who forgets init finds the first values too
        if again:
            firmware.call(again)
        for inputs, expected in zip(case.inputs, case.outputs, strict=True):
            assert firmware.invoke(manifest, inputs) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alexa_v1", "hey_jarvis_v2"])
def test_wake_words(name: str, shared_models: Path, tmp_path: Path) -> None:
    check((shared_models / f"{name}.tflite").read_bytes(), name, tmp_path)


@pytest.mark.slow
def test_lstm(shared_models: Path, tmp_path: Path) -> None:
    check((shared_models / "mnist_lstm_int8.tflite").read_bytes(), "mnist_lstm_int8", tmp_path)


def test_a_variable_that_nobody_initialises(tmp_path: Path) -> None:
    check(counter(zero_point=-7), "counter", tmp_path)


def test_state_is_memory_of_its_own() -> None:
    program = lower_model(read_model(counter(zero_point=-7), "counter"))
    (state,) = program.states
    assert state.initial == bytes([0xF9]) * 5
    assert program.model.tensors[state.tensor].name == "state"


@pytest.mark.slow
def test_audio_front_end(shared_models: Path, tmp_path: Path) -> None:
    """From 30 ms of samples to 40 channels; the noise in them is state."""
    check((shared_models / "audio_preprocessor_int8.tflite").read_bytes(), "audio_preprocessor_int8", tmp_path)

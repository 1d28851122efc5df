"""TFLM's view of the activations, and the offline plan made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformio_tinyml.tflite import read_model_file
from platformio_tinyml.tflm.activations import activations, loads
from platformio_tinyml.tflm.offline_plan import ONLINE, offline_offsets

LOWER_BOUNDS = {
    "hello_world_int8": 32,
    "micro_speech_quantized": 5968,
    "ad01_int8": 768,
    "kws_ref_model": 16000,
    "pretrainedResnet_quant": 49152,
    "vww_96_int8": 55296,
}
"""Bytes of activations with every size rounded up to 16, as TFLM places them."""


@pytest.mark.parametrize("name", LOWER_BOUNDS)
def test_shared_models(shared_models: Path, name: str) -> None:
    model = read_model_file(shared_models / f"{name}.tflite")
    assert max(loads(model)) == LOWER_BOUNDS[name]
    offsets = offline_offsets(model)
    assert len(offsets) == len(model.tensors)
    placed = {buffer.tensor: buffer for buffer in activations(model)}
    assert all((offset == ONLINE) == (index not in placed) for index, offset in enumerate(offsets))
    assert max(offsets[index] + buffer.size for index, buffer in placed.items()) == LOWER_BOUNDS[name]

"""Reads of flash, counted in a run of their own: what is computed and counted beside them is as without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("unicorn")
import numpy as np
from random_models import MODELS

from platformio_tinyml.emulate import flash_reads
from platformio_tinyml.emulate.linked_model import LinkedModel
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.profile.count import count
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model
from platformio_tinyml.timing.flash import UNKNOWN


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")
@pytest.mark.parametrize("opcode", ["CONV_2D", "DEPTHWISE_CONV_2D", "SOFTMAX"])
def test_nothing_else_changes(opcode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = read_model(MODELS[opcode](np.random.default_rng(3)), "net")
    (manifest,) = write_sources([model], tmp_path)
    image = read_image(link_sources(tmp_path, [manifest], find_target("netduinoplus2"), "-Os"))
    counted = count(image, manifest, flash=UNKNOWN)
    alone = LinkedModel(image, manifest).invoke(counted.inputs)
    assert counted.outputs == alone.outputs
    assert counted.instructions == alone.call.instructions
    assert counted.calls is not None
    lines = [work["flash_lines"] for work in counted.calls]
    assert 0 < sum(lines) <= counted.work["flash_lines"]
    # A run that comes to no end leaves the estimate.
    monkeypatch.setattr(flash_reads, "_count", lambda *_: None)
    assert count(image, manifest, flash=UNKNOWN).work["flash_lines"] == manifest.macs // UNKNOWN.line

"""Arbitrary indices are out of range, where the oracle fails: the comparison is made on zeros then."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.cli import main
from platformio_tinyml.model import GatherOptions, TensorType
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model

pytest.importorskip("unicorn", reason="unicorn is not installed")
pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")


def table() -> bytes:
    builder, quantization = Builder(), per_tensor(0.5)
    values = builder.tensor("v", (5, 3), quantization=quantization, data=np.arange(15, dtype=np.int8))
    indices = builder.tensor("i", (2,), TensorType.INT32)
    output = builder.tensor("y", (2, 3), quantization=quantization)
    builder.operator("GATHER", [values, indices], [output], GatherOptions(0, 0))
    return builder.build([indices], [output])


def test_zeros_are_compared(tmp_path: Path) -> None:
    target = find_target("netduinoplus2")
    if shutil.which(target.compiler) is None:
        pytest.skip(f"{target.compiler} is not installed")
    path = tmp_path / "table.tflite"
    path.write_bytes(table())
    (manifest,) = write_sources([read_model(path.read_bytes(), "table")], tmp_path)
    elf = link_sources(tmp_path, [manifest], target, "-Os")
    (tmp_path / "table.json").write_text(manifest.to_json())
    words = ["profile", str(elf), "--manifest", str(tmp_path / "table.json"), "--model", str(path)]
    assert main([*words, "--verification", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["inputs"], found["difference"]) == (1, None)

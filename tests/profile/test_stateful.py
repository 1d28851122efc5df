"""Every build compares a model with state over several invokes: the first alone says little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from model_builder import Builder, per_tensor

from platformio_tinyml.cli import main
from platformio_tinyml.model import Activation, AddOptions, TensorType, VarHandleOptions
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model
from platformio_tinyml.verify.first_look import STATEFUL

pytest.importorskip("unicorn", reason="unicorn is not installed")
pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")


def running_sum() -> bytes:
    """The first output is the input, for a variable begins as zero; each later one is the sum of the inputs so far."""
    builder, quantization = Builder(), per_tensor(0.5, 0)
    handle = builder.tensor("handle", (), TensorType.RESOURCE)
    source, before, after = (builder.tensor(name, (1, 5), quantization=quantization) for name in ("x", "b", "a"))
    builder.operator("VAR_HANDLE", [], [handle], VarHandleOptions("", "sum"))
    builder.operator("READ_VARIABLE", [handle], [before])
    builder.operator("ADD", [source, before], [after], AddOptions(Activation.NONE, False))
    builder.operator("ASSIGN_VARIABLE", [handle, after], [])
    return builder.build([source], [after])


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_state_that_is_lost(tmp_path: Path, forgetful: bool) -> None:
    target = find_target("netduinoplus2")
    if shutil.which(target.compiler) is None:
        pytest.skip(f"{target.compiler} is not installed")
    path = tmp_path / "sum.tflite"
    path.write_bytes(running_sum())
    (manifest,) = write_sources([read_model(path.read_bytes(), "sum")], tmp_path)
    if forgetful:
        code = tmp_path / "sum_model.c"
        text = code.read_text()
        invoke = "tinyml_status sum_invoke(void) {\n"
        assert text.count(invoke) == 1
        code.write_text(text.replace(invoke, f"{invoke}    sum_reset();\n"))
    elf = link_sources(tmp_path, [manifest], target, "-Os")
    (tmp_path / "sum.json").write_text(manifest.to_json())
    words = ["profile", str(elf), "--manifest", str(tmp_path / "sum.json"), "--model", str(path)]
    assert main([*words, "--verification", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    if forgetful:
        assert "in sample 2" in found["difference"]
    else:
        assert (found["inputs"], found["difference"]) == (STATEFUL, None)

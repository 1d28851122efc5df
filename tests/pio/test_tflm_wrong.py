"""A TensorFlow Lite Micro that computes something else, or fails: green nowhere. With the one at $TINYML_TFLM_LIBRARY.

A library of December 2023 knows one scale of FULLY_CONNECTED's filter; ours are per channel. That shape is made here.
"""

import functools
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import Project
from model_builder import Builder, per_tensor

from platformio_tinyml.model import TensorType

pytestmark = pytest.mark.slow

KERNELS = {
    "fully_connected.cc",
    "fully_connected_common.cc",
    "kernel_util.cc",
    "logistic.cc",
    "logistic_common.cc",
    "micro_tensor_utils.cc",
}
MAIN = """\
#include <NAME_model.h>

int main(void) {
    NAME_init();
    *NAME_input_0() = 20;
    NAME_invoke();
    return (int)*NAME_output_0();
}
"""
STRIPPED = "TF_LITE_STRIP_ERROR_STRINGS"
PER_CHANNEL = "is_per_channel = affine_quantization->scale->size > 1;"


def without_other_kernels(folder: str, names: list[str]) -> list[str]:
    is_kernels = Path(folder).parts[-2:] == ("micro", "kernels")
    return [name for name in names if is_kernels and name.endswith(".cc") and name not in KERNELS]


@pytest.fixture(scope="module", params=[(), (f"-D{STRIPPED}",)], ids=["with words", "stripped"])
def library(request: pytest.FixtureRequest, tmp_path_factory) -> Path:
    """The project's own; with the words of its errors, and without."""
    given = os.environ.get("TINYML_TFLM_LIBRARY")
    if not given:
        pytest.skip("TINYML_TFLM_LIBRARY does not name a TensorFlow Lite Micro library")
    folder = tmp_path_factory.mktemp("tflm") / "tflite-micro"
    shutil.copytree(given, folder, ignore=without_other_kernels)
    common = next(folder.rglob("micro/kernels/fully_connected_common.cc"))
    text = common.read_text("utf-8")
    if PER_CHANNEL not in text:
        pytest.skip("this library is not of the kind that the old shape can be made of")
    common.write_text(text.replace(PER_CHANNEL, "is_per_channel = false;"), "utf-8")
    manifest = json.loads((folder / "library.json").read_text("utf-8"))
    flags = manifest.get("build", {}).get("flags", [])
    flags = [flag for flag in ([flags] if isinstance(flags, str) else flags) if STRIPPED not in flag]
    manifest.setdefault("build", {})["flags"] = [*flags, *request.param]
    (folder / "library.json").write_text(json.dumps(manifest), "utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory, library: Path, repo: Path, emulated: str, pio) -> Project:
    folder = tmp_path_factory.mktemp("wrong") / "project"
    project = Project(folder, functools.partial(pio, timeout=1500))
    (folder / "models").mkdir(parents=True)
    shutil.copy(
        repo / "examples" / "anomaly" / "models" / "vibration.int8.tflite", folder / "models" / "vibration.tflite"
    )
    builder = Builder()
    inputs = [builder.tensor("x", (1, 4), quantization=per_tensor(0.1)), builder.tensor("a", (1, 4), TensorType.INT32)]
    outputs = [
        builder.tensor("y", (1, 4), quantization=per_tensor(1 / 256, -128)),
        builder.tensor("b", (1, 4), TensorType.INT32),
    ]
    for ends in zip(inputs, outputs, strict=True):
        builder.operator("LOGISTIC", [ends[0]], [ends[1]])
    (folder / "models" / "squash.tflite").write_bytes(builder.build(inputs, outputs))
    project.write(
        "platformio.ini",
        f"[platformio]\nbuild_cache_dir = {folder.parent / 'cache'}\n[env]\nplatform = {emulated}\n"
        f"board = netduinoplus2\nlib_deps =\n  symlink://{repo}\n  symlink://{library}\n"
        "custom_tinyml_models = models/${sysenv.WHICH}.tflite\ncustom_tinyml_verify = ${sysenv.VERIFY}\n[env:net]\n",
    )
    return project


def build(project: Project, name: str, verify: str = "auto"):
    project.write("src/main.c", MAIN.replace("NAME", name))
    return project.run("-e", "net", env={"WHICH": name, "VERIFY": verify})


def model(project: Project) -> dict:
    return json.loads(project.built("net", "tinyml/report.json").read_text())["models"][0]


def test_kernels_that_compute_something_else(project):
    pytest.importorskip("tflite_micro")
    wrong = build(project, "vibration")
    assert wrong.code == 1, wrong.output
    assert "verify:vibration" in wrong.stderr
    assert "differs from the package tflite_micro" in " ".join(wrong.stderr.split())
    assert not project.built("net", "firmware.bin").exists()
    chosen = build(project, "vibration", "off")
    assert chosen.code == 0, chosen.output
    assert "vibration: not verified: custom_tinyml_verify = off" in chosen.stdout
    assert model(project)["not_verified"] == "custom_tinyml_verify = off"


@pytest.mark.parametrize("verify", ["auto", "off"])
def test_an_invoke_that_fails(project, library, verify):
    """It passes Prepare, and its Eval does not know the type."""
    failing = build(project, "squash", verify)
    assert failing.code == 1, failing.output
    said = " ".join(failing.stderr.split())
    assert "invoke:squash: squash_invoke returns the status 3" in said
    if STRIPPED in (library / "library.json").read_text("utf-8"):
        assert f"the library says nothing: with {STRIPPED} it has no words" in said
    else:
        assert "the library says: Input INT32, output INT32 not supported." in said
    assert not project.built("net", "firmware.bin").exists()

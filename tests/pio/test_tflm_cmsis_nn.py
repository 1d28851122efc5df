"""The runtime tflm with CMSIS-NN's kernels: the library at $TINYML_TFLM_CMSIS_NN_LIBRARY, less what nothing calls."""

import functools
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import Project

from platformio_tinyml.firmware.elf import read_image

pytestmark = pytest.mark.slow

KERNELS = {"fully_connected.cc", "fully_connected_common.cc", "kernel_util.cc", "micro_tensor_utils.cc"}
FUNCTIONS = (
    "arm_fully_connected",
    "arm_vector_sum",
    "arm_nn_",
    "arm_convolve_1x1_s8",
    "arm_convolve_get_buffer_sizes_s8",
)
"""Of the model's one kind of operator: kernels of TFLM, and how CMSIS-NN's functions for it begin."""

MAIN = """\
#include <sine_model.h>

int main(void) {
    return sine_init() != TINYML_OK || sine_invoke() != TINYML_OK;
}
"""
INI = """\
[env:net]
platform = {platform}
board = netduinoplus2
lib_deps =
  symlink://{repo}
  symlink://{library}
"""


def unneeded(folder: str, names: list[str]) -> list[str]:
    name = Path(folder).name
    if name in ("kernels", "cmsis_nn"):
        return [each for each in names if each.endswith(".cc") and each not in KERNELS]
    if name.endswith("Functions"):
        return [each for each in names if each.endswith(".c") and not each.startswith(FUNCTIONS)]
    return []


@pytest.fixture(scope="module")
def project(tmp_path_factory, repo: Path, emulated: str, pio) -> Project:
    given = os.environ.get("TINYML_TFLM_CMSIS_NN_LIBRARY")
    if not given:
        pytest.skip("TINYML_TFLM_CMSIS_NN_LIBRARY does not name a TensorFlow Lite Micro library with CMSIS-NN")
    folder = tmp_path_factory.mktemp("cmsis_nn")
    library = folder / "tflite-micro-cmsis"
    shutil.copytree(given, library, ignore=unneeded)
    project = Project(folder / "project", functools.partial(pio, timeout=1500))
    project.write("platformio.ini", INI.format(platform=emulated, repo=repo, library=library))
    project.write("src/main.c", MAIN)
    (project.folder / "models").mkdir()
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", project.folder / "models")
    return project


def test_int8_only_registration_and_owner(project):
    build = project.run("-e", "net", "-t", "exec")
    assert build.code == 0, build.output
    assert "Register_FULLY_CONNECTED_INT8()" in project.built("net", "tinyml/include/sine_tflm.h").read_text()
    functions = {symbol.name for symbol in read_image(project.built("net", "firmware.elf")).symbols}
    assert any("Register_FULLY_CONNECTED_INT8" in name for name in functions)
    assert "arm_fully_connected_s8" in functions
    assert "arm_fully_connected_s16" not in functions  # what the plain registration would link
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    owners = {owner["owner"]: owner["flash"] for owner in report["owners"]}
    assert owners["cmsis-nn"] > 500
    assert report["models"][0]["arena"]["method"] == "emulated"
    assert {check["name"]: check["ok"] for check in report["checks"]}["init:sine"]

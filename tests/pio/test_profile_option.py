"""The profile in real builds: made by content, never in the way of a build."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import MAIN, Project
from model_builder import Builder, per_tensor

from platformio_tinyml.model import Activation, FullyConnectedOptions
from platformio_tinyml.tool_env import ToolEnvironment

pytestmark = pytest.mark.slow
BOARD = "[env:net]\nboard = netduinoplus2\n"
Make = Callable[..., Project]


def profile(project: Project, environment: str = "net") -> dict:  # type: ignore[type-arg]
    document = json.loads(project.built(environment, "tinyml/report.json").read_text())
    return document["models"][0]["profile"]  # type: ignore[no-any-return]


def test_an_edit_of_the_application_profiles_nothing(make_project: Make) -> None:
    project = make_project(f"{BOARD}board_build.tinyml.ma_per_mhz = 0.25\nboard_build.f_cpu = 100000000L\n")
    build = project.run()
    assert build.code == 0 and build.started.count("profile") == 1, build.output
    found = profile(project)
    assert (found["method"], found["core"], found["clock_hz"]) == ("emulated", "cortex-m4", 100_000_000)
    assert (found["ma_per_mhz"], found["voltage"]) == (0.25, 3.3)
    assert f"sine: {found['instructions']:,} instructions counted" in build.stdout
    assert sum(call["instructions"] for call in found["calls"]) < found["instructions"]
    project.write("src/main.c", MAIN.replace("20", "21"))
    assert project.run().started == ("check", "compile main.o", "image", "link")
    assert profile(project) == found
    project.run("-t", "clean")
    assert "profile" not in project.run().started
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("0.25", "0.5"))
    project.run()
    assert profile(project)["energy_uj"] == pytest.approx([2 * each for each in found["energy_uj"]])
    ini.write_text(ini.read_text().replace("0.5", "much"))
    wrong = project.run()
    assert wrong.code == 1
    assert "the profile of sine: argument --ma-per-mhz: 'much' is no number above 0 and up to 1,000,000" in " ".join(
        wrong.stderr.split()
    )
    assert not project.built("net", "firmware.elf").exists()


WRAPPER = """
#include <string.h>
#include <tinyml_kernels.h>

typedef const tinyml_fully_connected_params *params_t;
#define PARAMETERS params_t params, const int8_t *input, const int8_t *filter, const int32_t *bias, \\
    const int32_t *multiplier, const int8_t *shift, int8_t *output
volatile char seen;
void __real_tinyml_fully_connected_s8(PARAMETERS);
void __wrap_tinyml_fully_connected_s8(PARAMETERS) {
    volatile char local[BYTES];
    memset((void *)local, 1, sizeof local);
    seen = local[3];
    __real_tinyml_fully_connected_s8(params, input, filter, bias, multiplier, shift, output);
}
"""


def test_an_edit_of_what_the_model_calls_profiles_anew(make_project: Make) -> None:
    wrap = "build_flags = -Wl,--wrap=tinyml_fully_connected_s8\n"
    stacks = "custom_tinyml_stack_budget = 1 KB\ncustom_tinyml_sine_task_stack = 2 KB\n"
    project = make_project(f"{BOARD}{wrap}{stacks}")
    told = "#if SINE_TASK_STACK != 2048\n#error the task is not told\n#endif\n"
    project.write("src/main.c", told + MAIN + WRAPPER.replace("BYTES", "64"))
    build = project.run()
    assert build.code == 0, build.output
    assert profile(project)["stack"]["invoke"] < 1024
    project.write("src/main.c", MAIN + WRAPPER.replace("BYTES", "4096"))
    build = project.run()
    assert build.code == 1, build.output
    assert re.search(r"(?<!task )stack is", build.stderr) and "task stack is" in build.stderr, build.output
    assert profile(project)["stack"]["invoke"] > 4096


OWN_COPY = """
#include <stddef.h>

volatile char seen;
void *memcpy(void *to, const void *from, size_t size) {
    volatile char local[BYTES];
    local[3] = 1;
    seen = local[3];
    for (size_t i = 0; i < size; i++) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}
"""


def _copying_model() -> bytes:
    """A multiplier of 1, no quick one: four channels go by their sums, which are copied."""
    builder = Builder()
    source = builder.tensor("input", (1, 4), quantization=per_tensor(1.0))
    weights = builder.tensor("weights", (4, 4), quantization=per_tensor(1.0), data=np.eye(4, dtype=np.int8))
    output = builder.tensor("output", (1, 4), quantization=per_tensor(1.0))
    options = FullyConnectedOptions(Activation.NONE, 0, False)
    builder.operator("FULLY_CONNECTED", [source, weights, -1], [output], options)
    return builder.build([source], [output])


def test_an_edit_of_the_library_that_kernels_call_profiles_anew(make_project: Make) -> None:
    project = make_project("[env:net]\nboard = microbit\ncustom_tinyml_stack_budget = 1 KB\n")
    (project.folder / "models" / "sine.tflite").write_bytes(_copying_model())
    project.write("src/own.c", OWN_COPY.replace("BYTES", "16"))
    build = project.run()
    assert build.code == 0, build.output
    project.write("src/own.c", OWN_COPY.replace("BYTES", "4096"))
    build = project.run()
    assert build.code == 1 and "stack is" in build.stderr, build.output


def test_merged_programs_are_told_apart_by_themselves(make_project: Make) -> None:
    project = make_project(f"{BOARD}build_flags = -flto\n")
    build = project.run()
    assert build.code == 0, build.output
    assert profile(project)["method"] == "emulated"
    project.write("src/main.c", MAIN.replace("20", "21"))
    assert "profile" in project.run().started


def test_off(make_project: Make) -> None:
    project = make_project(f"{BOARD}custom_tinyml_profile = off\n")
    build = project.run()
    assert build.code == 0 and "profile" not in build.started
    assert profile(project) is None
    assert "stack" not in {
        check["name"] for check in json.loads(project.built("net", "tinyml/report.json").read_text())["checks"]
    }


def test_avr_is_estimated(make_project: Make) -> None:
    project = make_project("[env:uno]\nboard = uno\n")
    build = project.run()
    assert build.code == 0, build.output
    found = profile(project, "uno")
    assert (found["method"], found["stack"], found["clock_hz"]) == ("estimated", None, 16_000_000)
    assert "sine: estimate of" in build.stdout
    assert "the emulator does not run code for avr" in build.stdout


def test_without_the_emulator(make_project: Make, repo: Path, core_dir: Path, tmp_path: Path) -> None:
    """It cannot be installed: the build goes on, says so, and does not try again at once."""
    assert make_project(BOARD, name="first").run().code == 0
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    folder = ToolEnvironment(core_dir, sys.executable).folder
    shutil.copytree(folder, core / "tinyml" / folder.name)
    offline = {"PLATFORMIO_CORE_DIR": str(core), "PIP_NO_INDEX": "1"}
    project = make_project(BOARD)
    build = project.run(env=offline)
    assert build.code == 0, build.output
    assert "pip" in build.started
    assert "without it the profile is an estimate" in build.stdout
    found = profile(project)
    assert (found["method"], found["stack"]) == ("estimated", None)
    assert found["notes"] == ["an estimate: the CPU emulator unicorn is not installed"]
    project.write("src/main.c", MAIN.replace("20", "21"))
    assert project.run(env=offline).started == ("check", "compile main.o", "image", "link")

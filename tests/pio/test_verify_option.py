"""custom_tinyml_verify in real builds of the compiled runtime."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import MAIN, Project

from platformio_tinyml.tool_env import ToolEnvironment

pytestmark = pytest.mark.slow
BOARD = "[env:net]\nboard = netduinoplus2\ncustom_tinyml_verify = "


def write_npz(path: Path, **arrays: tuple[type, tuple[int, ...]]) -> None:
    """Zeros of these types and shapes."""
    np.savez(path, **{name: np.zeros(shape, kind) for name, (kind, shape) in arrays.items()})


def report(project: Project) -> dict:
    return json.loads(project.built("net", "tinyml/report.json").read_text())


def test_verified_in_the_build(make_project):
    pytest.importorskip("tflite_micro")
    project = make_project(f"{BOARD}2")
    build = project.run()
    assert build.code == 0, build.output
    assert "sine equals the package tflite_micro (2 inputs, generated)" in build.stdout
    document = report(project)
    found = document["models"][0]["verification"]
    assert [(each["independent"], each["difference"]) for each in found["oracles"]] == [(True, None)]
    assert (found["inputs"], found["missing"], found["tensor"]) == (2, [], None)
    checks = {check["name"]: check for check in document["checks"]}
    assert checks["verify:sine"]["ok"]
    assert checks["stack"]["ok"]
    assert checks["stack"]["limit"] == checks["ram_limit"]["limit"]
    profile = document["models"][0]["profile"]
    assert checks["stack"]["actual"] >= profile["stack"]["invoke"] > 0
    assert profile["stack"] == found["stack"]
    again = project.run()
    assert again.started == ()
    assert "sine equals" in again.stdout


def model(project: Project, environment: str = "net") -> dict:
    return json.loads(project.built(environment, "tinyml/report.json").read_text())["models"][0]


def test_verified_without_an_option(make_project):
    """By the run that the profile makes anyway; an edit of the application runs nothing."""
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2\n")
    build = project.run()
    assert build.code == 0, build.output
    assert "sine equals the package tflite_micro (1 input, generated)" in build.stdout
    assert build.started.count("profile") == 1 and "verify" not in build.started
    assert model(project)["verification"]["oracles"][0]["independent"] is True
    assert model(project)["not_verified"] is None
    assert {check["name"]: check["ok"] for check in report(project)["checks"]}["verify:sine"]
    project.write("src/main.c", MAIN.replace("20", "21"))
    assert project.run().started == ("check", "compile main.o", "image", "link")
    assert model(project)["verification"]["inputs"] == 1
    assert project.run("-t", "clean").code == 0
    assert not {"profile", "verify"} & set(project.run().started)


def test_golden_inputs_beside_the_model_are_taken(make_project):
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2\n")
    golden = project.folder / "models" / "sine.golden.npy"
    np.save(golden, np.zeros((3, 1), np.int8))
    build = project.run()
    assert build.code == 0, build.output
    assert (model(project)["verification"]["inputs"], model(project)["verification"]["source"]) == (3, golden.name)
    project.write("src/main.c", MAIN.replace("20", "21"))
    assert "verify" not in project.run().started
    np.save(golden, np.zeros((2, 1), np.int8))
    assert "verify" in project.run().started
    golden.write_bytes(b"no array")
    broken = project.run()
    assert broken.code == 1
    assert golden.name in broken.stderr
    golden.unlink()
    assert project.run().code == 0


def test_off_is_a_choice_that_the_report_names(make_project):
    project = make_project(f"{BOARD}off")
    build = project.run()
    assert build.code == 0
    assert "sine: not verified: custom_tinyml_verify = off" in build.stdout
    assert model(project)["not_verified"] == "custom_tinyml_verify = off"
    assert "not verified" in project.built("net", "tinyml/report.html").read_text()


def test_verified_without_a_profile(make_project):
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2\ncustom_tinyml_profile = off")
    build = project.run()
    assert build.code == 0, build.output
    assert "verify" in build.started and "profile" not in build.started
    assert model(project)["verification"]["inputs"] == 1


def test_a_wrong_kernel_without_an_option(make_project):
    pytest.importorskip("tflite_micro")
    wrapped = "tinyml_fully_connected_s8"
    project = make_project(f"[env:net]\nboard = netduinoplus2\nbuild_flags = -Wl,--wrap={wrapped}")
    project.write("src/main.c", f"{MAIN}\nvoid __wrap_{wrapped}(void) {{}}\n")
    build = project.run()
    assert build.code == 1
    assert "written by operator 0, FULLY_CONNECTED" in " ".join(build.stderr.split())
    assert not project.built("net", "firmware.bin").exists()


CHANGE = """\
Import("env")

def change(source, target, env):
    data = bytearray(open(str(target[0]), "rb").read())
    at = data.index(WEIGHTS)
    data[at : at + len(WEIGHTS)] = bytes(len(WEIGHTS))
    open(str(target[0]), "wb").write(data)

env.AddPostAction("$BUILD_DIR/${PROGNAME}.elf", change)
"""


def test_a_program_that_a_script_changes_after_the_link(make_project):
    """What was found of the same objects, without the script, is not told of it."""
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2")
    assert project.run().code == 0
    text = project.built("net", "tinyml/sine/sine_weights.c").read_text()
    numbers = re.search(r"filter\w*\[\d+\][^=]*= \{([^}]*)\}", text)
    assert numbers
    weights = bytes(int(number) & 255 for number in re.findall(r"-?\d+", numbers[1]))
    project.write("change.py", f"WEIGHTS = {weights}\n{CHANGE}")
    options = (project.folder / "platformio.ini").read_text()
    project.write("platformio.ini", f"{options}\nextra_scripts = post:change.py\n")
    build = project.run()
    assert build.code == 1, build.output
    assert "verify:sine" in build.stderr


def test_where_it_cannot_run_the_report_says_why(make_project, repo, core_dir, tmp_path):
    project = make_project("[env:uno]\nboard = uno\n[env:net]\nboard = netduinoplus2\n")
    assert project.run("-e", "uno").code == 0
    assert model(project, "uno")["not_verified"] == "the emulator does not run code for this target"
    # No network, and what is installed without it is the first set alone.
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    folder = ToolEnvironment(core_dir, sys.executable).folder
    shutil.copytree(folder, core / "tinyml" / folder.name)
    offline = project.run("-e", "net", env={"PLATFORMIO_CORE_DIR": str(core), "PIP_NO_INDEX": "1"})
    assert offline.code == 0, offline.output
    assert "sine: not verified: the CPU emulator unicorn is not installed" in offline.stdout


def test_an_input_and_an_output_that_nobody_asks_for(make_project):
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2\n")
    project.write("src/main.c", "#include <sine_model.h>\nint main(void) { sine_init(); return sine_invoke(); }\n")
    build = project.run()
    assert build.code == 0, build.output
    assert "sine_output_0" not in build.output
    assert model(project)["verification"]["inputs"] == 1
    project.write("src/main.c", "#include <sine_model.h>\nint main(void) { sine_init(); return *sine_input_0(); }\n")
    assert project.run("-e", "net").code == 0
    assert model(project)["not_verified"] == "the firmware does not call sine_invoke"


def test_a_model_that_is_there_and_not_called_is_not_passed_over(make_project):
    project = make_project(f"{BOARD}2")
    project.write("src/main.c", "#include <sine_model.h>\nint main(void) { sine_init(); return *sine_input_0(); }\n")
    build = project.run()
    assert build.code == 1
    assert "sine was not verified: the firmware holds it, and does not call sine_invoke" in " ".join(
        build.stderr.split()
    )
    project.write("src/main.c", "int main(void) { return 0; }\n")
    assert project.run().code == 0


def test_an_init_that_was_forgotten_and_is_called_now(make_project):
    """What was found without it is not told again: nothing ran."""
    pytest.importorskip("tflite_micro")
    project = make_project("[env:net]\nboard = netduinoplus2\n")
    project.write("src/main.c", MAIN.replace("    sine_init();\n", ""))
    assert project.run().code == 0
    assert model(project)["not_verified"] == "nothing in the firmware calls sine_init()"
    project.write("src/main.c", MAIN)
    assert "sine equals the package tflite_micro" in project.run().stdout


def test_a_firmware_without_symbols_says_that(make_project):
    stripped = "board = netduinoplus2\nbuild_flags = -Wl,-s\n"
    project = make_project(f"[env:net]\n{stripped}[env:strict]\n{stripped}custom_tinyml_verify = 1\n")
    assert project.run("-e", "net").code == 0
    assert model(project)["not_verified"] == "the ELF has no symbols (link without -s)"
    strict = project.run("-e", "strict")
    assert strict.code == 1
    assert "verify:sine: sine was not verified: the ELF has no symbols - link without -s, or" in " ".join(
        strict.stderr.split()
    )


def test_golden_inputs(make_project):
    project = make_project(f"{BOARD}golden")
    missing = project.run()
    assert missing.code == 1
    assert "custom_tinyml_verify = golden: there is no file" in missing.stderr
    golden = project.folder / "models" / "sine.golden.bin"
    golden.write_bytes(bytes(range(0, 250, 50)))
    assert project.run().code == 0
    found = report(project)["models"][0]["verification"]
    assert (found["inputs"], found["source"]) == (5, "sine.golden.bin")
    golden.write_bytes(b"a")
    assert "verify" in project.run().started
    assert report(project)["models"][0]["verification"]["inputs"] == 1
    write_npz(golden.with_suffix(".npz"), input_0=(np.int8, (3, 1)), output_0=(np.int8, (3, 1)))
    both = project.run()
    assert both.code == 1
    assert "there are sine.golden.bin and sine.golden.npz" in both.stderr
    golden.unlink()
    expected = project.run()
    assert expected.code == 1
    assert "verify:sine" in expected.stderr
    assert "the oracles disagree" in " ".join(expected.stderr.split())


def test_other_outputs_make_no_image(make_project):
    """A kernel of the project's own in the place of the library's."""
    wrapped = "tinyml_fully_connected_s8"
    project = make_project(f"{BOARD}2\nbuild_flags = -Wl,--wrap={wrapped}")
    project.write("src/main.c", f"{MAIN}\nvoid __wrap_{wrapped}(void) {{}}\n")
    build = project.run()
    assert build.code == 1
    assert "verify:sine" in build.stderr
    said = " ".join(build.stderr.split())
    assert "sine_output_0, byte 0 of 1 (tensor" in said
    first = report(project)["models"][0]["verification"]["tensor"]
    assert (first["operator"], first["opcode"], first["size"]) == (0, "FULLY_CONNECTED", 7)
    assert "written by operator 0, FULLY_CONNECTED: byte" in said
    assert not project.built("net", "firmware.elf").exists()
    assert not project.built("net", "firmware.bin").exists()


def test_model_that_nothing_calls(make_project):
    project = make_project(f"{BOARD}2")
    project.write("src/main.c", "#include <sine_model.h>\nint main(void) { return 0; }\n")
    build = project.run()
    assert build.code == 0, build.output
    document = report(project)
    assert document["models"][0]["used"] is False
    assert document["models"][0]["verification"] is None


def test_target_that_cannot_be_emulated(make_project):
    project = make_project("[env:host]\nboard = host\ncustom_tinyml_verify = 2")
    build = project.run()
    assert build.code == 1
    assert "custom_tinyml_verify: sine: " in build.stderr

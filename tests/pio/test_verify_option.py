"""custom_tinyml_verify in real builds of the compiled runtime."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import MAIN, Project

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

"""custom_tinyml_verify in real builds of the compiled runtime."""

import json

import pytest
from conftest import MAIN, Project

pytestmark = pytest.mark.slow
BOARD = "[env:net]\nboard = netduinoplus2\ncustom_tinyml_verify = "


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
    assert (found["independent"], found["inputs"], found["difference"]) == (True, 2, None)
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


def test_other_outputs_make_no_image(make_project):
    """A kernel of the project's own in the place of the library's."""
    wrapped = "tinyml_fully_connected_s8"
    project = make_project(f"{BOARD}2\nbuild_flags = -Wl,--wrap={wrapped}")
    project.write("src/main.c", f"{MAIN}\nvoid __wrap_{wrapped}(void) {{}}\n")
    build = project.run()
    assert build.code == 1
    assert "verify:sine" in build.stderr
    assert "sine_output_0, byte 0 of 1 (tensor" in " ".join(build.stderr.split())
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

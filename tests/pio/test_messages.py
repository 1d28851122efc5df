"""What a build says of mistakes that send people the wrong way."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.slow

BOARD = "[env:net]\nboard = netduinoplus2\n"


@pytest.mark.parametrize("section", ["platformio", "tinyml", "env.net"])
def test_an_option_in_a_section_that_is_not_read(make_project, section):
    project = make_project(BOARD)
    ini = project.folder / "platformio.ini"
    ini.write_text(f"[{section}]\ncustom_tinyml_ram_budget = 1 KB\n" + ini.read_text())
    build = project.run()
    assert build.code == 1
    assert f"custom_tinyml_ram_budget stands under [{section}]" in build.stderr


@pytest.mark.parametrize("line", ["extends = limits", "custom_tinyml_ram_budget = ${limits.custom_tinyml_ram_budget}"])
def test_an_option_of_a_section_that_an_environment_takes_from(make_project, line):
    project = make_project(BOARD)
    ini = project.folder / "platformio.ini"
    ini.write_text(f"[limits]\ncustom_tinyml_ram_budget = 1 KB\n{ini.read_text()}\n{line}\n")
    build = project.run()
    assert build.code == 1
    assert "ram_budget: ram is" in build.stderr


@pytest.mark.parametrize("name", ["sine.h", "sine_data.h", "Sine_model_data.hpp"])
def test_a_header_that_is_called_otherwise(make_project, name):
    project = make_project(BOARD)
    project.write("src/main.c", f"#include <{name}>\nint main(void) {{ return 0; }}\n")
    build = project.run()
    assert build.code == 1
    assert f"<{name}> is no header of the model sine: #include <sine_model.h>" in build.stderr


@pytest.mark.parametrize("there", [False, True])
def test_a_header_of_a_model_that_is_not_there(make_project, there):
    project = make_project(BOARD)
    project.write("src/main.c", "#include <net_model.h>\nint main(void) { return x; }\n")
    if there:
        project.write("include/net_model.h", "")
    build = project.run()
    assert build.code == 1
    assert ("no model here has <net_model.h>: #include <sine_model.h>" in build.stderr) is not there


def test_the_header_of_a_model_that_is_called_otherwise_now(make_project):
    """A source that takes no more than sizes of it would be compiled, and linked, with those of the model before."""
    project = make_project(BOARD)
    project.write("src/main.c", "#include <sine_model.h>\nint main(void) { return SINE_INPUT_0_SIZE; }\n")
    assert project.run().code == 0
    (project.folder / "models/sine.tflite").rename(project.folder / "models/other.tflite")
    build = project.run()
    assert build.code == 1
    assert "no model here has <sine_model.h>: #include <other_model.h>" in build.stderr


def test_a_model_of_another_framework(make_project):
    project = make_project(BOARD)
    shutil.rmtree(project.folder / "models")
    project.write("models/net.pth", "x")
    build = project.run()
    assert build.code == 1
    assert "models/net.pth is a PyTorch file" in build.stderr
    assert "torch.export.save" in build.stderr


def test_a_comma_in_a_line_of_its_own(make_project):
    project = make_project(BOARD + "custom_tinyml_models =\n    models/a, b.tflite\ncustom_tinyml_a_b_name = sine")
    (model,) = (project.folder / "models").iterdir()
    model.rename(model.with_name("a, b.tflite"))
    build = project.run()
    assert "there is no file" not in build.output
    assert "a, b.tflite" in build.output


def test_errors_have_one_word_before_them_and_name_the_model(make_project):
    project = make_project(BOARD + "custom_tinyml_models =\n    models/sine.tflite\n    models/other.tflite")
    project.write("models/other.tflite", "0000TFL3 and then nothing")
    build = project.run()
    assert build.code == 1
    assert "TinyML: error: " in build.stderr and "other" in build.stderr
    assert "pio-tinyml: error" not in build.output


def test_a_program_that_is_run_silently_is_heard(make_project):
    build = make_project(BOARD).run("-s", "-t", "exec")
    assert build.code == 0
    assert build.stderr.startswith("sine ")

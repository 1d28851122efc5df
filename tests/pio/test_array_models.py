"""A project that has its model as a C array, as most sketches do, built for real."""

import json

import pytest

pytestmark = pytest.mark.slow

BOARD = "[env:net]\nboard = netduinoplus2\n"


def as_array(project, name: str = "g_sine", attributes: str = "alignas(16) ") -> str:
    data = (project.folder / "models" / "sine.tflite").read_bytes()
    values = ",\n".join(", ".join(f"0x{byte:02x}" for byte in data[at : at + 12]) for at in range(0, len(data), 12))
    return (
        f"{attributes}const unsigned char {name}[] = {{\n{values}\n}};\nconst unsigned int {name}_len = {len(data)};\n"
    )


def names(project) -> list[str]:
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    return [model["name"] for model in report["models"]]


@pytest.fixture
def project(make_project):
    return make_project(BOARD)


def test_a_header_in_src(project):
    model = project.folder / "models" / "sine.tflite"
    expected = project.run("-t", "exec").stdout.partition("sine ")[2].split()[0]
    project.write("src/sine.h", "// a sketch's\n" + as_array(project))
    model.unlink()
    project.write(
        "platformio.ini", (project.folder / "platformio.ini").read_text() + "custom_tinyml_models = src/sine.h\n"
    )
    build = project.run("-t", "exec")
    assert build.code == 0, build.output
    assert build.stdout.partition("sine ")[2].split()[0] == expected
    assert names(project) == ["sine"]
    assert project.run().started == ()


def test_alone_in_models(project):
    array = as_array(project)
    project.write("models/sine.cc", array)
    project.write("models/sine.h", "extern const unsigned char g_sine[];\n")
    (project.folder / "models" / "sine.tflite").rename(project.folder / "models" / "other.tflite")
    build = project.run()
    assert build.code == 1  # src/main.c includes the header of another model
    (project.folder / "models" / "other.tflite").unlink()
    build = project.run()
    assert build.code == 0, build.output
    project.write("models/sine.cc", array.replace("0x54, 0x46", "0x54, 0x47"))
    build = project.run()
    assert build.code == 1
    assert "no model in models/" in build.stderr


def test_one_of_several(project):
    project.write("src/all.h", as_array(project, "one") + as_array(project, "sine"))
    (project.folder / "models" / "sine.tflite").unlink()
    ini = (project.folder / "platformio.ini").read_text()
    project.write("platformio.ini", f"{ini}custom_tinyml_models = src/all.h\n")
    build = project.run()
    assert build.code == 1
    assert "src/all.h holds several models: one, sine" in build.stderr
    project.write("platformio.ini", f"{ini}custom_tinyml_models = src/all.h#sine\n")
    build = project.run()
    assert build.code == 0, build.output
    assert names(project) == ["sine"]


def test_a_header_with_the_generated_ones_name(project):
    project.write("src/sine_model.h", as_array(project))
    build = project.run()
    assert build.code == 1
    assert "src/sine_model.h is called like the header that is made for the model sine" in build.stderr
    assert "custom_tinyml_sine_name = sine_net" in build.stderr

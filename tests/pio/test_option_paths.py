"""Variables of platformio.ini in our options: what they are to the project, whichever script reads them."""

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BOARD = "board = netduinoplus2\n"
VARIABLES = ("${PROJECT_DIR}", "${platformio.src_dir}/..", "${platformio.data_dir}/..", "${this.custom_base}", ".")


@pytest.fixture(params=["library", "script", "both"])
def way(request, repo: Path) -> tuple[str, str]:
    """(options under [env], options of the environment): the two ways to take the library."""
    library, script = f"lib_deps = symlink://{repo}", f"extra_scripts = pre:{repo / 'extra_script.py'}\n"
    return ("" if request.param == "script" else library), ("" if request.param == "library" else script)


def linked_model(project, environment: str) -> dict:
    report = json.loads(project.built(environment, "tinyml/report.json").read_text())
    return report["models"][0]


def test_every_variable_both_ways_in(make_project, way):
    common, own = way
    options = f"{BOARD}{own}custom_base = ${{PROJECT_DIR}}\n"
    environments = "".join(
        f"[env:e{number}]\n{options}custom_tinyml_models = {base}/own/net.tflite\n"
        f"custom_tinyml_baseline = {base}/kept/e{number}.json\n\n"
        for number, base in enumerate(VARIABLES)
    )
    project = make_project(environments, common)
    (project.folder / "own").mkdir()
    (project.folder / "data").mkdir()
    shutil.move(project.folder / "models" / "sine.tflite", project.folder / "own" / "net.tflite")
    main = project.folder / "src" / "main.c"
    main.write_text(main.read_text().replace("sine_", "net_"))
    build = project.run("-t", "tinyml_baseline")
    assert build.code == 0, build.output
    for number in range(len(VARIABLES)):
        assert (project.folder / "kept" / f"e{number}.json").is_file()
        assert linked_model(project, f"e{number}")["name"] == "net"


def test_a_model_of_the_same_name_in_the_library(make_project, library_copy, repo):
    """It would be linked instead, and a baseline written into the library."""
    project = make_project(
        f"[env:net]\n{BOARD}custom_tinyml_models = ${{PROJECT_DIR}}/models/sine.tflite\n"
        "custom_tinyml_baseline = ${PROJECT_DIR}/tinyml-baseline.json\n",
        f"lib_deps = symlink://{library_copy}",
    )
    (library_copy / "models").mkdir()
    (library_copy / "models" / "sine.tflite").write_bytes(b"not this one")
    before = sorted(library_copy.rglob("*"))
    build = project.run("-t", "tinyml_baseline")
    assert build.code == 0, build.output
    assert (project.folder / "tinyml-baseline.json").is_file()
    assert [path for path in sorted(library_copy.rglob("*")) if "__pycache__" not in path.parts] == before


def test_from_another_folder_another_file_and_a_parent_environment(make_project):
    project = make_project(
        f"[base]\n{BOARD}custom_tinyml_models = ${{PROJECT_DIR}}/models/sine.tflite\n\n[env:net]\nextends = base\n"
    )
    ini = project.folder / "platformio.ini"
    other = ini.rename(project.folder / "other.ini")
    elsewhere = project.folder.parent / "elsewhere"
    elsewhere.mkdir()
    for folder, arguments in (
        (project.folder, ["-c", "other.ini"]),
        (project.folder, ["-c", str(other)]),
        (elsewhere, ["-d", str(project.folder), "-c", str(other)]),
        (elsewhere, ["-d", "../project", "-c", "../project/other.ini"]),
    ):
        shutil.rmtree(project.folder / ".pio", ignore_errors=True)
        build = project.pio(folder, "run", *arguments)
        assert build.returncode == 0, (arguments, build.stdout + build.stderr)
        assert linked_model(project, "net")["name"] == "sine"
    other.rename(ini)
    build = project.pio(elsewhere, "run", "-d", str(project.folder))
    assert build.returncode == 0, build.stdout + build.stderr

"""`tinyml_add_model()` and `tinyml_check()`: CMake without PlatformIO, on this computer and for a Cortex-M."""

import json
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
from cmake_runs import said

pytest_plugins = ["cmake_fixtures"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed"),
]

MAIN = """\
#include <stdio.h>
#include <first_model.h>
#include <m2_b_model.h>

int main(void)
{
    first_init();
    first_input_0()[0] = 20;
    first_invoke();
    printf("first %d %s\\n", first_output_0()[0], FIRST_SOURCE);
    m2_b_init();
    return m2_b_invoke() != TINYML_OK;
}
"""

LISTS = """\
cmake_minimum_required(VERSION 3.16)
project(app C)
set(BUDGET 40KB CACHE STRING "")
include("{folder}/tinyml.cmake")
add_executable(app main.c)
target_compile_options(app PRIVATE -Wall -Wextra -Werror)
target_compile_definitions(app PRIVATE FIRST_SOURCE="")
tinyml_add_model(app "models ü/a.tflite" NAME first OPTIONS --share-arena)
tinyml_add_model(app "models ü/2 b.tflite" OPTIONS --share-arena --keep-input)
tinyml_check(app --ram-limit 128KB --flash-limit "1 MB" --ram-budget "${{BUDGET}}" --baseline base.json)
"""


@pytest.fixture
def project(tmp_path, repo) -> Path:
    """Two models in one arena, and names that scripts stumble over."""
    folder = tmp_path / "a project $folder"
    models = folder / "models ü"
    models.mkdir(parents=True)
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", models / "a.tflite")
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", models / "2 b.tflite")
    (folder / "main.c").write_text(MAIN)
    (folder / "base.json").write_text('{"schema": "tinyml-baseline/1", "baselines": []}\n')
    cmake_folder = repo / "platformio_tinyml" / "cmake"
    (folder / "CMakeLists.txt").write_text(LISTS.format(folder=cmake_folder.as_posix()), "utf-8")
    return folder


@pytest.mark.parametrize("generator", ["Unix Makefiles", "Ninja"])
def test_build_change_refuse_recover(project, repo, cmake, generator):
    if shutil.which("ninja" if generator == "Ninja" else "make") is None:
        pytest.skip(f"no program for {generator}")
    build, program = project / "build", project / "build" / "app"
    assert cmake("-G", generator, "-B", build, ".", folder=project).returncode == 0

    def make() -> subprocess.CompletedProcess[str]:
        return cmake("--build", build, "-j", "2", folder=project)

    first = make()
    assert first.returncode == 0, said(first)
    before = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    report = json.loads((build / "tinyml" / "app" / "report" / "report.json").read_text())
    assert [model["name"] for model in report["models"]] == ["first", "m2_b"]
    parts = [{part["name"] for part in model["fingerprint"]} for model in report["models"]]
    assert parts == [{"compiler", "flags", "options", "clock", "kernels", "code", "model"}] * 2
    nothing = make()
    assert nothing.returncode == 0
    assert "generating" not in said(nothing)
    assert "Linking" not in said(nothing)

    shutil.copy(repo / "examples" / "digits" / "models" / "digits.tflite", project / "models ü" / "a.tflite")
    changed = make()
    assert changed.returncode == 0, said(changed)
    assert said(changed).count("generating") == 1
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout != before

    assert cmake("-DBUDGET=300", build, folder=project).returncode == 0
    (build / "app.hex").write_text("an older image")
    refused = make()
    assert refused.returncode != 0
    assert "300" in said(refused)
    assert not program.exists()
    assert not (build / "app.hex").exists()
    if generator == "Ninja":
        return
    assert make().returncode != 0, "each time"
    assert cmake("-DBUDGET=40KB", build, folder=project).returncode == 0
    assert make().returncode == 0

    program.write_bytes(program.read_bytes()[:100])  # as a link that was killed may leave it
    assert make().returncode != 0
    assert not program.exists()
    assert make().returncode == 0
    (project / "base.json").write_text("no baseline")
    assert make().returncode != 0
    assert not program.exists()


def test_a_cortex_m_and_a_library(repo, cmake, tmp_path):
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    example = repo / "examples" / "cmake"
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={example / 'arm-none-eabi.cmake'}"
    assert cmake("-S", example, "-B", "example", toolchain).returncode == 0
    done = cmake("--build", "example")
    assert done.returncode == 0, said(done)
    report = json.loads((tmp_path / "example" / "tinyml" / "sine" / "report" / "report.json").read_text())
    assert report["models"][0]["profile"]["method"] == "emulated"

    lists = (example / "CMakeLists.txt").read_text("utf-8").replace("../sine", str(repo / "examples" / "sine"))
    lists = lists.replace("tinyml_add_model(sine", "add_library(net STATIC)\ntinyml_add_model(net")
    lists = lists.replace("tinyml_check(sine", "target_link_libraries(sine PRIVATE net)\ntinyml_check(sine FROM net")
    (tmp_path / "CMakeLists.txt").write_text(lists.replace('"8 KB"', "1KB"), "utf-8")
    assert cmake("-S", ".", "-B", "build", toolchain).returncode == 0
    refused = cmake("--build", "build")
    assert refused.returncode != 0
    assert "ram" in said(refused)
    report = json.loads((tmp_path / "build" / "tinyml" / "sine" / "report" / "report.json").read_text())
    assert report["models"][0]["fingerprint"]
    assert not (tmp_path / "build" / "sine.elf").exists()


IDF = """\
# What ESP-IDF's project() and idf_component_register() make, as far as a component of ours sees it.
macro(project name)
  _project(${name} C)
  include("${EXTRA_COMPONENT_DIRS}/project_include.cmake")
  add_subdirectory(main)
  file(WRITE "${CMAKE_BINARY_DIR}/elf.c" "")
  add_executable(${name}.elf "${CMAKE_BINARY_DIR}/elf.c")
  set_target_properties(${name}.elf PROPERTIES SUFFIX "")
  target_link_libraries(${name}.elf PRIVATE idf::main)
endmacro()
macro(idf_component_register srcs source)
  set(COMPONENT_LIB __idf_main)
  add_library(${COMPONENT_LIB} STATIC ${source})
  add_library(idf::main ALIAS ${COMPONENT_LIB})
endmacro()
"""


def test_the_component_of_esp_idf(repo, cmake, tmp_path):
    """With a stand-in for ESP-IDF: no compiler of Espressif's is at hand."""
    page = (repo / "docs" / "cmake.md").read_text("utf-8")
    section = page.partition("## ESP-IDF")[2].partition("\n## ")[0]
    top, main, _interpreted = map(textwrap.dedent, re.findall(r"(?:^    .*\n)+", section, re.M))
    for folder in ("main", "models", "tools/cmake"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tools" / "cmake" / "project.cmake").write_text(IDF)
    (tmp_path / "CMakeLists.txt").write_text(top.replace("$ENV{IDF_PATH}", "${CMAKE_CURRENT_LIST_DIR}"))
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", tmp_path / "models" / "kws.tflite")
    source = (repo / "examples" / "sine" / "src" / "main.c").read_text().replace("sine_", "kws_")
    (tmp_path / "main" / "main.c").write_text(source)
    (tmp_path / "main" / "CMakeLists.txt").write_text(main)
    partitions = tmp_path / "partitions.csv"
    partitions.write_text("factory, app, factory, , 1M\n")
    assert cmake("-B", "build", ".").returncode == 0
    done = cmake("--build", "build")
    assert done.returncode == 0, said(done)
    partitions.write_text("factory, app, factory, , 4K\n")
    refused = cmake("--build", "build")
    assert refused.returncode != 0
    assert "4,096" in said(refused)
    assert not (tmp_path / "build" / "app.elf").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tinyml_add_model(nobody a.tflite)", "there is no such target"),
        ("tinyml_add_model(app a.tflite NAME 1x)", "cannot begin names in C"),
        ("tinyml_add_model(app a.tflite PLACE here)", "none of NAME, LIBRARY, KERNELS, TWIN, OPTIONS"),
        ("tinyml_add_model(app a.tflite)\ntinyml_add_model(app b/a.tflite)", "give another NAME"),
        (
            "tinyml_add_model(app a.tflite OPTIONS --runtime tflm)",
            "name the target of TensorFlow Lite Micro with LIBRARY",
        ),
        ("tinyml_check(app FROM nobody)", "there is no such target"),
        ('tinyml_add_model(app "$<IF:1,a,b>.tflite")', "before generator expressions have values"),
        ('tinyml_add_model(app "a;b.tflite")', "CMake ends names at a semicolon"),
        ("tinyml_add_model(app a.tflite LIBRARY app)", "the generated code is CXX; write project(... CXX)"),
        ("add_library(m INTERFACE)\ntinyml_add_model(m a.tflite)", "an INTERFACE library has no code"),
        ("add_library(m SHARED main.c)\ntinyml_check(app FROM m)", "in a shared library is not in the program"),
        ("add_executable(x::app ALIAS app)\ntinyml_check(x::app)", "another name of the target app"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(repo, cmake, tmp_path, line, message):
    lists = LISTS.format(folder=repo / "platformio_tinyml" / "cmake").partition("target_compile")[0]
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "CMakeLists.txt").write_text(lists + line + "\n", "utf-8")
    done = cmake("-DCMAKE_C_COMPILER_FORCED=1", "-B", "build", ".")
    assert done.returncode != 0
    assert message in " ".join(said(done).split())


def test_a_program_whose_python_is_gone(repo, tool, cmake, tmp_path):
    program = tmp_path / "pio-tinyml"
    program.write_text(f"#!{tmp_path}/venv/bin/python\n")
    program.chmod(0o755)
    (tmp_path / "CMakeLists.txt").write_text(f"include({repo}/platformio_tinyml/cmake/tinyml.cmake)\n")
    done = cmake(f"-DTINYML_PROGRAM={program}", "-P", "CMakeLists.txt")
    assert done.returncode != 0
    assert f"{program} does not run (No such file or directory)" in " ".join(said(done).split())


def test_the_page_has_the_example(repo):
    text = (repo / "examples" / "cmake" / "CMakeLists.txt").read_text("utf-8").partition("\n")[2]
    page = (repo / "docs" / "cmake.md").read_text("utf-8")
    assert "".join(f"    {line}\n" if line else "\n" for line in text.splitlines()) in page

"""`tinyml_add_model()` and `tinyml_check()`: CMake without PlatformIO, on this computer and for a Cortex-M."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cross_compilers import cxx_headers, require_compilers
from fake_tflm import ARENA, NEW, PLANNED_ARENA, write_fake, write_structs
from model_builder import Builder

from platformio_tinyml.cli.main import main

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


@pytest.fixture(scope="module")
def tool(tmp_path_factory) -> Path:
    """A program pio-tinyml of this repository, as pip would put it on PATH."""
    path = tmp_path_factory.mktemp("bin") / "pio-tinyml"
    path.write_text(f"#!{sys.executable}\nfrom platformio_tinyml.cli import main\nraise SystemExit(main())\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def cmake(tool, repo, tmp_path):
    """Runs cmake in a folder with the tool on PATH."""
    variables = {name: value for name, value in os.environ.items() if name not in ("CFLAGS", "MAKEFLAGS")}
    env = {**variables, "PATH": f"{tool.parent}:{os.environ['PATH']}", "PYTHONPATH": str(repo)}

    def run(*words: object, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = ["cmake", *map(str, words)]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)

    return run


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


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


TFLM = """\
cmake_minimum_required(VERSION 3.16)
project(app C CXX)
include("{folder}/tinyml.cmake")
add_library(tflm STATIC tflm/kernels.cc esp-nn/src/scratch.cc)
target_include_directories(tflm PUBLIC tflm PRIVATE esp-nn/include)
target_compile_definitions(tflm PUBLIC $<$<COMPILE_LANGUAGE:CXX>:TF_LITE_STATIC_MEMORY>)
target_compile_options(tflm PUBLIC $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>)
add_executable(app main.c)
tinyml_add_model(app kws.tflite LIBRARY tflm)
"""
TFLM_MAIN = """\
#include <kws_model.h>

void DebugLog(const char *text) { (void)text; }
void _exit(int code) { (void)code; for (;;) {} }

int main(void) { return kws_init() == TINYML_OK && kws_invoke() == TINYML_OK ? (int)kws_arena_size : 0; }
"""


SECOND_COPY = """\
target_sources(tflm PRIVATE tflm/tensorflow/lite/micro/micro_context.cc)
add_library(other other/tensorflow/lite/micro/micro_context.cc)
target_sources(app PRIVATE more.c)
target_link_libraries(app PRIVATE other)
target_link_options(app PRIVATE -Wl,-u,both)
"""
SCRATCH = "#include <stddef.h>\nnamespace tflite { size_t KernelScratch() { return BYTES; } }\n"


@pytest.fixture
def interpreted(repo, tmp_path) -> Path:
    """A project with a stand-in for TFLM, its kernels a library of their own."""
    kernels = write_fake(tmp_path / "tflm", NEW) / "kernels.cc"
    kernels.write_text("".join(line for line in kernels.open() if "KernelScratch" not in line))
    builder = Builder()
    first, last = builder.tensor("in", (8,)), builder.tensor("out", (8,))
    builder.operator("ADD", [first, first], [last])
    (tmp_path / "kws.tflite").write_bytes(builder.build([first], [last]))
    (tmp_path / "main.c").write_text(TFLM_MAIN)
    (tmp_path / "CMakeLists.txt").write_text(TFLM.format(folder=repo / "platformio_tinyml" / "cmake"))
    for folder in ("include", "src"):
        (tmp_path / "esp-nn" / folder).mkdir(parents=True)
    (tmp_path / "esp-nn" / "include" / "esp_nn.h").write_text("")
    return tmp_path


def release(project: Path, version: str, scratch: int, allocator: int) -> None:
    """Another esp-nn, with kernels that want other scratch; another allocator."""
    (project / "esp-nn" / "idf_component.yml").write_text(f"version: {version}\n")
    (project / "esp-nn" / "src" / "scratch.cc").write_text(SCRATCH.replace("BYTES", str(scratch)))
    write_structs(project / "tflm", f"char bytes[{allocator}];")


def report_of(project: Path) -> dict:
    return json.loads((project / "build" / "tinyml" / "app" / "report" / "report.json").read_text())


def keep_baseline(project: Path) -> None:
    """Of the program that was built, and the gate is told."""
    made = project / "build" / "tinyml" / "app" / "report" / "report.json"
    assert main(["baseline", str(made), "-o", str(project / "base.json")]) == 0
    with (project / "CMakeLists.txt").open("a") as lists:
        lists.write("tinyml_check(app --baseline base.json)\n")


def test_an_interpreter_of_the_project(repo, cmake, interpreted):
    """Its arena is measured between two links, and tried in the program; other kernels that move it are named."""
    if shutil.which("arm-none-eabi-g++") is None:
        pytest.skip("arm-none-eabi-g++ is not installed")
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    release(interpreted, "1.2.0", 0, 8)
    toolchain = f"-DCMAKE_TOOLCHAIN_FILE={repo / 'examples' / 'cmake' / 'arm-none-eabi.cmake'}"
    assert cmake("-B", "build", ".", toolchain).returncode == 0
    done = cmake("--build", "build")
    assert done.returncode == 0, said(done)
    report = report_of(interpreted)
    (model,) = report["models"]
    assert (model["runtime"], model["arena"]["method"]) == ("tflm", "emulated")
    assert model["arena"]["size"] in (ARENA, PLANNED_ARENA)
    assert {check["name"]: check["ok"] for check in report["checks"]}["init:kws"]
    assert "arena of kws" not in said(cmake("--build", "build"))
    parts = {part["name"]: part for part in model["fingerprint"]}
    assert parts["compiler"]["version"].startswith("arm-none-eabi-gcc ")
    assert {"-mcpu=cortex-m4", "-fno-rtti"} <= set(parts["flags"]["version"].split())
    assert (parts["options"]["version"], parts["esp-nn"]["version"]) == ("TF_LITE_STATIC_MEMORY", "1.2.0")

    lists = interpreted / "CMakeLists.txt"
    before = lists.read_text()
    lists.write_text(before.replace("tinyml_add_model(", SECOND_COPY + "tinyml_add_model(", 1))
    for copy in ("tflm", "other"):
        (interpreted / copy / "tensorflow" / "lite" / "micro").mkdir(parents=True, exist_ok=True)
        (interpreted / copy / "tensorflow" / "lite" / "micro" / "micro_context.cc").write_text(f"int {copy} = 1;\n")
    (interpreted / "more.c").write_text("extern int tflm, other;\nint both(void) { return tflm + other; }\n")
    twice = cmake("--build", "build")
    assert twice.returncode != 0
    assert "code of 2 copies of TensorFlow Lite Micro: " in " ".join(said(twice).split())
    assert not (interpreted / "build" / "app.elf").exists()
    lists.write_text(before + "target_link_options(app PRIVATE -Wl,-Map=own.map)\n")
    elsewhere = cmake("--build", "build")
    assert (elsewhere.returncode, "name the map" in said(elsewhere)) == (0, True), said(elsewhere)
    lists.write_text(before)

    keep_baseline(interpreted)
    release(interpreted, "1.2.1", 0, 8)
    again = cmake("--build", "build")
    assert again.returncode == 0, said(again)
    release(interpreted, "1.2.3", 64, 8)
    drifted = cmake("--build", "build")
    assert drifted.returncode != 0
    size = model["arena"]["size"]
    assert f"drift:kws: kws arena {size:,} -> {size + 64:,}: esp-nn 1.2.0 -> 1.2.3" in " ".join(said(drifted).split())
    assert not (interpreted / "build" / "app.elf").exists()


@pytest.mark.parametrize("generator", ["Unix Makefiles", "Ninja Multi-Config"])
def test_a_bound_that_drifts(cmake, interpreted, generator):
    """On this computer, whose code the emulator does not run."""
    if shutil.which("ninja" if "Ninja" in generator else "make") is None:
        pytest.skip(f"no program for {generator}")
    release(interpreted, "1.2.0", 0, 2000)
    assert cmake("-G", generator, "-DCMAKE_CXX_FLAGS_DEBUG=-Og", "-B", "build", ".").returncode == 0
    config = ["--config", "Debug"] if "Multi" in generator else []
    done = cmake("--build", "build", *config)
    assert done.returncode == 0, said(done)
    (model,) = report_of(interpreted)["models"]
    assert model["arena"]["method"] == "bound"
    parts = {part["name"]: part for part in model["fingerprint"]}
    assert ("-Og" in parts["flags"]["version"]) == bool(config)
    keep_baseline(interpreted)
    release(interpreted, "1.2.0", 0, 2064)
    drifted = cmake("--build", "build", *config)
    assert drifted.returncode != 0
    assert "drift:kws: kws arena " in said(drifted)
    assert "tflm (contents " in " ".join(said(drifted).split())


XTENSA = """\
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER xtensa-lx106-elf-gcc)
set(CMAKE_CXX_COMPILER xtensa-lx106-elf-g++)
set(CMAKE_C_FLAGS_INIT "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs -mlongcalls -mtext-section-literals")
set(CMAKE_CXX_FLAGS_INIT "${{CMAKE_C_FLAGS_INIT}} {headers}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles -nodefaultlibs -Wl,-e,main")
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "-lc -lgcc")
"""


@pytest.mark.parametrize("generator", ["Unix Makefiles", "Ninja"])
def test_the_arena_of_a_twin(cmake, interpreted, generator):
    """Where the emulator does not run the target's code, the library's sources are built for RV32."""
    require_compilers("lx106")
    require_compilers("rv32imac")
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    if shutil.which("ninja" if generator == "Ninja" else "make") is None:
        pytest.skip(f"no program for {generator}")
    release(interpreted, "1.2.0", 0, 2000)
    (interpreted / "xtensa.cmake").write_text(XTENSA.format(headers=" ".join(cxx_headers())))
    lists = interpreted / "CMakeLists.txt"
    text = lists.read_text().replace("tflm/kernels.cc esp-nn/src/scratch.cc", "tflm/kernels.cc")
    nn = "add_library(nn STATIC esp-nn/src/scratch.cc)\ntarget_link_libraries(tflm PUBLIC nn)\nadd_executable(app"
    lists.write_text(text.replace("add_executable(app", nn))
    assert cmake("-G", generator, "-DCMAKE_TOOLCHAIN_FILE=xtensa.cmake", "-B", "build", ".").returncode == 0
    alone = cmake("--build", "build")
    assert alone.returncode == 0, said(alone)
    assert report_of(interpreted)["models"][0]["arena"]["method"] == "bound"
    assert "no figure of the twin: the twin did not run" in said(alone), said(alone)
    lists.write_text(lists.read_text().replace("LIBRARY tflm", "LIBRARY tflm TWIN nn"))
    both = cmake("--build", "build")
    assert both.returncode == 0, said(both)
    arena = report_of(interpreted)["models"][0]["arena"]
    assert (arena["method"], arena["size"]) == ("twin", ARENA)
    release(interpreted, "1.2.3", 64, 2000)
    again = cmake("--build", "build")
    assert again.returncode == 0, said(again)
    assert report_of(interpreted)["models"][0]["arena"]["size"] == ARENA + 64


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

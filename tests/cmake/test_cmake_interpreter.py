"""`tinyml_add_model(... LIBRARY ...)`: the project's TensorFlow Lite Micro (a stand-in): arena, drift, twin."""

import json
import shutil
from pathlib import Path

import pytest
from cmake_runs import said
from cross_compilers import cxx_headers, require_compilers
from fake_tflm import ARENA, NEW, PLANNED_ARENA, write_fake, write_structs
from model_builder import Builder

from platformio_tinyml.cli.main import main

pytest_plugins = ["cmake_fixtures"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed"),
]

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

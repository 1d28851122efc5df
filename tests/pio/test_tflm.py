"""The runtime tflm in real builds, with the library at $TINYML_TFLM_LIBRARY, less the kernels that nothing calls."""

import functools
import importlib.util
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Build, Project
from cross_compilers import require_compilers
from model_builder import Builder, per_tensor
from tflm_project import MAIN, TflmProject, copy_library, write_project
from xtensa_board import write_platform

from platformio_tinyml.cli import main
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.measured.device import Device, DeviceModel, as_json
from platformio_tinyml.measured.fingerprint import Part
from platformio_tinyml.tflm.accept import accept, is_linked, read_arena

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    given = os.environ.get("TINYML_TFLM_LIBRARY")
    if not given:
        pytest.skip("TINYML_TFLM_LIBRARY does not name a TensorFlow Lite Micro library")
    return copy_library(given, tmp_path_factory.mktemp("tflm") / "tflite-micro")


@pytest.fixture(scope="module")
def project(tmp_path_factory, library: Path, repo: Path, emulated: str, pio) -> TflmProject:
    folder = tmp_path_factory.mktemp("tflm_project")
    paths = {"cache": folder / "cache", "library": library, "platform": emulated}
    xtensa = write_platform(folder / "platform-xtensa", repo)
    project = write_project(folder / "project", functools.partial(pio, timeout=1500), repo, **paths, xtensa=xtensa)
    first = project.run("-e", "net")
    assert first.code == 0, first.output
    assert first.started.count("link probe") == first.started.count("probe") == first.started.count("generate") == 1
    return project


def outputs(project: Project) -> str:
    build = project.run("-e", "net", "-t", "exec")
    assert build.code == 0, build.output
    return next(line for line in build.stdout.splitlines() if line.replace("-", "").replace(" ", "").isdigit())


def test_arena_is_measured_and_proven(project):
    arena = json.loads(project.built("net", "tinyml/sine/sine_arena.json").read_text())
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    (model,) = report["models"]
    assert (model["runtime"], model["arena"]["method"]) == ("tflm", "emulated")
    assert model["arena"]["size"] == arena["size"] == arena["measured"] > arena["lower_bound"]
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["init:sine"]["ok"]
    assert checks["init:sine"]["actual"] == checks["init:sine"]["limit"] == arena["size"]


def test_what_is_not_touched_is_not_measured(project):
    assert project.run("-e", "net").started == ()
    project.write("src/main.c", MAIN.replace("i += 40", "i += 41"))
    edited = project.run("-e", "net")
    assert edited.code == 0, edited.output
    assert edited.started == ("check", "compile main.o", "image", "link")
    project.write("src/main.c", MAIN)
    assert project.run("-e", "net", "-t", "clean").code == 0
    again = project.run("-e", "net")
    assert again.code == 0, again.output
    assert not {"generate", "probe", "link probe"} & set(again.started)


def test_firmware_with_another_arena_is_refused(project, tmp_path, capsys):
    elf, measured = project.built("net", "firmware.elf"), project.built("net", "tinyml/sine/sine_arena.json")
    image, arena = read_image(elf), read_arena(measured)
    assert is_linked(image, arena)
    assert accept(image, arena).problem == ""
    small = accept(image, replace(arena, size=arena.size - 16))
    assert small.needed == arena.size
    assert f"needs an arena of {arena.size:,} bytes, and has {arena.size - 16:,}" in small.problem
    assert "takes less than" in accept(image, replace(arena, size=arena.size + 16, measured=arena.size + 16)).problem
    wrong = tmp_path / "arena.json"
    wrong.write_text(json.dumps({"name": "sine", "size": arena.size - 16, "measured": arena.size - 16}))
    manifest = project.built("net", "tinyml/sine/sine_model.json")
    code = main(["check", str(elf), "--manifest", str(manifest), "--arena", str(wrong), "-o", str(tmp_path)])
    assert code == 1
    assert "init:sine" in capsys.readouterr().err


def test_same_outputs_as_the_compiled_runtime(project):
    interpreted = outputs(project)
    verified = project.run("-e", "net", "-t", "tinyml_verify")
    assert verified.code == 0, verified.output
    assert "the compiled runtime: equal, byte for byte (4 inputs)" in verified.stdout
    project.configure("custom_tinyml_runtime = compiled")
    compiled = outputs(project)
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert report["models"][0]["runtime"] == "compiled"
    assert interpreted == compiled
    assert len(set(interpreted.split())) > 3


def test_arena_by_options(project):
    project.configure()
    assert project.run("-e", "net").code == 0
    path = project.built("net", "tinyml/sine/sine_arena.json")
    needed = json.loads(path.read_text())["measured"]
    project.configure("custom_tinyml_arena_margin = 100")
    assert project.run("-e", "net").code == 0
    assert json.loads(path.read_text())["size"] == -(-(needed + 100) // 16) * 16
    project.configure(f"custom_tinyml_sine_arena_size = {needed - 16}")
    refused = project.run("-e", "net")
    assert refused.code == 1
    assert f"an arena of {needed - 16:,} bytes is too small: this model takes {needed:,}" in refused.stderr
    project.configure(f"custom_tinyml_sine_arena_size = {needed + 64}")
    assert project.run("-e", "net").code == 0
    document = json.loads(path.read_text())
    assert (document["size"], document["method"]) == (needed + 64, "fixed")


def test_objects_instead_of_an_archive(project):
    project.configure("lib_archive = no")
    build = project.run("-e", "net")
    assert build.code == 0, build.output
    assert "probe" in build.started


FRAMEWORK = """\
from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
env.Prepend(LIBS=[env.BuildLibrary("$BUILD_DIR/FrameworkX", "$PROJECT_DIR/framework")])
"""


def test_archive_of_a_framework(project):
    """LIBS has nodes there, which the probe links with and so has to wait for."""
    project.write("framework/x.c", "int of_framework = 1;\n")
    project.write("framework.py", FRAMEWORK)
    project.configure("extra_scripts = pre:framework.py")
    build = project.run("-e", "net", "-j1")
    assert build.code == 0, build.output
    assert "link probe" in build.started


def test_two_libraries_are_an_error(project, library):
    project.configure()
    shutil.copytree(library, project.folder / "lib" / "another")
    try:
        build = project.run("-e", "net")
    finally:
        shutil.rmtree(project.folder / "lib")
    assert build.code == 1
    assert "several libraries of the project have TensorFlow Lite Micro" in build.stderr


@pytest.mark.parametrize("environment", ["microbit", "hifive1-revb"])
def test_other_cores(project, environment):
    """Cortex-M0 and RV32: measured, proven on the firmware, and run in QEMU with the outputs of the Cortex-M4."""
    project.configure()
    expected = outputs(project)
    build = project.run("-e", environment, "-t", "exec")
    assert build.code == 0, build.output
    assert expected in build.stdout.splitlines()
    report = json.loads(project.built(environment, "tinyml/report.json").read_text())
    assert report["models"][0]["arena"]["method"] == "emulated"
    assert {check["name"]: check["ok"] for check in report["checks"]}["init:sine"]


def test_bound_where_the_target_cannot_be_emulated(project):
    """The program of this computer prints what it computes only after its own init has taken the arena."""
    project.configure()
    build = project.run("-e", "host", "-t", "exec")
    assert build.code == 0, build.output
    assert len(next(line for line in build.stdout.splitlines() if line.count(" ") == 6).split()) == 7
    assert "link probe" not in build.started
    arena = json.loads(project.built("host", "tinyml/sine/sine_arena.json").read_text())
    report = json.loads(project.built("host", "tinyml/report.json").read_text())
    assert report["models"][0]["arena"]["method"] == arena["method"] == "bound"
    assert report["models"][0]["arena"]["size"] == arena["size"] == arena["bound"]
    assert not [check for check in report["checks"] if check["name"].startswith("init:")]
    check_an_arena_of_a_device(project, report["models"][0]["fingerprint"], arena["bound"])
    project.configure(host="custom_tinyml_require = emulated")
    refused = project.run("-e", "host")
    assert refused.code == 1
    assert "this target cannot be emulated: its arena would be a bound" in refused.stderr


def check_an_arena_of_a_device(project: TflmProject, fingerprint: list, bound: int) -> None:
    """What `tinyml_probe` has kept is the arena as long as the code is the same, and never above the bound."""

    def kept(size: int, parts: list) -> Build:
        measured = DeviceModel("sine", "tflm", size, "clock", "us", (1, 2), (1.0, 2.0), None, 4, (), parts, True)
        project.write("tinyml-device.json", as_json([Device("host", "host", (measured,))]))
        return project.run("-e", "host")

    parts = tuple(Part(**part) for part in fingerprint)
    build = kept(bound - 16, parts)
    assert build.code == 0, build.output
    (model,) = json.loads(project.built("host", "tinyml/report.json").read_text())["models"]
    assert (model["arena"]["method"], model["arena"]["size"]) == ("device", bound - 16)
    assert model["device"]["stale"] is None
    other = kept(bound - 16, (Part("tflm", "1.0", "0" * 12), *parts[1:]))
    assert other.code == 0, other.output
    (model,) = json.loads(project.built("host", "tinyml/report.json").read_text())["models"]
    assert (model["arena"]["method"], model["arena"]["size"]) == ("bound", bound)
    assert model["device"]["stale"]
    above = kept(bound + 16, parts)
    assert above.code == 1
    assert f"an arena of {bound + 16:,} bytes, and the bound is {bound:,}" in " ".join(above.stderr.split())
    (project.folder / "tinyml-device.json").unlink()


@pytest.mark.parametrize(("option", "method"), [("custom_tinyml_twin = off", "bound"), ("", "twin")])
def test_xtensa(project, option, method):
    """The path of ESP32 and ESP32-S3, with another core of the same family; nothing here runs its code."""
    require_compilers("lx106")
    project.configure()
    project.write("platformio.ini", (project.folder / "platformio.ini").read_text() + option)
    build = project.run("-e", "lx106")
    assert build.code == 0, build.output
    assert "link probe" not in build.started
    arena = json.loads(project.built("lx106", "tinyml/sine/sine_arena.json").read_text())
    report = json.loads(project.built("lx106", "tinyml/report.json").read_text())
    assert report["models"][0]["arena"]["method"] == arena["method"] == method
    assert report["models"][0]["arena"]["size"] == arena["size"] == arena[method]
    assert report["models"][0]["used"]


def test_library_that_nothing_includes(project, library):
    """Linked although PlatformIO's dependency finder sees no include of it."""
    found = project.ini.replace(f"  symlink://{library}\n", f"lib_extra_dirs = {library.parent}\n")
    project.write("platformio.ini", found.replace("OPTIONS", "").replace("HOST", ""))
    build = project.run("-e", "net")
    assert build.code == 0, build.output
    assert json.loads(project.built("net", "tinyml/sine/sine_arena.json").read_text())["method"] == "emulated"


def test_verified_in_the_build(project):
    project.configure("custom_tinyml_verify = 2")
    build = project.run("-e", "net")
    assert build.code == 0, build.output
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    found = report["models"][0]["verification"]
    oracles = {each["name"]: (each["independent"], each["difference"]) for each in found["oracles"]}
    assert oracles["the compiled runtime"] == (True, None)
    if importlib.util.find_spec("tflite_micro"):
        assert oracles["the package tflite_micro"] == (False, None)
        assert found["missing"] == []
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["verify:sine"]["ok"]
    assert checks["stack"]["ok"]
    assert found["stack"]["init"] > found["stack"]["invoke"] > 100


def test_macros_reach_the_sources_of_the_project(project):
    project.configure()
    with_check = f"#ifndef TF_LITE_STATIC_MEMORY\n#error not as the library\n#endif\n{MAIN}"
    project.write("src/main.c", with_check)
    build = project.run("-e", "net")
    project.write("src/main.c", MAIN)
    assert build.code == 0, build.output


def test_other_types_in_the_application_are_refused(project):
    project.configure("build_src_flags = -fno-short-enums")
    build = project.run("-e", "net")
    assert build.code == 1
    assert "do not agree on its types: -fshort-enums is set on one side only" in build.stderr


SCRATCH = """\
#include "tensorflow/lite/micro/kernels/fully_connected.h"

// The library's kernel, and 2,000 bytes more.
extern "C" TFLMRegistration __real__ZN6tflite24Register_FULLY_CONNECTEDEv();

static TFLMRegistration theirs;

static TfLiteStatus Prepare(TfLiteContext *context, TfLiteNode *node) {
    int index;
    const TfLiteStatus status = theirs.prepare(context, node);
    return status == kTfLiteOk ? context->RequestScratchBufferInArena(context, 2000, &index) : status;
}

extern "C" TFLMRegistration __wrap__ZN6tflite24Register_FULLY_CONNECTEDEv() {
    theirs = __real__ZN6tflite24Register_FULLY_CONNECTEDEv();
    TFLMRegistration ours = theirs;
    ours.prepare = Prepare;
    return ours;
}
"""


def test_kernel_that_the_project_overrides(project):
    project.configure()
    assert project.run("-e", "net").code == 0
    path = project.built("net", "tinyml/sine/sine_arena.json")
    alone = json.loads(path.read_text())["measured"]
    source = project.write("src/scratch.cpp", SCRATCH)
    flags = "build_flags = -Wl,--wrap=_ZN6tflite24Register_FULLY_CONNECTEDEv\n"
    try:
        project.configure(flags)
        refused = project.run("-e", "net")
        project.configure(f"{flags}custom_tinyml_arena_from = firmware")
        build = project.run("-e", "net")
    finally:
        source.unlink()
    assert refused.code == 1
    assert "custom_tinyml_arena_from = firmware" in " ".join(refused.stderr.split())
    assert build.code == 0, build.output
    # The operators run one after another and share the place, which the planner's tables had before.
    assert alone + 1500 < json.loads(path.read_text())["measured"] < alone + 2300
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    assert {check["name"]: check["ok"] for check in report["checks"]}["init:sine"]


TWICE = """\
#include "tensorflow/lite/micro/kernels/kernel_util.h"
#include "tensorflow/lite/micro/micro_common.h"

// A custom operator: each value doubled, with 640 bytes that stay.
namespace mine {
static TfLiteStatus Prepare(TfLiteContext *context, TfLiteNode *) {
    return context->AllocatePersistentBuffer(context, 640) == nullptr ? kTfLiteError : kTfLiteOk;
}

static TfLiteStatus Invoke(TfLiteContext *context, TfLiteNode *node) {
    const TfLiteEvalTensor *input = tflite::micro::GetEvalInput(context, node, 0);
    TfLiteEvalTensor *output = tflite::micro::GetEvalOutput(context, node, 0);
    for (int i = 0; i < 4; i++) {
        output->data.int8[i] = (int8_t)(2 * input->data.int8[i]);
    }
    return kTfLiteOk;
}

TFLMRegistration *Register_TWICE() {
    static TFLMRegistration made = tflite::micro::RegisterOp(nullptr, Prepare, Invoke);
    return &made;
}
}
"""


def test_custom_operator(project):
    """In the application, of which the probe knows nothing: measured, linked, run."""
    builder = Builder()
    first = builder.tensor("x", (1, 4), quantization=per_tensor(0.5))
    last = builder.tensor("y", (1, 4), quantization=per_tensor(0.5))
    builder.operator("CUSTOM", [first], [last], custom_code="Twice")
    model = project.folder / "models" / "twice.tflite"
    model.write_bytes(builder.build([first], [last]))
    source = project.write("src/ops.cpp", TWICE)
    main_source = MAIN.replace("sine", "twice")
    project.write("src/main.c", main_source)
    project.configure(
        "custom_tinyml_models = models/twice.tflite\ncustom_tinyml_custom_operators = Twice = mine::Register_TWICE"
    )
    try:
        printed = outputs(project)
    finally:
        source.unlink()
        model.unlink()
        project.write("src/main.c", MAIN)
    assert [int(value) for value in printed.split()] == [(2 * i + 128) % 256 - 128 for i in range(-120, 128, 40)]
    arena = json.loads(project.built("net", "tinyml/twice/twice_arena.json").read_text())
    assert (arena["method"], arena["size"] > 640) == ("emulated", True)

"""Options of the runtime tflm in real builds, with a stand-in for TensorFlow Lite Micro."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import Project
from fake_tflm import ARENA, NEW, PERSISTENT, write_fake, write_split
from model_builder import Builder, per_tensor

from platformio_tinyml.pio.headers import stand_in

pytestmark = pytest.mark.slow

CODE = 'My, "Op"=*/1'
"""A custom operator's name may be any text."""
MAIN = """\
#include <kws_model.h>

int main(void) {
    if (kws_init() != TINYML_OK) return 1;
    *kws_input_0() = 1;
    return kws_invoke() == TINYML_OK ? *kws_output_0() : 1;
}
"""
REGISTRATION = """\
#include <kws_tflm.h>

namespace mine { namespace ops {
TFLMRegistration *Register() {
    static TFLMRegistration made;
    made.code = 320;  // bytes of the arena
    return &made;
}
} }
"""
NET = "[env:net]\nboard = netduinoplus2\ncustom_tinyml_offline_plan = off\ncustom_tinyml_verify = off\n"
"""The stand-in's kernels compute nothing right."""


def write_library(folder: Path) -> None:
    write_fake(folder / "src", NEW)
    (folder / "src" / "debug_log.cc").write_text('extern "C" void DebugLog(const char *, ...) {}\n')
    flags = ["-fno-exceptions", "-fno-rtti", "-std=c++17", "-DTF_LITE_STATIC_MEMORY"]
    (folder / "library.json").write_text(
        json.dumps({"name": "tflite-micro", "version": "0.0.1", "build": {"flags": flags}})
    )


def write_model(path: Path, *custom_codes: str) -> None:
    builder = Builder()
    constant = builder.tensor("c", (8,), quantization=per_tensor(0.5), data=np.ones(8, np.int8))
    first = builder.tensor("speech", (8,), quantization=per_tensor(0.5, -3))
    last = builder.tensor("middle", (8,), quantization=per_tensor(0.5))
    builder.operator("ADD", [first, constant], [last])
    for code in custom_codes:
        following = builder.tensor(f"after {code}", (8,), quantization=per_tensor(0.25))
        builder.operator("CUSTOM", [last], [following], custom_code=code)
        last = following
    path.write_bytes(builder.build([first], [last]))


@pytest.fixture
def make(make_project, repo, tmp_path):
    """`make(options, *custom codes)`: a project for the environment net with the stand-in library."""
    write_library(tmp_path / "library" / "tflite-micro")

    def make(options: str, *custom_codes: str) -> Project:
        libraries = f"lib_deps =\n  symlink://{repo}\n  symlink://{tmp_path / 'library' / 'tflite-micro'}"
        project = make_project(f"{NET}{options}", libraries)
        (project.folder / "models" / "sine.tflite").unlink()
        write_model(project.folder / "models" / "kws.tflite", *custom_codes)
        project.write("src/main.c", MAIN)
        return project

    return make


def arena(project: Project, name: str = "kws") -> dict:
    return json.loads(project.built("net", f"tinyml/{name}/{name}_arena.json").read_text())


def checks(project: Project) -> dict:
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    return {check["name"]: check for check in report["checks"]}


@pytest.mark.parametrize("place", ["src/ops.cpp", "lib/ops/ops.cpp"])
def test_a_custom_operator_of_the_project(make, place):
    project = make(f"custom_tinyml_custom_operators = {CODE} = mine::ops::Register", CODE)
    project.write(place, REGISTRATION)
    if place.startswith("lib"):
        project.write("lib/ops/ops.h", "")
        project.write("src/main.c", f"#include <ops.h>\n{MAIN}")
    build = project.run()
    assert build.code == 0, build.output
    assert arena(project)["size"] == ARENA + 320
    assert checks(project)["init:kws"]["ok"]
    assert build.started.count("link") == build.started.count("link token") == 1
    assert project.run().started == ()


def test_a_kernel_that_the_project_overrides(make):
    """Measured in the probe, the arena is too small for the firmware; measured in the firmware it is right."""
    project = make("custom_tinyml_arena_from = probe")
    project.write("src/kernel.cpp", "#include <stddef.h>\nnamespace tflite { size_t KernelScratch() { return 4096; } }")
    refused = project.run()
    assert refused.code == 1
    said = " ".join(refused.stderr.split())
    assert f"kws_init needs an arena of {ARENA + 4096:,} bytes, and has {ARENA:,}" in said
    assert "custom_tinyml_arena_from = firmware" in said
    assert not project.built("net", "firmware.bin").exists()
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("arena_from = probe", "arena_from = firmware"))
    build = project.run()
    assert build.code == 0, build.output
    assert (arena(project)["size"], arena(project)["method"]) == (ARENA + 4096, "emulated")
    assert checks(project)["init:kws"]["ok"]
    assert "link probe" not in build.started
    assert project.run().started == ()
    # The same firmware is not measured again, not even after a clean.
    assert project.run("-t", "clean").code == 0
    again = project.run()
    assert again.code == 0, again.output
    assert "link token" in again.started
    assert "probe" not in again.started
    project.write("src/main.c", MAIN.replace(": 1", ": 2"))
    edited = project.run()
    assert edited.code == 0, edited.output
    assert edited.started == ("check", "compile main.o", "image", "link", "link token", "probe", "profile")


def test_two_models_measured_in_a_firmware_that_calls_one(make):
    project = make("custom_tinyml_arena_from = firmware\ncustom_tinyml_models = models/kws.tflite, models/more.tflite")
    write_model(project.folder / "models" / "more.tflite", "TICK")
    build = project.run()
    assert build.code == 0, build.output
    assert build.started.count("link token") == 1
    assert arena(project)["size"] == arena(project, "more")["size"] == ARENA
    assert next(line for line in build.stdout.splitlines() if line.startswith("more ")).endswith("not used")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("My Op = Register", ["does not have CUSTOM 'MyOp'", "Did you mean 'MyOp'?"]),
        ("MyOp = mine::ops::Register, Their = Other", ["no model has the custom operator 'Their'"]),
        ("MyOp = system(1)", ["custom_tinyml_custom_operators: 'MyOp = system(1)' is not NAME = function"]),
    ],
)
def test_mistakes_in_custom_operators(make, value, said):
    project = make(f"custom_tinyml_custom_operators = {value}", "MyOp")
    project.write("src/ops.cpp", REGISTRATION)
    build = project.run()
    assert build.code == 1
    for text in said:
        assert text in " ".join(build.stderr.split())
    assert "Traceback" not in build.output


def test_an_arena_of_the_application(make):
    """kws_init_with alone: the arena of the build is not linked, and init is checked all the same."""
    project = make("")
    given = "static uint8_t memory[4096];\n#include <kws_model.h>\n"
    code = MAIN.replace("kws_init()", "kws_init_with(memory + tinyml_arena_padding(memory), 4080)")
    project.write("src/main.c", f"#include <stdint.h>\n{given}{code}")
    build = project.run()
    assert build.code == 0, build.output
    assert "note: kws: its arena is the application's own; arena:kws is not linked" in build.stdout
    assert "arena:kws" not in checks(project)
    assert checks(project)["init:kws"]["ok"]


OWN_INTERPRETER = """\
#include <kws_tflm.h>

int main() {
    kws_resolver resolver;
    tflite::MicroInterpreter interpreter(tflite::GetModel(kws_tflite), resolver, kws_arena, kws_arena_size);
    return resolver.status == kTfLiteOk ? interpreter.AllocateTensors() : 2;
}
"""


def test_editors_find_the_resolver(make):
    """Before any build, the real header; the first build needs no other one."""
    project = make("")
    (project.folder / "src" / "main.c").unlink()
    project.write("src/main.cpp", OWN_INTERPRETER)
    header = project.built("net", "tinyml/include/kws_tflm.h")
    assert project.run("-t", "idedata").code == 0
    assert "kws_resolver" in header.read_text()
    build = project.run()
    assert build.code == 0, build.output
    assert project.run().started == ()
    header.unlink()
    assert project.run("-t", "compiledb").code == 0
    assert "AddAdd" in header.read_text()


def test_the_compiled_runtime_has_no_resolver(make_project):
    project = make_project(NET)
    project.write("src/main.c", "#include <sine_tflm.h>\nint main(void) { return 0; }\n")
    build = project.run()
    assert build.code == 1
    assert "the model sine is not run by TensorFlow Lite Micro here" in build.output


@pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not installed")
def test_provisional_resolver_compiles(tmp_path, repo):
    stand_in("kws", tmp_path)
    (tmp_path / "main.cpp").write_text(OWN_INTERPRETER)
    includes = [tmp_path, write_fake(tmp_path / "tflm", NEW), repo / "platformio_tinyml" / "runtime" / "include"]
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *(f"-I{path}" for path in includes)]
    done = subprocess.run(["g++", *flags, tmp_path / "main.cpp"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_static_plan_beside_the_measured_arena(make):
    project = make("custom_tinyml_arena_margin = 32")
    build = project.run()
    assert build.code == 0, build.output
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    (model,) = report["models"]
    static = model["arena"]["static"]
    assert (static["method"], static["kernels"]) == ("estimate", "reference")
    shipped = ARENA + 32
    assert model["arena"]["size"] == shipped
    size = static["size"]
    assert f"kws: static plan {size:,} bytes (estimate), {size - shipped:+,} to the arena" in report["notes"]
    page = project.built("net", "tinyml/report.html").read_text()
    assert f"{size:,}, estimate with reference kernels" in page
    said = f"TinyML: kws takes an arena of about {size:,} bytes (reference kernels)"
    assert build.stdout.index(said) < build.stdout.index("Compiling")
    assert said not in project.run().stdout


def test_an_operator_without_a_rule_has_no_static_plan(make):
    project = make("", "TICK")
    build = project.run()
    assert build.code == 0, build.output
    (model,) = json.loads(project.built("net", "tinyml/report.json").read_text())["models"]
    assert model["arena"]["static"] is None
    assert "static plan" not in build.stdout


def test_what_cannot_fit_is_refused_before_anything_is_compiled(make):
    """Certain is what the activations take, 32 bytes; the static plan, an upper bound, refuses nothing."""
    refused = make("custom_tinyml_ram_budget = 31").run()
    assert refused.code == 1
    assert "at least 1 bytes over the budget: 32 needed, 31 allowed" in " ".join(refused.stderr.split())
    assert not [name for name in refused.started if name.startswith(("compile", "probe", "link"))]


BESIDE = """\
#include <kws_model.h>
#include <kws_tflm.h>

// What the project had before: an array made by hand, an arena, a resolver with whatever it wanted.
alignas(16) static uint8_t tensor_arena[2048];
alignas(16) const unsigned char old_model[] = {BYTES};

int main() {
    static tflite::MicroMutableOpResolver<4> resolver;
    resolver.AddAdd();
    static tflite::MicroInterpreter own(tflite::GetModel(old_model), resolver, tensor_arena, sizeof tensor_arena);
    return own.AllocateTensors() == kTfLiteOk && own.Invoke() == kTfLiteOk ? kws_init() : 1;
}
"""


def test_an_array_and_an_arena_made_by_hand_go_on_working(make):
    project = make("")
    (project.folder / "src" / "main.c").unlink()
    data = (project.folder / "models" / "kws.tflite").read_bytes()
    project.write("src/main.cpp", BESIDE.replace("BYTES", ", ".join(map(str, data))))
    build = project.run("-t", "exec")
    assert build.code == 0, build.output
    assert checks(project)["init:kws"]["ok"]
    symbols = project.built("net", "firmware.map").read_text()
    assert ".bss._ZL12tensor_arena" in symbols
    assert "kws_arena" in symbols


def test_an_array_of_the_same_name_is_told(make):
    """As `xxd -i kws.tflite` writes it."""
    project = make("")
    project.write("src/model.c", "unsigned char kws_tflite[] = {1, 2};\nunsigned int kws_tflite_len = 2;\n")
    build = project.run()
    assert build.code == 1
    said = " ".join(build.stderr.split())
    assert "link:kws_tflite: kws_tflite is defined in" in said
    assert "src/model.o" in said
    assert "custom_tinyml_kws_name = ..." in said
    assert "Traceback" not in build.output


SCRIPT = """\
Import("env")
env.Append(CPPPATH=["{include}"], LIBPATH=["{folder}"], LIBS=["tflm"], CPPDEFINES=["TF_LITE_STATIC_MEMORY"])
"""
MACHINE = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-Os", "-ffunction-sections")


def prebuild(include: Path, archive: Path, *flags: str) -> None:
    """The stand-in as a framework ships it."""
    objects = []
    for name in ("kernels", "debug_log"):
        objects.append(include / f"{name}.o")
        options = [*MACHINE, "-fno-exceptions", "-fno-rtti", f"-I{include}", *flags]
        command = ["arm-none-eabi-g++", *options, "-c", include / f"{name}.cc", "-o", objects[-1]]
        subprocess.run(command, check=True, timeout=600)
    archive.unlink(missing_ok=True)
    subprocess.run(["arm-none-eabi-ar", "rcs", archive, *objects], check=True, timeout=600)


@pytest.mark.parametrize("arena_from", ["probe", "firmware"])
def test_a_framework_that_brings_it_prebuilt(make_project, repo, tmp_path, arena_from):
    write_library(tmp_path / "sdk")
    include, archive = tmp_path / "sdk" / "src", tmp_path / "sdk" / "libtflm.a"
    prebuild(include, archive)
    project = make_project(f"{NET}extra_scripts = pre:sdk.py\ncustom_tinyml_arena_from = {arena_from}")
    project.write("sdk.py", SCRIPT.format(include=include, folder=archive.parent))
    (project.folder / "models" / "sine.tflite").unlink()
    write_model(project.folder / "models" / "kws.tflite")
    project.write("src/main.c", MAIN)
    build = project.run()
    assert build.code == 0, build.output
    assert (arena(project)["size"], arena(project)["method"]) == (ARENA, "emulated")
    assert checks(project)["init:kws"]["ok"]
    assert project.run().started == ()
    # Another archive is measured again.
    kernels = include / "kernels.cc"
    kernels.write_text(kernels.read_text().replace("{ return 0; }", "{ return 512; }"))
    prebuild(include, archive)
    build = project.run()
    assert build.code == 0, build.output
    assert arena(project)["size"] == ARENA + 512
    assert checks(project)["init:kws"]["ok"]


def test_an_arena_larger_than_needed_in_a_section_of_its_own(make):
    project = make("custom_tinyml_kws_arena_size = 2000\ncustom_tinyml_arena_section = .noinit.arenas")
    build = project.run()
    assert build.code == 0, build.output
    assert f"note: kws: {ARENA:,} bytes of arena would do, {2000 - ARENA} fewer than set by hand" in build.stdout
    assert checks(project)["arena:kws"]["actual"] == 2000
    assert ".noinit.arenas" in project.built("net", "firmware.map").read_text()


@pytest.mark.parametrize("measured", ["probe\ncustom_tinyml_share_arena = yes", "firmware"])
def test_both_parts_of_a_split_arena(make, tmp_path, measured):
    write_split(tmp_path / "library" / "tflite-micro" / "src")
    sections = "custom_tinyml_arena_section = .bss.fast\ncustom_tinyml_persistent_section = .noinit.slow"
    project = make(f"custom_tinyml_split_arena = yes\n{sections}\ncustom_tinyml_arena_from = {measured}")
    build = project.run()
    assert build.code == 0, build.output
    found = checks(project)
    assert found["init:kws"]["ok"]
    sizes = {name: check["actual"] for name, check in found.items() if name.startswith("arena:")}
    shared = {"arena:(shared)": ARENA, "arena:kws": PERSISTENT}
    assert sizes == (shared if "share" in measured else {"arena:kws": ARENA + PERSISTENT})
    (model,) = json.loads(project.built("net", "tinyml/report.json").read_text())["models"]
    assert (model["arena"]["size"], model["arena"]["persistent"]) == (ARENA + PERSISTENT, PERSISTENT)
    placed = project.built("net", "firmware.map").read_text()
    assert all(section in placed for section in (".bss.fast", ".noinit.slow"))


def test_weights_in_a_section_of_their_own(make):
    project = make("custom_tinyml_weights_section = .data.weights")
    build = project.run()
    assert build.code == 0, build.output
    assert "bytes of RAM too (in .data)" in build.stdout
    models = json.loads(project.built("net", "tinyml/report.json").read_text())["models"]
    assert models[0]["ram"] > arena(project)["size"]


def test_an_arena_outside_ram_is_refused(make):
    """In a section that the linker script places in flash: found in the linked program."""
    project = make("custom_tinyml_arena_section = .text.arenas")
    build = project.run()
    assert build.code == 1
    assert "arena:kws is not in RAM" in build.stderr
    assert not project.built("net", "firmware.bin").exists()


@pytest.mark.parametrize("persistent", [0, PERSISTENT])
def test_the_smallest_arena_on_the_device(make, tmp_path, persistent):
    """The stand-in's kernels compute nothing right, which the verdict says too."""
    if persistent:
        write_split(tmp_path / "library" / "tflite-micro" / "src")
    project = make("custom_tinyml_split_arena = yes\ncustom_tinyml_arena_margin = 64" if persistent else "")
    build = project.run("-e", "net", "-t", "tinyml_probe")
    size, margins = ARENA + persistent, 128 if persistent else 0
    found = f"arena {size:,} bytes, the smallest that init takes; the build's has {size + margins:,} (emulated)"
    assert found in build.stdout
    assert (f"{persistent:,} of them are persistent" in build.stdout) == bool(persistent)
    assert build.stdout.count("FAIL  kws  kws_output_0") == build.code == 1

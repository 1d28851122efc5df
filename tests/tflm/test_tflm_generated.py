"""The generated C++, compiled for the host against a stand-in for TFLM: API, every way init can fail, both runtimes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from fake_tflm import ARENA, NEW, OLD, write_fake
from model_builder import Builder, per_tensor

from platformio_tinyml.cli.main import main
from platformio_tinyml.manifest import manifest_from_json

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-fno-exceptions", "-fno-rtti")
REPO = Path(__file__).parent.parent.parent
INCLUDE = REPO / "platformio_tinyml" / "runtime" / "include"

APPLICATION = r"""
#include "kws_model.h"
#include <stdio.h>
int main(void) {
    kws_input_0_t *input;
    int i;
    if (kws_init() != TINYML_OK) return 1;
    input = kws_input_0();
    for (i = 0; i < KWS_INPUT_0_SIZE; i++) input[i] = kws_quantize_input_0((float)i);
    if (kws_invoke() != TINYML_OK) return 2;
    if (kws_output(0) != kws_output_0() || kws_output(1) != NULL || kws_input_speech() != kws_input(0)) return 3;
    for (i = 0; i < KWS_OUTPUT_0_SIZE; i++) printf("%d ", kws_output_0()[i]);
    kws_reset();
    return (size_t)KWS_ARENA_SIZE == kws_arena_size ? 0 : 4;
}
"""
ARENA_C = f"""
#include "kws_model.h"
#include "tinyml_attributes.h"
TINYML_ALIGNED(16) uint8_t kws_arena[{ARENA}];
const uint32_t kws_arena_size = {ARENA};
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    builder = Builder()
    constant = builder.tensor("c", (8,), quantization=per_tensor(0.5), data=np.ones(8, np.int8))
    first = builder.tensor("speech", (8,), quantization=per_tensor(0.5, -3))
    middle = builder.tensor("middle", (8,), quantization=per_tensor(0.5))
    last = builder.tensor("word", (8,), quantization=per_tensor(0.25))
    builder.operator("ADD", [first, constant], [middle])
    builder.operator("CUSTOM", [middle], [last], custom_code="TICK")
    path = tmp_path_factory.mktemp("model") / "kws.tflite"
    path.write_bytes(builder.build([first], [last]))
    return path


def generate(model: Path, folder: Path, words: dict[str, str], *options: str) -> Path:
    """Generate against the stand-in; the folder of generated files."""
    include = write_fake(folder / "tflm", words)
    out = folder / "generated"
    assert (
        main(["generate", str(model), "-o", str(out), "--runtime", "tflm", "--tflm-include", str(include), *options])
        == 0
    )
    return out


def run(
    folder: Path, application: str, *flags: str, standard: str = "c++11", c: bool = False
) -> subprocess.CompletedProcess:
    """Compile the generated code and `application` (C++, or C), link, run."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    main_file = folder / ("main.c" if c else "main.cc")
    main_file.write_text(application)
    (folder / "arena.c").write_text(ARENA_C)
    generated = folder / "generated"
    includes = [f"-I{path}" for path in (generated, folder / "tflm", INCLUDE)]
    objects = []
    for source in (
        generated / "kws_model.cc",
        generated / "kws_tflite.c",
        folder / "tflm" / "kernels.cc",
        folder / "arena.c",
        main_file,
    ):
        objects.append(str(folder / f"{source.stem}.o"))
        is_cxx = source.suffix == ".cc"
        options = (f"-std={standard}", *STRICT) if is_cxx else ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
        command = ["g++" if is_cxx else "gcc", *options, "-g1", *includes, *flags, "-c", str(source), "-o", objects[-1]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr[:3000]
    (folder / "log.c").write_text("void DebugLog(const char *text) { (void)text; }")
    subprocess.run(
        ["g++", *flags, *objects, "-x", "c", str(folder / "log.c"), "-o", str(folder / "program")],
        check=True,
        timeout=600,
    )
    return subprocess.run([folder / "program"], capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.parametrize("words", [NEW, OLD], ids=["2026", "2021"])
def test_the_application_of_the_compiled_runtime_runs(model: Path, tmp_path: Path, words: dict[str, str]) -> None:
    generate(model, tmp_path, words)
    done = run(tmp_path, APPLICATION, c=True)
    assert done.returncode == 0
    expected = [(min(2 * i - 3, 127) * 3 + 128) % 256 - 128 for i in range(8)]
    assert [int(value) for value in done.stdout.split()] == expected


@pytest.mark.parametrize("standard", ["c++11", "c++20"])
def test_the_parts_serve_an_interpreter_of_the_application(model: Path, tmp_path: Path, standard: str) -> None:
    generate(model, tmp_path, NEW)
    application = r"""
        #include "kws_tflm.h"
        extern const unsigned char kws_tflite[];  // as after xxd -i, outside extern "C"
        int main() {
            kws_resolver resolver;
            tflite::MicroMutableOpResolver<7> own;
            if (resolver.status != kTfLiteOk || kws_add_operators(own) != kTfLiteOk) return 1;
            tflite::MicroInterpreter interpreter(tflite::GetModel(kws_tflite), resolver, kws_arena, kws_arena_size);
            return (uintptr_t)kws_tflite % 16 == 0 && kws_tflite_len > 0 ? interpreter.AllocateTensors() : 2;
        }"""
    assert run(tmp_path, application, standard=standard).returncode == 0


def status_of(call: str) -> str:
    memory = f"alignas(16) static uint8_t mine[{ARENA} + 64];"
    return f'#include "kws_model.h"\n{memory}\nint main() {{ (void)mine; return {call}; }}'


@pytest.mark.parametrize(
    ("call", "flags", "status"),
    [
        ("kws_init()", (), 0),
        (f"kws_init_with(mine, {ARENA})", (), 0),
        (f"kws_init_with(mine + 4, {ARENA})", (), 5),
        (f"kws_init_with(mine + 4 + tinyml_arena_padding(mine + 4), {ARENA})", (), 0),
        ("(int)tinyml_arena_padding(mine + 3)", (), 13),
        ("(int)tinyml_arena_padding(mine)", (), 0),
        (f"kws_init_with(mine, {ARENA - 16})", (), 1),
        (f"kws_init_with(nullptr, {ARENA})", (), 1),
        ("kws_init()", ("-DFAKE_BYTES=9",), 2),
        ("kws_init()", ("-DFAKE_TYPE=kTfLiteUInt8",), 2),
        ("kws_init()", ("-DFAKE_ADD_STATUS=kTfLiteError",), 3),
        ("kws_invoke()", (), 4),
        ("kws_init_with(mine + 8, sizeof mine - 8) == TINYML_ERROR_ALIGNMENT ? kws_invoke() : 9", (), 4),
        ("kws_init() == TINYML_OK && kws_init() == TINYML_OK ? kws_invoke() : 9", (), 0),
        ("kws_input_0() == nullptr && kws_output(0) == nullptr ? (kws_reset(), 0) : 9", (), 0),
    ],
)
def test_status(model: Path, tmp_path: Path, call: str, flags: tuple[str, ...], status: int) -> None:
    generate(model, tmp_path, NEW)
    assert run(tmp_path, status_of(call), *flags).returncode == status


def test_a_model_of_another_schema_version(model: Path, tmp_path: Path) -> None:
    generate(model, tmp_path, NEW)
    application = (
        '#include "kws_model.h"\n#include <string.h>\n#include <vector>\n'
        'extern "C" tinyml_status kws_init_from(const void *, void *, size_t);\n'
        "int main() { std::vector<unsigned char> b(kws_tflite, kws_tflite + kws_tflite_len);\n"
        "  unsigned root; memcpy(&root, &b[0], 4); int back; memcpy(&back, &b[root], 4);\n"
        "  unsigned short at; memcpy(&at, &b[root - back + 4], 2); b[root + at] = 4;\n"
        "  return kws_init_from(b.data(), kws_arena, kws_arena_size); }"
    )
    assert run(tmp_path, application).returncode == 2


def test_a_custom_operator_of_the_application(model: Path, tmp_path: Path) -> None:
    generate(model, tmp_path, NEW, "--custom-op", "TICK=ops::Register")
    registration = """
        #include <kws_tflm.h>
        namespace ops { TFLMRegistration *Register() { static TFLMRegistration made; return &made; } }"""
    assert run(tmp_path, status_of("kws_init()") + registration).returncode == 0


def test_the_manifest(model: Path, tmp_path: Path) -> None:
    manifest = manifest_from_json((generate(model, tmp_path, NEW) / "kws_model.json").read_text())
    assert (manifest.runtime, manifest.weights) == ("tflm", model.stat().st_size)
    assert manifest.sources == ("kws_model.cc", "kws_tflite.c", "kws_arena.c")
    assert (manifest.arena.size, manifest.arena.method, manifest.arena.lower_bound) == (0, None, 32)
    assert manifest.calls == ((0, "ADD", "AddAdd", 0), (1, "CUSTOM", "AddTick", 0))
    assert manifest.symbols["kws_tflite"] == "weights:kws"
    assert [(info.name, info.shape, info.constants) for info in manifest.call_infos] == [
        ("middle", (8,), 8),
        ("word", (8,), 0),
    ]


def test_all_missing_operators_before_anything_is_written(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    include = write_fake(tmp_path / "tflm", NEW)
    resolver = include / "tensorflow/lite/micro/micro_mutable_op_resolver.h"
    resolver.write_text(
        resolver.read_text().replace("AddAdd", "AddOther").replace("_ADD", "_OTHER").replace("TICK", "TOCK")
    )
    out = tmp_path / "out"
    assert main(["generate", str(model), "-o", str(out), "--runtime", "tflm", "--tflm-include", str(include)]) == 3
    message = capsys.readouterr().err
    assert "ADD (operator 0)" in message
    assert "CUSTOM 'TICK' (operator 1)" in message
    assert not out.exists()

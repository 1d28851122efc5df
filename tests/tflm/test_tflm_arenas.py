"""The generated C++ of models that share an arena, and of one in the application's, with a stand-in for TFLM."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fake_tflm import ARENA, NEW, PERSISTENT, write_fake, write_split
from model_builder import Builder, per_tensor

from platformio_tinyml.cli.main import main

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-fno-exceptions", "-fno-rtti")
INCLUDE = Path(__file__).parent.parent.parent / "platformio_tinyml" / "runtime" / "include"
MEMORY = f"""
#include <stdint.h>
#include "tinyml_attributes.h"
extern "C" {{
TINYML_ALIGNED(16) uint8_t tinyml_shared_arena[{ARENA}];
extern const uint32_t one_arena_size, two_arena_size;
const uint32_t one_arena_size = {ARENA}, two_arena_size = {ARENA};
}}
"""
SHARED = r"""
#include "one_model.h"
#include "two_model.h"
int main() {
    if (one_invoke() != TINYML_ERROR_INIT || one_init() != TINYML_OK || one_invoke() != TINYML_OK) return 1;
    if (two_input_0() != nullptr || two_init() != TINYML_OK || two_invoke() != TINYML_OK) return 2;
    if (one_input_0() != nullptr || one_output(0) != nullptr || one_invoke() != TINYML_ERROR_INIT) return 3;
    one_reset();  // of a model whose arena is another's: nothing
    if (two_invoke() != TINYML_OK || two_output_0() == nullptr) return 4;
    return one_init() == TINYML_OK && one_invoke() == TINYML_OK && two_invoke() == TINYML_ERROR_INIT ? 0 : 5;
}
"""
USERS = f"""
#include "one_model.h"
#include "two_model.h"
alignas(16) static uint8_t memory[2][{ARENA}];
int main() {{
    if (one_invoke() != TINYML_ERROR_INIT || one_init_with(memory[0], {ARENA} - 16) != TINYML_ERROR_ARENA) return 1;
    if (one_init_with(memory[0], {ARENA}) != TINYML_OK || two_init_with(memory[1], {ARENA}) != TINYML_OK) return 2;
    return one_invoke() == TINYML_OK && two_invoke() == TINYML_OK ? 0 : 3;
}}
"""

SPLIT = f"""
#include "one_model.h"
#include "two_model.h"
extern "C" {{
extern const uint32_t one_persistent_size, two_persistent_size;
alignas(16) uint8_t one_persistent[{PERSISTENT}], two_persistent[{PERSISTENT}];
const uint32_t one_persistent_size = {PERSISTENT}, two_persistent_size = {PERSISTENT};
}}
alignas(16) static uint8_t memory[2][{ARENA}];
int main() {{
    if (one_init() != TINYML_OK || two_init() != TINYML_OK) return 1;
    for (int i = 1; i < 4; i++) {{  // by turns, each made once
        one_input_0()[0] = 5;
        if (one_invoke() != TINYML_OK || one_output_0()[0] != 15 + i - 1) return 2;
        two_input_0()[0] = 7;
        if (two_invoke() != TINYML_OK || two_output_0()[0] != 21 + i - 1) return 3;
    }}
    one_reset();
    one_input_0()[0] = 5;
    if (one_invoke() != TINYML_OK || one_output_0()[0] != 15) return 4;
    if (one_init_with(memory[0], {ARENA}, memory[1], {PERSISTENT} - 16) != TINYML_ERROR_ARENA) return 5;
    if (one_init_with(memory[0], {ARENA}, memory[1] + 1, {PERSISTENT}) != TINYML_ERROR_ALIGNMENT) return 6;
    if (one_init_with(memory[0], {ARENA}, nullptr, {PERSISTENT}) != TINYML_ERROR_ARENA) return 7;
    return one_init_with(memory[0], {ARENA}, memory[1], {PERSISTENT}) == TINYML_OK && one_invoke() == TINYML_OK ? 0 : 8;
}}
"""
ONE_ARENA, BOTH = ("--share-arena",), ("--share-arena", "--split-arena")


def generate(folder: Path, name: str, *options: str, remembers: bool = False, split: bool = True) -> int:
    builder = Builder()
    x, y, z = (builder.tensor(each, (8,), quantization=per_tensor(0.5)) for each in "xyz")
    builder.operator("ADD", [x, x], [y])
    kept = [builder.tensor("state", (8,), quantization=per_tensor(0.5), is_variable=True)] if remembers else []
    builder.operator("CUSTOM", [y, *kept], [z], custom_code="TICK")
    path = folder / f"{name}.tflite"
    path.write_bytes(builder.build([x], [z]))
    include = write_fake(folder / "tflm", NEW)
    if split:
        write_split(include)
    words = ["--runtime", "tflm", "--tflm-include", str(include), *options]
    return main(["generate", str(path), "-o", str(folder / "generated"), *words])


@pytest.mark.parametrize(
    ("options", "application"),
    [(ONE_ARENA, SHARED), (("--user-arena",), USERS), (BOTH, SPLIT)],
    ids=["shared", "user", "split"],
)
def test_two_models(tmp_path: Path, options: tuple[str, ...], application: str) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    assert generate(tmp_path, "one", *options) == generate(tmp_path, "two", *options) == 0
    (tmp_path / "main.cc").write_text(application)
    (tmp_path / "memory.cc").write_text(MEMORY)
    (tmp_path / "log.cc").write_text('extern "C" void DebugLog(const char *, ...); void DebugLog(const char *, ...) {}')
    generated = tmp_path / "generated"
    includes = [f"-I{path}" for path in (generated, tmp_path / "tflm", INCLUDE)]
    sources = [*generated.glob("*.cc"), tmp_path / "tflm" / "kernels.cc", *tmp_path.glob("*.cc")]
    objects = []
    for source in (*sources, *generated.glob("*_tflite.c")):
        objects.append(str(tmp_path / f"{source.stem}.o"))
        command = ["gcc"] if source.suffix == ".c" else ["g++", "-std=c++11", *STRICT]
        subprocess.run([*command, *includes, "-c", str(source), "-o", objects[-1]], check=True, timeout=600)
    subprocess.run(["g++", *objects, "-o", str(tmp_path / "program")], check=True, timeout=600)
    assert subprocess.run([tmp_path / "program"], timeout=200, check=False).returncode == 0


def test_what_remembers_cannot_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(tmp_path, "one", "--share-arena", remembers=True) == 3
    assert "cannot be shared" in capsys.readouterr().err
    assert generate(tmp_path, "one", *BOTH, remembers=True) == 0


@pytest.mark.parametrize(
    ("options", "split", "code", "said"),
    [
        (BOTH, False, 4, "no MicroAllocator::Create with two arenas"),
        (("--split-arena", "--user-arena"), True, 2, "do not go together"),
    ],
)
def test_what_cannot_be_split(tmp_path: Path, options, split: bool, code: int, said: str, capsys) -> None:
    assert generate(tmp_path, "one", *options, split=split) == code
    assert said in " ".join(capsys.readouterr().err.split())


def test_one_arena_is_not_split_for_some_alone(tmp_path: Path, capsys) -> None:
    assert generate(tmp_path, "one", *BOTH) == generate(tmp_path, "two", *ONE_ARENA) == 0
    manifests = [word for name in ("one", "two") for word in ("--manifest", f"{tmp_path}/generated/{name}_model.json")]
    assert main(["runtime", *manifests, "-o", str(tmp_path / "runtime")]) == 2
    assert "some have it split" in capsys.readouterr().err

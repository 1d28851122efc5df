"""Generated C is compiled, linked and run through its public header."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sample
from c_build import STRICT, compile_c, generate, run_c, write

from platformio_tinyml.codegen import make_manifest, oversized, render, runtime_files
from platformio_tinyml.manifest import CallInfo, Peak, PlacedBuffer, manifest_from_json
from platformio_tinyml.model import TensorType
from platformio_tinyml.program import ArenaBuffer, Placement

VALUES = (1, -2, 3, -4)

USE = """
#include <stdio.h>
#include "net_model.h"
int main(void) {
    const int8_t values[] = {1, -2, 3, -4};
    int i;
    if (net_init() != TINYML_OK) return 1;
    for (i = 0; i < NET_INPUT_0_SIZE; i++) net_input_0()[i] = values[i];
    if (net_invoke() != TINYML_OK) return 2;
    return fwrite(net_output_0(), 1, NET_OUTPUT_0_BYTES, stdout) != NET_OUTPUT_0_BYTES;
}
"""

FIRMWARE = """
#include "net_model.h"
int main(void) {
    return (int)net_init() + (int)net_invoke() + net_output_0()[0];
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program = sample.program()
    generate(tmp_path, program, sample.plan(program), sample.MACS)
    return tmp_path


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c99", "c11", "c17"])
def test_c_compiles_without_a_warning(folder: Path, compiler: str, standard: str) -> None:
    (folder / "main.c").write_text(FIRMWARE)
    compile_c(folder, compiler, f"-std={standard}", *STRICT, "-Wcast-align", "-Wstrict-prototypes")


@pytest.mark.parametrize("standard", ["c++11", "c++17"])
def test_the_same_files_compile_as_cpp(folder: Path, standard: str) -> None:
    (folder / "main.c").write_text(FIRMWARE)
    compile_c(folder, "g++", "-x", "c++", f"-std={standard}", *STRICT)


@pytest.mark.parametrize(("compiler", "standard"), [("gcc", "c99"), ("g++", "c++17")])
def test_the_header_alone_unused_gives_no_warning(folder: Path, compiler: str, standard: str) -> None:
    source = folder / "unused.txt"
    source.write_text('#include "net_model.h"\n#include "net_model.h"\nint unused_x;\n')
    language = "c" if compiler == "gcc" else "c++"
    command = [compiler, "-x", language, f"-std={standard}", *STRICT, "-Wunused", "-fsyntax-only", source]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("target", "flags", "arena_alignment"),
    [
        ("arm-none-eabi", ("-mcpu=cortex-m0", "-mthumb"), 16),
        ("arm-none-eabi", ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"), 16),
        ("avr", ("-mmcu=atmega328p",), 1),
        ("riscv64-unknown-elf", ("-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"), 16),
    ],
)
def test_cross_compilers_take_it(folder: Path, target: str, flags: tuple[str, ...], arena_alignment: int) -> None:
    (folder / "main.c").write_text(FIRMWARE)
    compile_c(folder, f"{target}-gcc", "-std=c99", "-Os", *STRICT, *flags, "-c")
    listing = [f"{target}-objdump", "-h", folder / "net_model.o"]
    sections = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    exponents = re.findall(r" \.bss .* 2\*\*(\d+)", sections)
    assert [2 ** int(exponent) for exponent in exponents] == [arena_alignment]


def test_it_computes(folder: Path) -> None:
    assert run_c(folder, USE) == sample.expected(VALUES)


@pytest.mark.parametrize("portable", [False, True])
def test_large_tables_hold_every_byte(tmp_path: Path, portable: bool) -> None:
    # every byte before every digit: an escape of less than three digits would swallow it
    weights = bytes(byte for first in range(256) for byte in (first, ord("0") + first % 10))
    weights += bytes(1024 - len(weights)) + weights
    program = sample.program(weights=weights)
    generate(tmp_path, program, sample.plan(program), sample.MACS, portable_weights=portable)
    main = f"""
        #include <stdio.h>
        #include "net_weights.h"
        int main(void) {{ return fwrite(net_op0_filter, 1, {len(weights)}, stdout) != {len(weights)}; }}
    """
    assert run_c(tmp_path, main) == weights
    assert ('"\\000' in (tmp_path / "net_weights.c").read_text()) is not portable
    assert oversized(program, sample.plan(program), len(weights), portable_weights=portable) == (
        () if portable else (("net_op0_filter", len(weights) + 1),)
    )


def test_accessors_by_number_and_by_name(folder: Path) -> None:
    main = """
        #include <stddef.h>
        #include "net_model.h"
        static const int shape[] = NET_INPUT_0_SHAPE;
        int main(void) {
            int8_t *input = net_input_0();
            if (net_input(0) != input || net_input_speech() != input || net_output_scores() != net_output(0)) return 1;
            if (net_input(1) != NULL || net_input(-1) != NULL) return 2;
            if (net_output(1) != NULL || net_output(32767) != NULL) return 2;
            if (shape[0] != 1 || shape[1] != 4 || sizeof shape != 2 * sizeof shape[0]) return 3;
            if (net_arena_size != NET_ARENA_SIZE || NET_ARENA_SIZE != 32) return 4;
            if ((uintptr_t)input % 16 != 0) return 5;
            if (NET_INPUT_COUNT != 1 || NET_OUTPUT_COUNT != 1) return 6;
            net_reset();
            return 0;
        }
    """
    run_c(folder, main)


@pytest.mark.parametrize("scale", [0.5, 0.1, 1e-30, 3e38, 1.401298464324817e-45])
def test_quantize_rounds_as_the_operator_does(tmp_path: Path, scale: float) -> None:
    program = sample.program(scale=scale)
    generate(tmp_path, program, sample.plan(program), sample.MACS)
    main = """
        #include <stdio.h>
        #include "net_model.h"
        int main(void) {
            float value;
            while (fread(&value, sizeof value, 1, stdin) == 1) {
                const int8_t quantized = net_quantize_input_0(value);
                fwrite(&quantized, 1, 1, stdout);
            }
            return 0;
        }
    """
    single = np.float32(scale)
    random = np.random.default_rng(1)
    with np.errstate(all="ignore"):
        halves = (np.arange(-600, 600) / 2).astype(np.float32) * single
        near = np.concatenate(
            [halves, np.nextafter(halves, np.float32(np.inf)), np.nextafter(halves, np.float32(-np.inf))]
        )
        wild = random.integers(0, 2**32, 20_000, np.uint32).view(np.float32)
        odd = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 3.4e38, -3.4e38, 1e-45], np.float32)
        values = np.concatenate([near, wild, odd]).astype(np.float32)
        quotient = (values / single).astype(np.float64)
        rounded = np.copysign(np.floor(np.abs(quotient) + 0.5), quotient)  # exact: a float plus a half in double
        expected = np.where(np.isnan(quotient), -3, np.clip(rounded - 3, -128, 127)).astype(np.int8)
    result = np.frombuffer(run_c(tmp_path, main, data=values.tobytes()), np.int8)
    np.testing.assert_array_equal(result, expected)


def test_dequantize_is_the_nearest_float(folder: Path) -> None:
    main = """
        #include <stdio.h>
        #include "net_model.h"
        int main(void) {
            int i;
            for (i = -128; i < 128; i++) {
                const float value = net_dequantize_output_0((int8_t)i);
                fwrite(&value, sizeof value, 1, stdout);
            }
            return 0;
        }
    """
    expected = (np.arange(256) * np.float64(np.float32(0.00390625))).astype(np.float32)
    np.testing.assert_array_equal(np.frombuffer(run_c(folder, main), np.float32), expected)


def test_real_values_in_and_out(folder: Path) -> None:
    main = """
        #include <stdio.h>
        #include <string.h>
        #include "net_model.h"
        int main(void) {
            const float in[NET_INPUT_0_SIZE] = {0.37f, -1.0f, 1e9f, 0.0f};
            float out[NET_OUTPUT_0_SIZE];
            int32_t i, best = 0;
            if (net_init() != TINYML_OK || net_run(in, out) != TINYML_OK) return 1;
            for (i = 0; i < NET_OUTPUT_0_SIZE; i++) {
                if (out[i] != net_dequantize_output_0(net_output_0()[i])) return 2;
                if (out[i] > out[best]) best = i;
            }
            if (net_top_output_0() != best) return 3;
            if (net_top_output_0_above(out[best]) != best) return 4;
            if (net_top_output_0_above(out[best] + 0.001f) != -1) return 5;
            for (i = 0; i < NET_OUTPUT_0_SIZE; i++) net_output_0()[i] = -128;
            if (net_top_output_0() != 0) return 6;
            net_output_0()[NET_OUTPUT_0_SIZE - 1] = -127;
            if (net_top_output_0() != NET_OUTPUT_0_SIZE - 1) return 7;
            for (i = 0; i < NET_INPUT_0_SIZE; i++) net_input_0()[i] = net_quantize_input_0(in[i]);
            if (net_invoke() != TINYML_OK) return 8;
            for (i = 0; i < NET_OUTPUT_0_SIZE; i++)
                if (out[i] != net_dequantize_output_0(net_output_0()[i])) return 9;
            return strcmp(tinyml_status_text(TINYML_OK), "ok") != 0;
        }
    """
    run_c(folder, main)


def test_helpers_of_float_tensors_and_before_init(tmp_path: Path) -> None:
    """The header alone, of a model from float to float; the model's own functions are the test's."""
    program = sample.program()
    tensors = tuple(replace(each, type=TensorType.FLOAT32, quantization=None) for each in program.model.tensors)
    program = replace(program, model=replace(program.model, tensors=tensors))
    files = render(program, sample.plan(program), source="net.tflite", macs=sample.MACS)
    write(tmp_path, [file for file in (*files, *runtime_files(())) if file.path.endswith(("net_model.h", "tinyml.h"))])
    main = """
        #include <math.h>
        #include "net_model.h"
        static float memory[4];
        static int ready;
        float *net_input_0(void) { return ready ? memory : NULL; }
        float *net_output_0(void) { return net_input_0(); }
        tinyml_status net_invoke(void) { memory[0] = -INFINITY; return ready == 1 ? TINYML_OK : TINYML_ERROR_OPERATOR; }
        int main(void) {
            const float in[NET_INPUT_0_SIZE] = {1.0f, NAN, -5.0f, -5.0f};
            float out[NET_OUTPUT_0_SIZE] = {0.0f, 0.0f, 0.0f, 7.0f};
            if (net_run(in, out) != TINYML_ERROR_INIT || net_top_output_0() != -1) return 1;
            if (net_top_output_0_above(-1e9f) != -1) return 2;
            ready = 2;
            if (net_run(in, out) != TINYML_ERROR_OPERATOR || out[3] != 7.0f) return 3;
            ready = 1;
            if (net_run(in, out) != TINYML_OK || out[3] != -5.0f || out[1] == out[1]) return 4;
            if (net_top_output_0() != 2 || net_top_output_0_above(-5.0f) != 2) return 5;
            if (net_top_output_0_above(-4.9f) != -1 || net_top_output_0_above(NAN) != -1) return 6;
            memory[0] = memory[2] = memory[3] = NAN;
            return net_top_output_0() != -1;
        }
    """
    run_c(tmp_path, main, f"-I{tmp_path}", f"-I{tmp_path / 'tinyml'}")


def test_several_inputs_and_outputs_in_one_call(tmp_path: Path) -> None:
    """The header alone: two int8 inputs, an int8 and a float output; the model's own functions are the test's."""
    program = sample.program()
    tensors = list(program.model.tensors)
    tensors[2] = replace(tensors[2], type=TensorType.FLOAT32, quantization=None)
    model = replace(program.model, tensors=tuple(tensors), inputs=(0, 1), outputs=(1, 2))
    program = replace(program, model=model)
    files = render(program, sample.plan(program), source="net.tflite", macs=sample.MACS)
    write(tmp_path, [file for file in (*files, *runtime_files(())) if file.path.endswith(("net_model.h", "tinyml.h"))])
    main = """
        #include "net_model.h"
        static int8_t first[4], second[2];
        static float last[4];
        int8_t *net_input_0(void) { return first; }
        int8_t *net_input_1(void) { return second; }
        int8_t *net_output_0(void) { return second; }
        float *net_output_1(void) { return last; }
        tinyml_status net_invoke(void) { last[3] = (float)(first[1] + second[0]); return TINYML_OK; }
        int main(void) {
            const float in_0[NET_INPUT_0_SIZE] = {0.0f, 3.5f, 0.0f, 0.0f}, in_1[NET_INPUT_1_SIZE] = {2.0f, 0.0f};
            float out_0[NET_OUTPUT_0_SIZE], out_1[NET_OUTPUT_1_SIZE];
            if (net_run(in_0, in_1, out_0, out_1) != TINYML_OK) return 1;
            return out_0[0] != 2.0f || out_1[3] != 4.0f - 120.0f;
        }
    """
    run_c(tmp_path, main, f"-I{tmp_path}", f"-I{tmp_path / 'tinyml'}")


HOSTILE = [
    "*/ int CANARY; /*",
    "*??/\n/ int CANARY;",
    "line\\\nint CANARY;",
    "a\r\nint CANARY;\u2028int CANARY;",
    "\u202e*/\u2066 int CANARY",
    '" int CANARY; "',
    "{{ CANARY }}{% CANARY %}",
    "\x00\x1b[2J\x7f",
    "//*",
    "\\",
    "n" * 10_000,
    "é" * 500,
    "",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_from_a_file_stay_in_comments(tmp_path: Path, name: str) -> None:
    program = sample.program(names=(name, name + "1", name + "2"))
    program = replace(program, constants=tuple(replace(each, comment=name) for each in program.constants))
    files = render(program, sample.plan(program), source=name, macs=sample.MACS)
    write(tmp_path, files)
    write(tmp_path, runtime_files(["tinyml_fully_connected_s8.c"]))
    for file in files[:-1]:
        assert file.text.isascii()
        assert not re.search(r"[ \t]$", file.text, re.MULTILINE)
        assert all(character.isprintable() or character == "\n" for character in file.text)
    (tmp_path / "main.c").write_text(FIRMWARE)
    compile_c(tmp_path, "gcc", "-std=c99", "-trigraphs", *STRICT, "-Wcomment", "-DCANARY=@")


@pytest.mark.parametrize("name", ["int", "1st", "x:0", "_a", "a__b", "a-b", "", "a" * 41, "é", "tensor\n"])
def test_names_that_cannot_be_functions_give_no_alias(name: str) -> None:
    program = sample.program(names=(name, "hidden", "scores"))
    header = render(program, sample.plan(program), source="", macs=sample.MACS)[0].text
    assert ("net_input_int(" in header) == (name == "int")
    assert header.count("static inline") == (7 if name == "int" else 6)


def test_two_tensors_of_one_name_have_no_alias() -> None:
    program = sample.program()
    program = replace(program, model=replace(program.model, outputs=(2, 2)))
    header = render(program, sample.plan(program), source="", macs=sample.MACS)[0].text
    assert "net_output_scores" not in header
    assert "net_output_1(void)" in header


def test_several_models_in_one_program(tmp_path: Path) -> None:
    for name in ("net", "other"):
        program = sample.program(name)
        generate(tmp_path, program, sample.plan(program), sample.MACS)
    main = """
        #include <stdio.h>
        #include "net_model.h"
        #include "other_model.h"
        int main(void) {
            const int8_t values[] = {1, -2, 3, -4};
            int i;
            for (i = 0; i < 4; i++) {
                net_input_0()[i] = values[i];
                other_input_0()[i] = values[3 - i];
            }
            if (net_invoke() != TINYML_OK || other_invoke() != TINYML_OK) return 1;
            fwrite(net_output_0(), 1, 4, stdout);
            fwrite(other_output_0(), 1, 4, stdout);
            return 0;
        }
    """
    assert run_c(tmp_path, main) == sample.expected(VALUES) + sample.expected(VALUES[::-1])


def test_a_model_that_computes_nothing(tmp_path: Path) -> None:
    program = sample.program()
    model = replace(program.model, tensors=program.model.tensors[:1], operators=(), inputs=(), outputs=())
    empty = replace(program, model=model, calls=(), constants=())
    plan = replace(sample.plan(program), placements=(), size=0, lower_bound=0, planned_bound=0)
    generate(tmp_path, empty, plan, ())
    main = """
        #include "net_model.h"
        int main(void) { return net_invoke() != TINYML_OK || net_input(0) || net_output(0) || NET_ARENA_SIZE; }
    """
    run_c(tmp_path, main)


def test_scratch_and_a_second_call_of_one_operator(tmp_path: Path) -> None:
    program = sample.program()
    first = replace(program.calls[0], scratch_size=24)
    again = replace(program.calls[1], source=program.calls[0].source)
    plan = sample.plan(program)
    scratch = Placement(ArenaBuffer("scratch", 24, 16, 0, 0), 32)
    plan = replace(plan, placements=(*plan.placements, scratch), size=64)
    text = render(replace(program, calls=(first, again)), plan, source="", macs=sample.MACS)[1].text
    assert re.search(r"AT\(void, 32\)\); +/\* scratch, 24 bytes \*/", text)
    assert "net_op0_params NET_WEIGHTS_ATTRIBUTE" in text
    assert "net_op0_params_2 NET_WEIGHTS_ATTRIBUTE" in text


def test_the_arena_can_be_placed_elsewhere(folder: Path) -> None:
    (folder / "main.c").write_text(FIRMWARE)
    attribute = '__attribute__((section(".bss.fast")))'
    compile_c(folder, "gcc", "-std=c99", *STRICT, f"-DNET_ARENA_ATTRIBUTE={attribute}", "-c")
    listing = ["objdump", "-t", folder / "net_model.o"]
    sections = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    assert re.search(r"\.bss\.fast\s+0*20 net_arena", sections)


def test_the_weights_can_be_placed_elsewhere(folder: Path) -> None:
    """Tables and parameters: all that is billed to them."""
    (folder / "main.c").write_text(FIRMWARE)
    attribute = '__attribute__((section(".progmem")))'
    compile_c(folder, "gcc", "-std=c99", *STRICT, f"-DNET_WEIGHTS_ATTRIBUTE={attribute}", "-c")
    objects = ["net_model.o", "net_weights.o"]
    sections = subprocess.run(
        ["objdump", "-t", *objects], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    weights = manifest_from_json((folder / "net_model.json").read_text()).symbols
    names = {symbol for symbol, owner in weights.items() if owner == "weights:net"}
    assert names and names == set(re.findall(r"\.progmem\s+[0-9a-f]+ (net\w+)", sections))


def test_entries_survive_link_time_optimisation(folder: Path) -> None:
    (folder / "main.c").write_text(FIRMWARE.replace("(int)net_init() +", "").replace("return", "net_init(); return"))
    flags = ("-Os", "-flto", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
    program = compile_c(folder, "gcc", "-std=c99", *STRICT, *flags)
    symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    assert {"net_init", "net_invoke", "net_output_0"} <= set(re.findall(r" T (\w+)", symbols))


def test_the_manifest_owns_every_symbol(folder: Path) -> None:
    manifest = manifest_from_json((folder / "net_model.json").read_text())
    defined = set()
    for name in manifest.sources:
        subprocess.run(["gcc", "-c", folder / name, "-o", folder / "x.o"], check=True)
        listing = subprocess.run(["nm", "--defined-only", folder / "x.o"], capture_output=True, text=True, check=True)
        defined |= {line.split()[2] for line in listing.stdout.splitlines()}
    assert defined <= set(manifest.symbols)
    assert {symbol for symbol, owner in manifest.symbols.items() if owner != "tinyml"} <= defined
    assert manifest.symbols["net_arena"] == "arena:net"
    assert manifest.symbols["net_op0_params"] == manifest.symbols["net_op0_filter"] == "weights:net"


def test_the_manifest_comes_back_from_its_json(folder: Path) -> None:
    program = sample.program()
    manifest = make_manifest(program, sample.plan(program), source="net.tflite", macs=sample.MACS)
    assert manifest_from_json((folder / "net_model.json").read_text()) == manifest
    assert manifest.arena.peak == Peak(0, "FULLY_CONNECTED", "hidden", (("speech", 4), ("hidden", 2)), call=0)
    assert manifest.arena.placements == (
        PlacedBuffer("speech", 0, 0, 4, -1, 0),
        PlacedBuffer("hidden", 1, 16, 2, 0, 1),
        PlacedBuffer("scores", 2, 0, 4, 1, 2),
    )
    # The scale serves both.
    assert manifest.call_infos == (CallInfo("hidden", (1, 2), 24, 30), CallInfo("scores", (1, 4), 40, 46))
    assert (manifest.weights, manifest.largest_constant, manifest.macs) == (56, 16, 16)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": "tinyml-manifest/1"}', "[" * 100_000])
def test_other_json_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        manifest_from_json(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weights", "1"),
        ("weights", 2**70),
        ("weights", -1),
        ("arena", None),
        ("symbols", [1]),
        ("symbols", {"net_arena": 1}),
        ("calls", [[0, "ADD", "f"]]),
        ("calls", [[0.5, "ADD", "f", 1]]),
        ("call_infos", [{"name": "a", "shape": [1], "constants": 0}]),
        ("call_infos", [{"name": "a", "shape": ["1"], "constants": 0}] * 2),
    ],
)
def test_a_manifest_of_other_types_is_none(folder: Path, key: str, value: object) -> None:
    fields = json.loads((folder / "net_model.json").read_text())
    manifest_from_json(json.dumps(fields))
    with pytest.raises(ValueError, match=f"{key}|below zero"):
        manifest_from_json(json.dumps({**fields, key: value}))
    with pytest.raises(ValueError, match="below zero"):
        manifest_from_json(json.dumps({**fields, "arena": {**fields["arena"], "alignment": 0}}))

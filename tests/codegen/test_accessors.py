"""What an application reads and writes by the generated header: accessors, names, real values."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sample
from c_build import FIRMWARE, STRICT, compile_c, generate, run_c, write

from platformio_tinyml.codegen import render, runtime_files
from platformio_tinyml.model import TensorType


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

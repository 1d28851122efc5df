"""Generated C is compiled, linked and run through its public header."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import sample
from c_build import FIRMWARE, STRICT, compile_c, generate, run_c

from platformio_tinyml.codegen import oversized, render
from platformio_tinyml.manifest import manifest_from_json
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


def test_calls_of_equal_params_share_them() -> None:
    program = sample.program()
    first, last = program.calls[0], program.calls[-1]
    again = replace(last, params=first.params, function=first.function)
    files = render(replace(program, calls=(first, again)), sample.plan(program), source="", macs=sample.MACS)
    text, manifest = files[1].text, files[-1].text
    assert text.count("net_op0_params NET_WEIGHTS_ATTRIBUTE = {") == 1
    assert text.count("    &net_op0_params,\n") == 2
    operators = f"operators {first.source.index}, {last.source.index}: "
    assert operators in text
    assert f"net_op{last.source.index}_params" not in text + manifest


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

"""The runtime's C: compiles without a warning everywhere, and keeps to what a small target needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from built_once import KERNEL_FILES, RUNTIME
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from program_runner import KERNEL_HEADERS, struct_members

from platformio_tinyml.operators import OPERATORS

SOURCES = sorted(path for path in RUNTIME.rglob("*") if path.suffix in (".c", ".h"))
WITH_FLOAT = {
    *("tinyml.h", "tinyml_float.h", "tinyml_cast.c", "tinyml_compare.c"),
    *("tinyml_quantize_s8.c", "tinyml_dequantize_s8.c", "tinyml_quantize_s16.c", "tinyml_dequantize_s16.c"),
    *(path.name for path in KERNEL_HEADERS),
}
OF_THE_COMPILER = {"memcpy", "memset"}
"""What GCC wants of every environment, freestanding too: it calls them for assignments and loops."""
COMPILERS = {
    "c99": ["gcc", "-std=c99", "-Wpedantic", "-Wconversion"],
    "c++17": ["g++", "-x", "c++", "-std=c++17", "-Wpedantic", "-Wconversion"],
    "cortex-m0": ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-std=c99", "-Wconversion"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-std=c99", "-Wconversion"],
    "cortex-m55": ["arm-none-eabi-gcc", "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-std=c99"],
    "avr": ["avr-gcc", "-mmcu=atmega328p", "-std=c99", "-Wconversion"],
    "avr-c++": ["avr-g++", "-x", "c++", "-mmcu=atmega328p", "-std=gnu++11", "-Wconversion"],
    "riscv": ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-std=c99", "--specs=picolibc.specs"],
}


def code(path: Path) -> str:
    """A source without comments and strings."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r'"[^"\n]*"', '""', text)


@pytest.mark.parametrize("target", COMPILERS)
@pytest.mark.parametrize("optimise", ["-Os", "-O2"])
def test_compiles_clean(target: str, optimise: str, tmp_path: Path) -> None:
    """All kernels as one source, as the build compiles them."""
    compiler = COMPILERS[target]
    if not shutil.which(compiler[0]):
        pytest.skip(f"{compiler[0]} is not installed")
    source = tmp_path / "all.c"
    source.write_text("".join(f'#include "{path.name}"\n' for path in KERNEL_FILES), encoding="utf-8")
    flags = [optimise, "-Wall", "-Wextra", "-Werror", "-I", RUNTIME / "include", "-I", RUNTIME / "src"]
    subprocess.run([*compiler, *flags, "-c", source, "-o", tmp_path / "all.o"], check=True)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_plain_int_and_no_library(path: Path) -> None:
    text = code(path)
    assert not re.search(r"\b(int|long|short|unsigned|size_t|double|malloc|restrict)\b", text)
    assert path.name in WITH_FLOAT or path.stem.endswith("_f32") or not re.search(r"\bfloat\b", text)
    included = set(re.findall(r"#include <(.*?)>", text))
    assert included <= {"stdint.h", "stddef.h", "string.h", "avr/pgmspace.h", "arm_mve.h"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_name_has_the_prefix(path: Path) -> None:
    """What a file defines cannot collide with an application's names."""
    patterns = (r"^(?:static )?(?:inline )?(?:const )?\w+ \*?(\w+)\(", r"^#define (\w+)", r"^\} (\w+);")
    defined = [name for pattern in patterns for name in re.findall(pattern, code(path), re.MULTILINE)]
    assert all(name.lower().startswith("tinyml_") for name in defined)
    assert path.name.startswith("tinyml")


TOGETHER = {"tinyml_stream_next": ["tinyml_stream_begin", "tinyml_stream_next"]}
"""What a file exports that is no kernel: a stream needs both."""


@pytest.mark.parametrize("path", KERNEL_FILES, ids=lambda path: path.stem)
def test_one_kernel_per_file_of_its_name(path: Path) -> None:
    exported = re.findall(r"^(?!static)\w+ \*?(\w+)\(", code(path), re.MULTILINE)
    assert exported == TOGETHER.get(path.stem, [path.stem])


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")
def test_no_ram_and_no_library(tmp_path: Path) -> None:
    """No variables, and nothing called but the compiler's own arithmetic."""
    for path in KERNEL_FILES:
        built = tmp_path / f"{path.stem}.o"
        flags = ["-mcpu=cortex-m0", "-mthumb", "-Os", "-I", RUNTIME / "include", "-c", path, "-o", built]
        subprocess.run(["arm-none-eabi-gcc", *flags], check=True)
        with built.open("rb") as stream:
            elf = ELFFile(stream)
            sizes = {s.name: s["sh_size"] for s in elf.iter_sections() if s["sh_flags"] & SH_FLAGS.SHF_WRITE}
            symbols = elf.get_section_by_name(".symtab").iter_symbols()
            needed = {s.name for s in symbols if s["st_shndx"] == "SHN_UNDEF" and s.name}
        assert not any(sizes.values()), path.name
        assert all(name.startswith(("__aeabi_", "__gnu_thumb1_")) or name in OF_THE_COMPILER for name in needed), needed


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")
def test_assembly_is_aligned_whatever_the_flags_are(tmp_path: Path) -> None:
    """Where its sections may lie, adr is right: it counts from a multiple of 4."""
    found: dict[str, int] = {}
    for name in ("conv_2d", "depthwise_conv_2d", "fully_connected"):
        built = tmp_path / f"{name}.o"
        flags = ["-mcpu=cortex-m4", "-mthumb", "-Os", "-fno-align-functions", "-ffunction-sections"]
        source = RUNTIME / "src" / f"tinyml_{name}_s8.c"
        subprocess.run(["arm-none-eabi-gcc", *flags, "-I", RUNTIME / "include", "-c", source, "-o", built], check=True)
        with built.open("rb") as stream:
            found |= {section.name: section["sh_addralign"] for section in ELFFile(stream).iter_sections()}
    for function in ("tinyml_columns_by_pairs", "tinyml_depthwise_fours", "tinyml_dense_by_fours"):
        assert found[f".text.{function}"] % 4 == 0, function


def test_the_table_names_all_kernels() -> None:
    named = {kernel for entries in OPERATORS.values() for support in entries for kernel in support.kernels}
    of_streams = {f"tinyml_{family}_rows_{kind}" for family in ("fold", "resize") for kind in ("f32", "s8")}
    of_streams |= {"tinyml_pick_rows", "tinyml_fold_max_rows_s8"}
    assert named | of_streams | {"tinyml_stream_next"} == {path.stem for path in KERNEL_FILES}
    header = "".join(path.read_text(encoding="utf-8") for path in KERNEL_HEADERS)
    assert set(re.findall(r"^void (\w+)\(", header, re.MULTILINE)) == named | of_streams


def test_struct_members_fit_the_promise_of_the_header() -> None:
    types = {c_type for members in struct_members().values() for c_type, _ in members}
    assert types == {"int8_t", "int16_t", "int32_t"}

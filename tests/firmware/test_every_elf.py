"""Linked files of every shape: entries sum to sections, regions to the totals, and the totals to what binutils say."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked import ARM, AVR, HOST, KWS, KWS_C, RISCV, SECTIONS, STM32_LD, link, link_stm32, require_sums, tool

from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.gaps import GAP, PADDING
from platformio_tinyml.firmware.image import Image, InputSection, Section, Symbol
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of

CXX = """
#include <stdexcept>
#include <vector>
thread_local int mine[25] = {3};
thread_local long zeroed[40];
struct Early { std::vector<int> all; Early() : all(10) {} } early;
int main(int count, char **) {
  try { if (count > 1) throw std::runtime_error("text"); early.all.at(count * 100) = mine[count]; }
  catch (const std::exception &error) { return error.what()[0] + zeroed[count]; }
  return 0;
}
"""
UNWOUND = """
struct Base { virtual int f(); };
int Base::f() { return 1; }
struct Derived : Base { int f() override { return 2; } };
Derived object; Base *volatile at = &object;
extern "C" void __aeabi_unwind_cpp_pr0() {}
extern "C" void __aeabi_unwind_cpp_pr1() {}
int extra() { return at->f(); }
"""
PHDRS = """
PHDRS { code PT_LOAD; }
SECTIONS {
  .text 0x08000000 : { *(.text*) *(.rodata*) *(.isr_vector) } :code
  .data 0x20000000 : AT(0x08004000) { *(.data*) } :code
  .bss : { *(.bss*) *(COMMON) } :code
  .loose 0x20008000 : { *(.loose) } :NONE
}
ENTRY(Reset)
"""
OVERLAY = """
SECTIONS {
  .text 0x08000000 : { *(.text*) *(.rodata*) *(.isr_vector) }
  OVERLAY 0x20000000 : AT(0x08010000) { .one { *(.one) } .two { *(.two) } }
  .data 0x20001000 : AT(0x08020000) { *(.data*) }
  .bss : { *(.bss*) *(COMMON) }
}
ENTRY(Reset)
"""
MANY_RAMS = STM32_LD.replace("  RAM (xrw)", "  DTCM (xrw) : ORIGIN = 0x30000000, LENGTH = 16K\n  RAM (xrw)").replace(
    "  .data :",
    "  .dtcm : { *(.dtcm*) } >DTCM AT>FLASH\n  .empty : { empty_start = .; *(.nothing) } >RAM\n  .data :",
)
BANKS = """
__attribute__((section(".ccm"), used)) char fast[3000];
__attribute__((section(".dtcm.a"), used)) int faster[77] = {1};
"""
OVERLAID = """
__attribute__((section(".one"), used)) int one[50] = {1};
__attribute__((section(".two"), used)) int two[50] = {1};
"""
KEPT = STM32_LD.replace("*(.text*)", "KEEP(*(.text.kept)) *(.text*)")
MODEL = f"#define ARENA 4096\n{KWS_C}int main(void) {{ return kws_invoke(); }}"
REAL = """
int main(void);
void Reset(void) { main(); for (;;) ; }
const void *const vectors[2] __attribute__((section(".isr_vector"), used)) = {(void *)0x20002000, Reset};
"""


@dataclass(frozen=True)
class Shape:
    """How to make a linked file, and the chip to take it for."""

    compiler: tuple[str, ...]
    script: str = ""
    extra: str = ""
    flags: tuple[str, ...] = ()
    mcu: str = ""
    source: str = "main.c"
    own: str = ""
    """A source instead of the model's."""


def stm32(script: str = STM32_LD, extra: str = "", *flags: str, mcu: str = "stm32f100rbt6", **more: str) -> Shape:
    sized = script.replace("FLASH_SIZE", "128K").replace("RAM_SIZE", "8K")
    return Shape(ARM, sized, extra, (*SECTIONS, *flags), mcu, **more)


SHAPES = {
    "plain": stm32(),
    "no chip": stm32(mcu=""),
    "O0": stm32(STM32_LD, "", "-O0"),
    "lto": stm32(STM32_LD, "", "-flto", "-O2"),
    "stripped": stm32(STM32_LD, "", "-s"),
    "debug": stm32(STM32_LD, "", "-g3"),
    "banks": stm32(MANY_RAMS, BANKS, mcu="stm32f405rgt6"),
    "banks, no chip": stm32(MANY_RAMS, BANKS, mcu=""),
    "kept": stm32(KEPT, '__attribute__((section(".text.kept"))) int kept(void) { return 7; }', "-Wl,--gc-sections"),
    "loose": stm32(PHDRS, '__attribute__((section(".loose"), used)) int loose[9] = {1};'),
    "overlay": stm32(OVERLAY, OVERLAID),
    "huge": stm32(STM32_LD.replace("RAM_SIZE", "3584M"), "char huge[2000000000u]; char *p = huge;"),
    "unwind": stm32(STM32_LD, UNWOUND, "-funwind-tables", "-fno-rtti", source="main.cpp"),
    "riscv": Shape(RISCV, extra="int main(void); int _start(void) { return main(); }"),
    "avr": Shape(AVR, mcu="atmega328p", own="int table[9] = {1}; int main(void) { return table[3]; }"),
    "avr, chip from the file": Shape(AVR, own="char text[99]; int main(void) { return text[3]; }"),
    "host": Shape(HOST, own="int main(void) { return 0; }"),
    "host, static pie": Shape((*HOST, "-static-pie"), own="int main(void) { return 0; }"),
    "host, C++ with exceptions and threads": Shape(("g++", "-O1"), own=CXX, source="main.cpp"),
    "host, C++ with LTO": Shape(("g++", "-O2", "-flto", "-s"), own=CXX, source="main.cpp"),
}


def sources_of(shape: Shape) -> dict[str, str]:
    if shape.own:
        return {shape.source: shape.own}
    start = REAL if shape.compiler == ARM else "int main(void);"
    return {"kws_model.c": MODEL, "start.c": start, shape.source: shape.extra}


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def linked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shape]:
    shape = SHAPES[request.param]
    folder = tmp_path_factory.mktemp("shape")
    script = {"chip.ld": shape.script} if shape.script else {}
    flags = (*shape.flags, "-T", "chip.ld") if script else shape.flags
    link(folder, shape.compiler, {**sources_of(shape), **script}, *flags)
    return folder / "firmware.elf", shape


@pytest.mark.parametrize("with_map", [True, False])
def test_every_byte_once(linked: tuple[Path, Shape], with_map: bool) -> None:
    path, shape = linked
    footprint = measure_linked(path, shape.mcu, KWS.symbols, path.with_suffix(".map") if with_map else None)
    require_sums(footprint)
    assert "owners go by symbols alone" not in "".join(footprint.notes)


def test_totals_are_those_of_size(linked: tuple[Path, Shape]) -> None:
    """`size -A` lists sections by itself: what it lists with an address, and no debug information, is counted."""
    path, shape = linked
    footprint = measure_linked(path, shape.mcu, {})
    sections = {section.name: section for section in read_image(path).sections if section.allocated}
    listing = subprocess.run([tool("size"), "-A", path], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in listing.splitlines() if len(line.split()) == 3 and line.split()[1].isdigit()]
    sizes = {name: int(size) for name, size, _ in rows if name in sections and int(size)}
    counted = {row.name: row for row in footprint.sections if not row.name.startswith((PADDING, GAP))}
    assert set(counted) == set(sizes)
    for name, row in counted.items():
        assert {row.flash, row.ram, row.other} <= {0, sizes[name]}
        assert row.flash or row.ram or row.other, "nothing is forgotten"
        assert row.ram or row.other or not sections[name].nobits, "what is zeroed is in RAM"


FLAT = ("plain", "no chip", "O0", "lto", "stripped", "debug", "kept", "unwind", "avr")


@pytest.mark.parametrize("linked", FLAT, indirect=True)
def test_flash_is_the_length_of_the_image(linked: tuple[Path, Shape]) -> None:
    path, shape = linked
    objcopy = tool("avr-objcopy" if shape.compiler == AVR else "arm-none-eabi-objcopy")
    subprocess.run([objcopy, "-O", "binary", path, path.with_suffix(".bin")], check=True)
    assert measure_linked(path, shape.mcu, {}).flash == path.with_suffix(".bin").stat().st_size


def test_what_ld_sees_of_an_overlay_is_in_flash_twice(tmp_path: Path) -> None:
    """And in RAM too, where only one is at a time: never less than is needed."""
    link(tmp_path, ARM, {**sources_of(SHAPES["overlay"]), "chip.ld": OVERLAY}, "-T", "chip.ld")
    rows = {row.name: row for row in measure_linked(tmp_path / "firmware.elf", "stm32f405", {}).sections}
    assert (rows[".one"].flash, rows[".two"].flash) == (200, 200)
    assert (rows[".one"].ram, rows[".two"].ram) == (200, 200)


def test_an_object_of_two_gigabytes_is_counted(tmp_path: Path) -> None:
    link_stm32(tmp_path, extra="char huge[2000000000u]; char *p = huge;", ram="3584M")
    footprint = measure_linked(tmp_path / "firmware.elf", "stm32f100rbt6", {}, tmp_path / "firmware.map")
    assert footprint.ram > 2_000_000_000
    assert [row.region.name for row in footprint.filled if row.overflow] == ["RAM"]


sections = st.lists(
    st.builds(
        Section,
        index=st.integers(1, 8),
        name=st.sampled_from([".text", ".data", ".bss", ".heap", ".ext_ram.bss", ".dram0.dummy", ""]),
        address=st.sampled_from([0, 0x08000000, 0x0801FFF0, 0x20000000, 0x2001FFFC, 0x3FC88000, 0x3C000020, 2**32 - 8]),
        load_address=st.sampled_from([0, 0x08000100, 0x20000000, 0x3C000020, 0x90000000]),
        size=st.integers(0, 300) | st.just(2**31),
        alignment=st.sampled_from([0, 1, 4, 16, 4096]),
        allocated=st.booleans(),
        writable=st.booleans(),
        executable=st.booleans(),
        nobits=st.booleans(),
    ),
    max_size=8,
)
symbols = st.lists(
    st.builds(
        Symbol,
        name=st.sampled_from(["a", "kws_arena", "kws_arena.0", "tinyml_x", "_ZN6tflite1aE"]),
        address=st.sampled_from([0x08000000, 0x20000000, 0x20000010, 0x3FC88004]) | st.integers(0x20000000, 0x20000140),
        size=st.integers(0, 300) | st.just(2**40),
        kind=st.sampled_from(["object", "function", "none", "tls"]),
        binding=st.sampled_from(["local", "global", "weak"]),
        section=st.integers(0, 9),
    ),
    max_size=10,
)
inputs = st.lists(
    st.builds(
        InputSection,
        section=st.sampled_from([".text", ".data", ".bss", "elsewhere"]),
        name=st.just(".text.x"),
        start=st.integers(0x1FFFFFF0, 0x20000140) | st.integers(0x08000000, 0x08000100),
        size=st.integers(0, 200),
        file=st.sampled_from(["main.o", "libc.a(memcpy.o)", "libFrameworkArduino.a(main.cpp.o)"]),
    ),
    max_size=6,
)
MCUS = st.sampled_from(["", "stm32f405rgt6", "esp32s3", "esp32", "atmega328p", "nrf52840", "imxrt1062"])


@given(sections, symbols, inputs, MCUS, st.sampled_from(["arm", "avr", "x86-64"]))
def test_any_image_adds_up(
    rows: list[Section], names: list[Symbol], files: list[InputSection], mcu: str, machine: str
) -> None:
    """Overlapping, empty, outside of every memory, at the end of the address space: entries and totals agree."""
    image = Image(machine, 32, "", 0, tuple(rows), (), tuple(names))
    footprint = measure(image, memory_of(image, mcu), KWS.symbols, files)
    require_sums(footprint)
    mirrored = {".dram0.dummy"} if mcu == "esp32s3" else set()
    for row in rows:
        if row.allocated and row.size and row.nobits and row.name not in mirrored:
            where = footprint.memory.runs_in(row)
            assert where is not None, "no byte lies nowhere"

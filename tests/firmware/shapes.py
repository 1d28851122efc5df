"""Programs linked by scripts of our own, in shapes that linker scripts have, and what is said of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from linked import ARM, KWS, KWS_C, MAIN_C, link, require_sums, tool

from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.owners import owners_of
from platformio_tinyml.manifest import Manifest
from platformio_tinyml.measured.limits import Budgets, Sizes

RV32 = ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-Os", "-nostdlib", "-msmall-data-limit=8")
PROGRAM = """
const unsigned char weights[3000] = {1, 2, 3};
const int scale = 7;
unsigned char arena[2048];
int table[16] = {1, 2};
int main(void) { table[3] += weights[table[2]] + scale; return arena[table[1]]; }
void Reset(void) { main(); for (;;) ; }
const void *const vectors[8] __attribute__((section(".vectors"), used)) = {(void *)0x20002000, Reset};
"""
TEXT = ".vectors : { KEEP(*(.vectors)) } >FLASH .text : { *(.text*) *(.rodata*) *(.ARM.*) } >FLASH"
DATA = ".data : { *(.data*) *(.sdata*) *(.srodata*) } >RAM AT>FLASH .bss : { *(.sbss*) *(.bss*) *(COMMON) } >RAM"


def script(memories: str, *sections: str) -> str:
    rows = [f"{row.split()[0]} ({row.split()[1]}) : ORIGIN = {row.split()[2]}, LENGTH = {row.split()[3]}"
            for row in memories.split(",")]  # fmt: skip
    return f"ENTRY(Reset)\nMEMORY {{\n{chr(10).join(rows)}\n}}\nSECTIONS {{\n{chr(10).join(sections)}\n}}\n"


def linked(
    folder: Path,
    text: str,
    mcu: str,
    *flags: str,
    extra: str = "",
    compiler: tuple[str, ...] = ARM,
    with_map: bool = True,
    model: Manifest | None = None,
) -> Footprint:
    link(folder, compiler, {"main.c": PROGRAM + extra, "chip.ld": text}, "-T", "chip.ld", *flags)
    elf = folder / "firmware.elf"
    owners = owners_of([model]) if model else {}
    footprint = measure_linked(elf, mcu, owners, folder / "firmware.map" if with_map else None)
    require_sums(footprint)
    return footprint


def checks(footprint: Footprint, flash: int | None = None, ram: int | None = None) -> dict[str, Check]:
    return {check.name: check for check in judge(footprint, (), Sizes(flash, ram), Budgets())}


def image_size(folder: Path) -> int:
    objcopy = tool("arm-none-eabi-objcopy")
    subprocess.run([objcopy, "-O", "binary", "firmware.elf", "firmware.bin"], cwd=folder, check=True)
    return (folder / "firmware.bin").stat().st_size


SMALL = "FLASH rx 0x08000000 64K,RAM xrw 0x20000000 20K"


def of_kws(folder: Path, text: str, *flags: str) -> Footprint:
    """The firmware with a model, linked by the script `text`."""
    sources = {"kws_model.c": KWS_C.replace("ARENA", "4096"), "main.c": MAIN_C, "chip.ld": text}
    link(folder, ARM, sources, "-T", "chip.ld", "-fdata-sections", *flags)
    footprint = measure_linked(folder / "firmware.elf", "stm32f103c8", owners_of([KWS]), folder / "firmware.map")
    require_sums(footprint)
    return footprint

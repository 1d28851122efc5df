"""Small real firmware for tests: compiled and linked on the fly with the cross compilers of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.formats.json_report import as_json
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.manifest import ArenaInfo, Manifest, Peak
from platformio_tinyml.measured.limits import Budgets, Sizes

KWS_C = """
typedef __INT8_TYPE__ int8_t;
typedef __INT32_TYPE__ int32_t;
const int8_t kws_op0_filter[700] = {1, 2, 3};
static const int32_t kws_op0_bias[16] = {4, 5};
int8_t kws_arena[ARENA] __attribute__((aligned(16)));
static int8_t hidden[100];
int table[20] = {1, 2};
volatile int sink;
__attribute__((noinline)) int tinyml_conv_2d_s8(int x) { return x * kws_op0_bias[sink & 15]; }
int kws_invoke(void) {
    hidden[3]++;
    kws_arena[1] = (int8_t)(kws_op0_filter[sink] + hidden[2] + table[sink]);
    return sink = tinyml_conv_2d_s8(kws_arena[sink]);
}
"""
MAIN_C = """
int kws_invoke(void);
int main(void) { return kws_invoke(); }
void Reset(void) { main(); for (;;) ; }
const void *const vectors[2] __attribute__((section(".isr_vector"), used)) = {(void *)0x20002000, Reset};
"""
STM32_LD = """
MEMORY {
  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = FLASH_SIZE
  CCM (xrw) : ORIGIN = 0x10000000, LENGTH = 64K
  RAM (xrw) : ORIGIN = 0x20000000, LENGTH = RAM_SIZE
}
ENTRY(Reset)
SECTIONS {
  .isr_vector : { KEEP(*(.isr_vector)) } >FLASH
  .text : { *(.text*) *(.rodata*) } >FLASH
  .ARM.exidx : { *(.ARM.exidx*) } >FLASH
  .init_array : { KEEP(*(.init_array*)) } >FLASH
  .ccm (NOLOAD) : { *(.ccm*) } >CCM
  .data : { *(.data*) } >RAM AT>FLASH
  .bss : { *(.bss*) *(COMMON) } >RAM
  ._user_heap_stack : { . = ALIGN(8); . = . + 0x600; . = ALIGN(8); } >RAM
}
"""
SECTIONS = ("-ffunction-sections", "-fdata-sections")
ARM = ("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-nostdlib")
AVR = ("avr-gcc", "-mmcu=atmega328p", "-Os")
RISCV = ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-Os", "-nostdlib")
HOST = ("gcc", "-Os")

KWS = Manifest(
    name="kws",
    source="models/kws.tflite",
    runtime="compiled",
    operators=13,
    macs=2656768,
    header="kws_model.h",
    sources=("kws_model.c", "kws_weights.c"),
    kernels=("tinyml_conv_2d_s8.c",),
    weights=764,
    largest_constant=700,
    arena=ArenaInfo(
        size=4096,
        lower_bound=4096,
        planned_bound=4096,
        alignment=16,
        method="planned",
        peak=Peak(3, "DEPTHWISE_CONV_2D", "net/dw", (("net/conv/Relu", 2048), ("net/dw/Relu", 1536), ("scratch", 512))),
    ),
    init="kws_init",
    invoke="kws_invoke",
    inputs=(),
    outputs=(),
    symbols={
        "kws_arena": "arena:kws",
        "kws_op0_filter": "weights:kws",
        "kws_op0_bias": "weights:kws",
        "kws_invoke": "tinyml",
    },
    calls=((3, "DEPTHWISE_CONV_2D", "tinyml_conv_2d_s8", 2656768),),
)


def kws(**changes: object) -> Manifest:
    """KWS with other fields; `arena_size` and `method` stand for those of its arena."""
    arena = KWS.arena
    if "arena_size" in changes:
        size = int(str(changes.pop("arena_size")))
        arena = replace(arena, size=size, lower_bound=size, planned_bound=size)
    return replace(KWS, arena=arena, **changes)  # type: ignore[arg-type]


def tool(name: str) -> str:
    """Path of a tool; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def link(
    folder: Path, compiler: tuple[str, ...], sources: dict[str, str], *flags: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Compile and link `sources` (name -> text) to folder/firmware.elf, with a map beside it."""
    tool(compiler[0])
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, text in sources.items():
        (folder / name).write_text(text)
        if name.endswith((".c", ".s", ".cpp")):
            names.append(name)
    command = [*compiler, *names, "-o", "firmware.elf", "-Wl,-Map=firmware.map", *flags]
    return subprocess.run(command, cwd=folder, check=check, capture_output=True, text=True)


def link_stm32(
    folder: Path,
    *flags: str,
    arena: int = 4096,
    flash: str = "128K",
    ram: str = "8K",
    extra: str = "",
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """The kws firmware for an STM32F1 with a linker script of our own; `extra` is more C."""
    script = STM32_LD.replace("FLASH_SIZE", flash).replace("RAM_SIZE", ram)
    sources = {"kws_model.c": f"#define ARENA {arena}\n{KWS_C}", "main.c": MAIN_C + extra, "chip.ld": script}
    return link(folder, ARM, sources, "-T", "chip.ld", *SECTIONS, *flags, check=check)


def require_sums(footprint: Footprint) -> None:
    """Every byte has one owner, and all that report.json adds up is the same."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for entry in footprint.entries:
        sizes = entry.flash, entry.ram, entry.other
        assert entry.owner and min(sizes) >= 0 and max(sizes) > 0
        sums[entry.section] = [total + size for total, size in zip(sums[entry.section], sizes, strict=True)]
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for section in footprint.sections:
        sizes = section.flash, section.ram, section.other
        totals[section.name] = [total + size for total, size in zip(totals[section.name], sizes, strict=True)]
    assert {name: sizes for name, sizes in totals.items() if any(sizes)} == dict(sums)
    report = Report("firmware", None, None, (), footprint, Sizes(), Budgets(), (), Sizes())
    document = json.loads(as_json(report))
    for kind in ("flash", "ram"):
        used = document[kind]["used"]
        regions = [row for row in document["regions"] if row["kind"] == kind]
        assert used == sum(row["used"] for row in regions) == sum(row[kind] for row in document["owners"])
        for row in regions:
            assert row["used"] == sum(part["bytes"] for part in row["owners"])
            assert row["used"] == sum(part["bytes"] for part in row["sections"])

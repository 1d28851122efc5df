"""Linked files of the shapes that linker scripts of Arduino cores, SDKs and operating systems give theirs.

The scripts are our own; docs/linker_scripts.md lists the real ones that they stand for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from linked import ARM, KWS, link
from shapes import DATA, PROGRAM, RV32, TEXT, checks, image_size, linked, script

from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.constants import copied_weights
from platformio_tinyml.judgement.owners import owners_of
from platformio_tinyml.measured.limits import Budgets, Sizes

HEAPS = {
    # The heap takes what is left; stacks lie in banks of their own (arduino-pico, pico-sdk).
    "pico": (
        "rp2040",
        "FLASH rx 0x10000000 2044K,RAM rwx 0x20000000 256K,SCRATCH_X rwx 0x20040000 4K,SCRATCH_Y rwx 0x20041000 4K",
        ".heap (NOLOAD) : { . = ORIGIN(RAM) + LENGTH(RAM); } >RAM .stack1 (NOLOAD) : { . = . + 0x800; } >SCRATCH_X"
        " .stack (NOLOAD) : { . = . + 0x1000; } >SCRATCH_Y",
    ),
    # It ends where the stack begins, which no section has (Adafruit's nRF52 core).
    "aligned to the stack": (
        "nrf52832",
        "FLASH rx 0x26000 284K,RAM rwx 0x20003600 51712",
        "__StackSize = 2K; __StackTop = ORIGIN(RAM) + LENGTH(RAM); __StackLimit = __StackTop - __StackSize;"
        " .heap : { . = ALIGN(__StackLimit); } >RAM",
    ),
    # A heap, then the stack, to the end (mbed).
    "heap and stack": (
        "nrf52840",
        "FLASH rx 0x10000 960K,RAM rwx 0x20000200 261632",
        ".heap (NOLOAD) : { . = ORIGIN(RAM) + LENGTH(RAM) - 1K; } >RAM .stack (NOLOAD) :"
        " { . = ORIGIN(RAM) + LENGTH(RAM); } >RAM",
    ),
    # Its size, not its end, is what is left.
    "computed": (
        "rp2040",
        "FLASH rx 0x10000000 2044K,RAM rwx 0x20000000 256K",
        ".heap (NOLOAD) : { . = . + (ORIGIN(RAM) + LENGTH(RAM) - .); } >RAM",
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", HEAPS)
@pytest.mark.parametrize("with_map", [True, False])
def test_the_remainder_of_a_memory_is_no_use(tmp_path: Path, shape: str, with_map: bool) -> None:
    mcu, memories, reserve = HEAPS[shape]
    footprint = linked(tmp_path, script(memories, TEXT, DATA, reserve), mcu, with_map=with_map)
    scratch = sum(section.ram for section in footprint.sections if section.region.startswith("SCRATCH"))
    assert scratch == (0x1800 if shape == "pico" else 0)
    assert footprint.ram - scratch == pytest.approx(2048 + 64 + 4, abs=8)
    left = sum(rest.size for rest in footprint.rests if rest.region == "RAM")
    end = 0x20010000 - 2048 if mcu == "nrf52832" else 0x20040000
    start = {"rp2040": 0x20000000, "nrf52832": 0x20003600, "nrf52840": 0x20000200}[mcu]
    assert left == end - start - (footprint.ram - scratch)
    assert any(f"RAM: {left:,} bytes are left for heap and stack (.heap" in note for note in footprint.notes)
    found = checks(footprint, ram=end - start)
    assert all(check.ok for check in found.values())
    assert found["ram_limit"].actual == footprint.ram - scratch


@pytest.mark.parametrize(
    "reserve",
    [
        "size = 0x600; ._user_heap_stack : { . = ALIGN(8); . = . + size; . = ALIGN(8); } >RAM",
        "stack_size = 0x600; stack_top = ORIGIN(RAM) + LENGTH(RAM); .heap : { . += 0x600; stack_limit = .; } >RAM",
        "top = ORIGIN(RAM) + LENGTH(RAM); .stack top - 0x600 : { . = ALIGN(4); . = . + 0x600; end = .; } >RAM",
        ".heap : { . += 0x200; } >RAM .stack : { . += 0x400; } >RAM",
        ".heap (COPY) : { . += 0x200; } >RAM .stack_dummy (COPY) : { . += 0x400; } >RAM",
        ".stack : { KEEP(*(.stack)) } >RAM",
        "size = 0x600; .stack ORIGIN(RAM) + LENGTH(RAM) - size : { low = .; . = size; high = .; } >RAM AT>RAM",
    ],
)
@pytest.mark.parametrize("with_map", [True, False])
def test_fixed_reserves_are_use(tmp_path: Path, reserve: str, with_map: bool) -> None:
    """Of STM32Cube, of WCH at the end of RAM, of the start-up file's own sizes, of CMSIS
    (a place that is not allocated), of GD32: an offset, not an address."""
    text = script("FLASH rx 0x08000000 64K,RAM xrw 0x20000000 20K", TEXT, DATA, reserve)
    reserved = '__asm__(".section .stack, \\"aw\\", %nobits\\n .space 0x600\\n .text");'
    footprint = linked(tmp_path, text, "stm32f103c8", with_map=with_map, extra=reserved if "KEEP" in reserve else "")
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 0x600
    assert not footprint.rests


def test_what_a_remainder_has_at_least_is_use(tmp_path: Path) -> None:
    """The script demands 1 KB for the heap, which then gets the rest as well."""
    heap = ".heap : { . = . + 1K; . = ORIGIN(RAM) + LENGTH(RAM); } >RAM"
    footprint = linked(
        tmp_path, script("FLASH rx 0x08000000 64K,RAM xrw 0x20000000 20K", TEXT, DATA, heap), "stm32f103c8"
    )
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 1024
    assert footprint.rests[0].size == 20 * 1024 - footprint.ram


@pytest.mark.parametrize("attributes", ["rx", "rwx"])
def test_a_zeroed_section_at_the_start_of_flash_does_not_make_it_ram(tmp_path: Path, attributes: str) -> None:
    """WCH: .init has the jump, .vector is empty but for its alignment."""
    first = ".init : { KEEP(*(.vectors)) } >FLASH .vector : { . = . + 60; } >FLASH"
    early = ".none (NOLOAD) : { . = . + 32; } >FLASH"
    memories = f"FLASH {attributes} 0x00000000 16K,RAM xrw 0x20000000 4K"
    for number, sections in enumerate((first, f"{early} {first}")):
        text = script(memories, sections, ".text : { *(.text*) *(.rodata*) } >FLASH", DATA)
        footprint = linked(tmp_path / str(number), text, "ch32v003f4p6", compiler=RV32)
        assert {region.name: region.kind for region in footprint.memory.known} == {"FLASH": "flash", "RAM": "ram"}
        assert 3000 < footprint.flash < 4096
        assert footprint.ram == pytest.approx(2048 + 64 + 4, abs=8)
        assert checks(footprint, 16384, 4096)["flash_limit"].ok


def test_gaps_in_flash_are_in_the_image(tmp_path: Path) -> None:
    memories = "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K"
    extra = 'const int settings[4] __attribute__((section(".cfg"), used)) = {1};'
    flag = "-Wl,--section-start=.cfg=0x080E0000"
    footprint = linked(tmp_path, script(memories, TEXT, DATA), "stm32f405rgt6", flag, extra=extra)
    assert footprint.flash == image_size(tmp_path) == 0xE0000 + 16
    assert "bytes of flash lie between sections, and are in firmware.bin" in " ".join(footprint.notes)
    # Without a chip too, and where the script's own region ends before it.
    small = memories.replace("1M", "32K")
    assert linked(tmp_path / "no chip", script(memories, TEXT, DATA), "", flag, extra=extra).flash == footprint.flash
    apart = linked(tmp_path / "small", script(small, TEXT, DATA), "stm32f405rgt6", flag, extra=extra)
    assert apart.flash == footprint.flash and not apart.faults


def test_two_parts_of_one_flash_are_one_image_and_another_flash_is_not(tmp_path: Path) -> None:
    """Sectors between them are left to a file system; QSPI is written by itself."""
    memories = "ISR rx 0x08000000 16K,FLASH rx 0x08010000 960K,QSPI rx 0x90000000 16M,RAM xrw 0x20000000 128K"
    sections = (
        ".isr : { KEEP(*(.vectors)) } >ISR .text : { *(.text*) *(.rodata.*) } >FLASH .far : { *(.far) } >QSPI", DATA
    )  # fmt: skip
    extra = 'const int far[100] __attribute__((section(".far"), used)) = {1};'
    for mcu in ("stm32f405rgt6", ""):
        footprint = linked(tmp_path / (mcu or "none"), script(memories, *sections), mcu, extra=extra)
        far = next(section for section in footprint.sections if section.name == ".far")
        assert (far.stored, far.flash) == ("QSPI", 400)
        assert 0x10000 < footprint.flash - 400 < 0x11000 + 4096
        assert not footprint.faults


COPIED = {
    # Teensy 4: all of .rodata goes to DTCM, .progmem does not.
    ".rodata": (
        ARM,
        "imxrt1062",
        "ITCM rwx 0x0 512K,DTCM rwx 0x20000000 512K,FLASH rwx 0x60000000 1984K",
        ".vectors : { KEEP(*(.vectors)) *(.progmem*) } >FLASH"
        " .itcm : { . = . + 32; *(.text*) *(.ARM.*) } >ITCM AT>FLASH"
        " .data : { *(.rodata*) *(.data*) } >DTCM AT>FLASH .bss : { *(.bss*) *(COMMON) } >DTCM",
        ".progmem",
    ),
    # CH32V307: small constants are with the data.
    ".srodata": (
        RV32,
        "ch32v307vct6",
        "FLASH rx 0x0 256K,RAM xrw 0x20000000 64K",
        f"{TEXT} {DATA} .stack ORIGIN(RAM) + LENGTH(RAM) - 2K : {{ . = . + 2K; }} >RAM",
        ".rodata.tinyml",
    ),
}


@pytest.mark.parametrize("shape", COPIED)
def test_weights_in_ram_are_billed_there_and_kept_in_flash_on_demand(tmp_path: Path, shape: str) -> None:
    compiler, mcu, memories, sections, remedy = COPIED[shape]
    model = replace(KWS, symbols={"weights": "weights:kws", "scale": "weights:kws", "arena": "arena:kws"})
    for placed in (False, True):
        source = PROGRAM.replace("const", f'__attribute__((section("{remedy}"))) const', 2) if placed else PROGRAM
        link(tmp_path, compiler, {"main.c": source, "chip.ld": script(memories, sections)}, "-T", "chip.ld")
        footprint = measure_linked(tmp_path / "firmware.elf", mcu, owners_of([model]), tmp_path / "firmware.map")
        weights = next(row for row in footprint.owners() if row.owner == "weights:kws")
        assert (weights.flash, weights.ram) == (3004, 0 if placed else 4 if mcu.startswith("ch32") else 3004)
        found = {check.name: check for check in judge(footprint, (model,), Sizes(256 * 1024, 64 * 1024), Budgets())}
        assert found["weights:kws"].ok and not footprint.faults
        notes = list(copied_weights(footprint, (model,)))
        assert bool(notes) is not placed
        assert all(f"custom_tinyml_weights_section = {remedy} keeps them in flash" in note for note in notes)


def test_regions_within_regions_are_one_memory(tmp_path: Path) -> None:
    """ChibiOS names the whole of the RAM, and each of its banks."""
    memories = "FLASH rx 0x08000000 1M,ram0 wx 0x20000000 128K,ram1 wx 0x20000000 112K,ram2 wx 0x2001C000 16K"
    extra = "int big[29000]; int *volatile at = big;"
    footprint = linked(tmp_path, script(memories, TEXT, DATA.replace("RAM", "ram0")), "stm32f405rgt6", extra=extra)
    assert footprint.ram > 112 * 1024
    assert all(check.ok for check in checks(footprint, ram=128 * 1024).values())


ESPRESSIF = {
    # The code in RAM has addresses of its own, and its bytes are missing from those of the data; as those of the code
    # in flash are from those of the constants.
    "ESP32-C3": (
        RV32,
        "esp32c3",
        "iram rx 0x40380000 314K,code rx 0x42000020 8191K,data rw 0x3FC80000 314K,constants r 0x3C000020 8191K,"
        "rtc rwx 0x50000000 8176",
        ".iram0.text : { KEEP(*(.vectors)) *(.text.Reset) } >iram"
        " .dram0.dummy (NOLOAD) : { . = ORIGIN(data) + SIZEOF(.iram0.text); } >data"
        " .dram0.data : { *(.data*) *(.sdata*) *(.srodata*) } >data .dram0.bss (NOLOAD) : { *(.sbss*) *(.bss*) } >data"
        " .flash.text : { *(.text*) } >code .flash_rodata_dummy (NOLOAD) : { . = SIZEOF(.flash.text);"
        " . = ALIGN(0x10000) + 0x20; } >constants .flash.rodata : { *(.rodata*) } >constants",
        0,
    ),
    # Constants are in RAM: its flash is read by words alone. Addresses of peripherals have a region.
    "ESP8266": (
        ("xtensa-lx106-elf-gcc", "-Os", "-nostdlib", "-mlongcalls", "-fdata-sections", "-ffunction-sections"),
        "esp8266",
        "dport rw 0x3FF00000 16,dram rw 0x3FFE8000 80K,irom rx 0x40201010 1044464,iram rx 0x40100000 32K",
        ".data : { *(.data*) } >dram .text : { KEEP(*(.vectors)) *(.literal.Reset .text.Reset) } >iram"
        " .irom0.text : { *(.literal* .text*) } >irom .rodata : { *(.rodata*) } >dram .bss : { *(.bss*) } >dram",
        3000,
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", ESPRESSIF)
def test_a_boot_loader_that_puts_everything_in_its_place(tmp_path: Path, shape: str) -> None:
    compiler, mcu, memories, sections, constants_in_ram = ESPRESSIF[shape]
    footprint = linked(tmp_path, script(memories, sections), mcu, compiler=compiler)
    code = sum(section.ram for section in footprint.sections if section.name in (".iram0.text", ".text"))
    assert 32 <= code < 400
    assert footprint.ram - code == pytest.approx(2048 + 64 + 4 + constants_in_ram, abs=8)
    assert 3000 + 64 + code < footprint.flash < 4096
    assert all(check.ok for check in checks(footprint, 1 << 20, 80 * 1024).values())
    assert not footprint.faults and not footprint.rests
    model = replace(KWS, symbols={"weights": "weights:kws"})
    billed = linked(tmp_path, script(memories, sections), mcu, compiler=compiler, model=model)
    found = list(copied_weights(billed, (model,)))
    assert bool(found) is (mcu == "esp8266")
    assert all("of RAM too (in .rodata); the flash of the esp8266 is read by words alone" in each for each in found)


def test_without_its_chip_a_program_of_xtensa_counts_as_one_that_is_loaded(tmp_path: Path) -> None:
    compiler, _, memories, sections, _ = ESPRESSIF["ESP8266"]
    footprint = linked(tmp_path, script(memories, sections), "", compiler=compiler)
    named = linked(tmp_path, script(memories, sections), "esp8266", compiler=compiler)
    assert footprint.flash == named.flash > 3000 + 64
    assert any("the chip is unknown" in note for note in footprint.notes)
    assert not any("the chip is unknown" in note for note in named.notes)

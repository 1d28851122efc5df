"""Linked files of the shapes that linker scripts of Arduino cores, SDKs and operating systems give theirs.

The scripts are our own; docs/linker_scripts.md lists the real ones that they stand for.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from linked import ARM, KWS, KWS_C, MAIN_C, link, require_sums, tool

from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.constants import copied_weights
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


NO_AT = ".ccm : { *(.ccm*) } >CCM"
CCM = "FLASH rx 0x08000000 1M,CCM xrw 0x10000000 64K,RAM xrw 0x20000000 128K"
FAST = '__attribute__((section(".ccm"), used)) int fast[20] = {1};'


@pytest.mark.parametrize("mcu", ["stm32f405rgt6", ""])
@pytest.mark.parametrize("with_map", [True, False])
def test_initial_values_that_no_flash_holds_fail(tmp_path: Path, mcu: str, with_map: bool) -> None:
    footprint = linked(tmp_path, script(CCM, TEXT, NO_AT, DATA), mcu, extra=FAST, with_map=with_map)
    if not mcu and not with_map:
        assert footprint.flash > 1 << 26, "without a chip and a map it may as well be flash"
        return
    check = checks(footprint)["contents:.ccm"]
    assert not check.ok
    assert ".ccm has 80 bytes of initial values at 0x10000000, which no flash holds" in check.message
    assert f"{image_size(tmp_path):,} bytes long" in check.message


def test_initial_values_in_a_memory_that_forgets_fail_and_in_one_that_keeps_do_not(tmp_path: Path) -> None:
    for name, address, mcu, ok in (
        ("backup", "0x40024000", "stm32f405rgt6", False),
        ("options", "0x1FFFC000", "stm32f405rgt6", True),
        ("uicr", "0x10001000", "nrf52840", True),
    ):
        start = "0x0" if mcu == "nrf52840" else "0x08000000"
        text = script(f"FLASH rx {start} 512K,RAM xrw 0x20000000 128K", TEXT, DATA)
        extra = 'const int kept[4] __attribute__((section(".kept"), used)) = {1};'
        flag = f"-Wl,--section-start=.kept={address}"
        footprint = linked(tmp_path / name, text, mcu, flag, extra=extra)
        assert [fault.name for fault in footprint.faults] == ([] if ok else ["contents:.kept"])


def test_a_program_that_lies_in_ram_is_loaded_there(tmp_path: Path) -> None:
    text = script("RAM rwx 0x20000000 256K", TEXT.replace("FLASH", "RAM"), ".data : { *(.data*) } >RAM .bss : "
                  "{ *(.bss*) *(COMMON) } >RAM")  # fmt: skip
    footprint = linked(tmp_path, text, "rp2040")
    assert not footprint.faults and footprint.flash == 0
    assert "have no place in flash" in footprint.notes[0]


REGIONS = {
    "RAM3 behind the RAM": ("stm32f405rgt6", "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K,X xrw 0x20020000 64K"),
    "RAM too long": ("stm32f405rgt6", "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K,X xrw 0x2001F000 64K"),
    "CCM that there is not": ("stm32f411ceu6", "FLASH rx 0x08000000 512K,RAM xrw 0x20000000 128K,X xrw 0x10000000 64K"),
    "RAM from before": ("stm32f405rgt6", "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 64K,X xrw 0x1FFF0000 64K"),
}


@pytest.mark.parametrize("shape", REGIONS)
def test_a_region_that_the_chip_does_not_have_fails(tmp_path: Path, shape: str) -> None:
    mcu, memories = REGIONS[shape]
    extra = '__attribute__((section(".x"), used)) int there[9];'
    text = script(memories, TEXT, ".x (NOLOAD) : { *(.x) } >X", DATA)
    found = checks(linked(tmp_path, text, mcu, extra=extra), 1 << 20, 128 * 1024)
    assert not found["region:X"].ok
    assert "X of the linker script, 0x" in found["region:X"].message
    # One in which nothing lies is only a name.
    unused = script(memories, TEXT, DATA)
    assert not linked(tmp_path / "unused", unused, mcu).faults


def test_flash_where_it_is_not_fails(tmp_path: Path) -> None:
    found = checks(
        linked(tmp_path, script("FLASH rx 0x0 1M,RAM xrw 0x20000000 128K", TEXT, DATA), "stm32f405rgt6"), 1 << 20
    )
    assert not found["region:FLASH"].ok
    assert any("FLASH 0x08000000 to 0x080fffff" in line for line in found["region:FLASH"].advice)
    behind = script("FLASH rx 0x08000000 1M,FLASH2 rx 0x08100000 1M,RAM xrw 0x20000000 128K",
                    TEXT, ".two : { *(.two) } >FLASH2", DATA)  # fmt: skip
    extra = 'const int two[4] __attribute__((section(".two"), used)) = {1};'
    assert not checks(linked(tmp_path / "two", behind, "stm32f405rgt6", extra=extra))["region:FLASH2"].ok


def test_a_region_made_of_the_boards_figure_says_which_figure(tmp_path: Path) -> None:
    """Board files that count CCM into the RAM: the stack begins where there is nothing."""
    text = script("FLASH rx 0x08000000 1M,RAM xrw 0x20000000 192K", TEXT, DATA)
    check = checks(linked(tmp_path, text, "stm32f405rgt6"), ram=196608)["region:RAM"]
    assert "board_upload.maximum_ram_size = 131072" in check.advice[1]


def test_a_memory_beside_made_of_the_boards_figure_says_so_too(tmp_path: Path) -> None:
    """A core that puts all data into an H745's DTCM, and gives it the length of all the RAM that the chip has."""
    text = script("FLASH rx 0x08000000 1M,RAM xrw 0x20000000 864K", TEXT, DATA)
    check = checks(linked(tmp_path, text, "stm32h745zit6"), ram=884736)["region:RAM"]
    assert "DTCM 0x20000000 to 0x2001ffff" in check.message
    assert "board_upload.maximum_ram_size = 131072" in check.advice[1]


def test_external_memories_are_named_and_accepted(tmp_path: Path) -> None:
    memories = "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K,SDRAM xrw 0xD0000000 8M,QSPI rx 0x90000000 16M"
    sections = ".frame (NOLOAD) : { *(.frame) } >SDRAM .far : { *(.far) } >QSPI"
    extra = (
        'const int far[100] __attribute__((section(".far"), used)) = {1};'
        'int frame[100] __attribute__((section(".frame"), used));'
    )
    found = checks(linked(tmp_path, script(memories, TEXT, sections, DATA), "stm32f429zit6", extra=extra))
    assert {name for name, check in found.items() if check.ok} == {"ram_limit:SDRAM", "flash_limit:QSPI"}
    assert len(found) == 2


@pytest.mark.parametrize("with_map", [True, False])
def test_a_section_where_no_memory_is_fails(tmp_path: Path, with_map: bool) -> None:
    text = script(
        "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K", TEXT, DATA, ".dma 0x30000000 (NOLOAD) : { *(.dma) }"
    )
    extra = 'int buffer[100] __attribute__((section(".dma"), used));'
    found = checks(linked(tmp_path, text, "stm32f405rgt6", extra=extra, with_map=with_map))
    assert not found["section:.dma"].ok
    assert ".dma, 400 bytes at 0x30000000, is where the stm32f405 has no memory" in found["section:.dma"].message
    assert not linked(tmp_path / "h7", text, "stm32h743zit6", extra=extra, with_map=with_map).faults
    assert not linked(tmp_path / "none", text, "", extra=extra, with_map=with_map).faults


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


@pytest.mark.parametrize(
    ("before", "rodata", "data", "found", "said"),
    [
        (
            ".w (NOLOAD) : { *(.rodata.kws_op0*) } >FLASH",
            "*(.rodata*)",
            "",
            "contents:.w",
            " of weights:kws, and",
        ),
        ("", "*(.rodata*) } >FLASH .code (NOLOAD) : { *(.text*)", "", "contents:.code", "the function kws_invoke"),
        ("", "*(.rodata*)", "(NOLOAD)", "contents:.data", ".data.table of "),
    ],
)
def test_contents_that_noload_drops_fail(
    tmp_path: Path, before: str, rodata: str, data: str, found: str, said: str
) -> None:
    vectors = ".vectors : { KEEP(*(.isr_vector)) } >FLASH"
    rest = f".data {data} : {{ *(.data*) }} >RAM AT>FLASH .bss : {{ *(.bss*) *(COMMON) }} >RAM"
    text = script(SMALL, vectors, before, f".rodata : {{ {rodata} }} >FLASH .text : {{ *(.text*) }} >FLASH", rest)
    footprint = of_kws(tmp_path, text)
    (check,) = [check for check in checks(footprint).values() if not check.ok]
    assert check.name == found
    assert said in check.message and "no image has them" in check.message


def test_contents_in_one_place_fail(tmp_path: Path) -> None:
    """Both are in the ELF, whole; the image has the one that objcopy writes last."""
    text = script(SMALL, ".text : { KEEP(*(.isr_vector)) *(.text*) *(.rodata*) } >FLASH",
                  ".data : AT(0x08000040) { *(.data*) } >RAM .bss : { *(.bss*) *(COMMON) } >RAM")  # fmt: skip
    (check,) = [check for check in checks(of_kws(tmp_path, text, "-Wl,--no-check-sections")).values() if not check.ok]
    assert check.name == "contents:.data"
    assert "lie at 0x8000040, where those of .text do" in check.message


SMALL = "FLASH rx 0x08000000 64K,RAM xrw 0x20000000 20K"


def of_kws(folder: Path, text: str, *flags: str) -> Footprint:
    """The firmware with a model, linked by the script `text`."""
    sources = {"kws_model.c": KWS_C.replace("ARENA", "4096"), "main.c": MAIN_C, "chip.ld": text}
    link(folder, ARM, sources, "-T", "chip.ld", "-fdata-sections", *flags)
    footprint = measure_linked(folder / "firmware.elf", "stm32f103c8", owners_of([KWS]), folder / "firmware.map")
    require_sums(footprint)
    return footprint

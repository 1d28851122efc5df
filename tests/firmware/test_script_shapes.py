"""Linked files of shapes that linker scripts may give theirs, and that docs/linker_scripts.md has no core of."""

from __future__ import annotations

from pathlib import Path

import pytest
from linked import ARM
from shapes import DATA, TEXT, checks, image_size, linked, script

TWO = "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K"
F405 = "stm32f405rgt6"


@pytest.mark.parametrize(
    "heap",
    [
        ". = MAX(. + least, ORIGIN(RAM) + LENGTH(RAM) - 0x800);",
        "low = .; . += (ORIGIN(RAM) + LENGTH(RAM) - 0x800 - low);",
        ". = . + (LENGTH(RAM) - SIZEOF(.data) - SIZEOF(.bss) - 0x800);",
        ". = . + rest;",
    ],
)
@pytest.mark.parametrize("mcu", [F405, ""])
def test_a_heap_computed_of_what_is_left_is_no_use(tmp_path: Path, heap: str, mcu: str) -> None:
    sizes = "least = 0x200; rest = LENGTH(RAM) - SIZEOF(.data) - SIZEOF(.bss) - 0x800;"
    reserves = f"{sizes} .heap (NOLOAD) : {{ {heap} }} >RAM .stack (NOLOAD) : {{ . += 0x800; }} >RAM"
    footprint = linked(tmp_path, script(TWO, TEXT, DATA, reserves), mcu)
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 0x800
    assert [rest.section for rest in footprint.rests] == [".heap"]
    assert footprint.ram + footprint.rests[0].size == 128 * 1024


def test_a_part_of_the_memory_is_a_fixed_reserve(tmp_path: Path) -> None:
    heap = ".heap (NOLOAD) : { . = . + LENGTH(RAM) / 8; } >RAM"
    footprint = linked(tmp_path, script(TWO, TEXT, DATA, heap), F405)
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 16 * 1024
    assert not footprint.rests


@pytest.mark.parametrize("name", [".mstack", ".irq_stack", ".main_stack", ".pstack", ".heap"])
def test_reserves_by_the_names_that_operating_systems_give_them(tmp_path: Path, name: str) -> None:
    """ChibiOS, bare-metal start-up files."""
    footprint = linked(tmp_path, script(TWO, TEXT, f"{name} (NOLOAD) : {{ . += 0x400; }} >RAM", DATA), F405)
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 0x400


def test_values_that_lie_in_ram_do_not_make_it_flash(tmp_path: Path) -> None:
    """`AT>RAM` by mistake: the RAM is where .data is copied to all the same, whether the chip is known or not."""
    memories = f"{TWO},CCM xrw 0x10000000 64K"
    extra = '__attribute__((section(".fast"), used)) int fast[40] = {1, 2};'
    for mcu in (F405, ""):
        text = script(memories, TEXT, ".fast : { *(.fast) } >CCM AT>RAM", DATA)
        footprint = linked(tmp_path / (mcu or "none"), text, mcu, extra=extra)
        assert footprint.ram == pytest.approx(2048 + 64 + 4 + 160, abs=8)
        assert not checks(footprint)["contents:.fast"].ok


@pytest.mark.parametrize("mcu", [F405, ""])
def test_pages_of_flash_for_settings_are_flash(tmp_path: Path, mcu: str) -> None:
    """Writable by their attributes; the program writes them while it runs."""
    memories = "FLASH rx 0x08000000 896K,EE rw 0x080E0000 128K,RAM xrw 0x20000000 128K"
    for values in ("", " = {1}"):
        extra = f'__attribute__((section(".ee"), used)) char ee[4096]{values};'
        noload = "" if values else "(NOLOAD)"
        text = script(memories, TEXT, DATA, f".ee {noload} : {{ *(.ee) }} >EE")
        folder = tmp_path / ("values" if values else "none")
        footprint = linked(folder, text, mcu, extra=extra)
        assert footprint.ram == pytest.approx(2048 + 64 + 4, abs=8)
        assert footprint.flash == image_size(folder)
        assert all(check.ok for check in checks(footprint, 1 << 20, 128 * 1024).values())


OVERLAYS = """
__attribute__((section(".ova"), used)) int ova(int x) { return x * 3 + 7; }
__attribute__((section(".ovb"), used)) int ovb(int x) { return x * 5 + (x >> 3); }
"""
SHAPES = {
    "overlays": ("OVERLAY : NOCROSSREFS { .ova { *(.ova) } .ovb { *(.ovb) } } >RAM AT>FLASH", TEXT, 0),
    "code in RAM": (
        "",
        ".vectors : { KEEP(*(.vectors)) } >FLASH .text : { *(.text*) *(.ov*) } >RAM AT>FLASH"
        " .rodata : { *(.rodata*) } >FLASH",
        0,
    ),
    "zeroed data with a load address": ("", TEXT, 0),
    "a number at the end": (".crc ORIGIN(FLASH) + LENGTH(FLASH) - 4 : { LONG(0x12345678) } >FLASH", TEXT, 1 << 20),
    "filled": (".fill : { LONG(1); FILL(0xff); . = . + 1000; LONG(1) } >FLASH", TEXT, 0),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mcu", [F405, ""])
def test_flash_is_the_image(tmp_path: Path, shape: str, mcu: str) -> None:
    more, text, size = SHAPES[shape]
    data = DATA.replace("*(COMMON) } >RAM", "*(COMMON) } >RAM AT>FLASH") if "zeroed" in shape else DATA
    flags = ("-Wl,--no-check-sections",) if shape == "overlays" else ()
    footprint = linked(tmp_path, script(TWO, text, data, more), mcu, *flags, extra=OVERLAYS)
    assert footprint.flash == image_size(tmp_path)
    assert footprint.flash == size or not size
    assert 2048 + 64 <= footprint.ram < 2048 + 64 + 300
    assert not footprint.faults


def test_regions_by_symbols_aliases_and_attributes(tmp_path: Path) -> None:
    """Lengths that are symbols, names that stand for regions, attributes that say what does not belong there."""
    text = """room = 512K;
    MEMORY { rom (rx!w) : ORIGIN = 0x08000000, LENGTH = room
             ram (!rx) : ORIGIN = 0x20000000 + 0x100, LENGTH = 128K - 0x100 }
    REGION_ALIAS("CODE", rom) REGION_ALIAS("VALUES", ram)
    ENTRY(Reset)
    SECTIONS {
      .vectors : { KEEP(*(.vectors)) } >CODE .text : { *(.text*) *(.rodata*) *(.ARM.*) } >CODE
      .data : { *(.data*) } >VALUES AT>CODE .bss : { *(.bss*) *(COMMON) } >VALUES }
    """
    for mcu in (F405, ""):
        footprint = linked(tmp_path / (mcu or "none"), text, mcu, compiler=ARM)
        assert {region.kind: region.size for region in footprint.memory.known if not region.beside} == {
            "flash": 512 * 1024,
            "ram": 128 * 1024 - 0x100,
        }
        assert footprint.flash == image_size(tmp_path / (mcu or "none")) and not footprint.faults


def test_one_flash_at_two_addresses(tmp_path: Path) -> None:
    """ChibiOS on STM32F7: code runs at the address of one bus and is stored at that of the other."""
    memories = "FLASH rx 0x08000000 1M,FAST rx 0x00200000 1M,ITCM rx 0x0 16K,RAM xrw 0x20000000 128K"
    text = TEXT.replace(">FLASH", ">FAST AT>FLASH").replace("*(.text*) *(.rodata*)", "*(.text*)")
    constants = ".rodata : { *(.rodata*) } >FLASH .fast : { *(.fast) } >ITCM AT>FLASH"
    extra = '__attribute__((section(".fast"), used)) int fast(int x) { return x * 3 + 7; }'
    footprint = linked(tmp_path, script(memories, text, constants, DATA), "", extra=extra)
    assert footprint.flash == image_size(tmp_path)
    fast = next(section.ram for section in footprint.sections if section.name == ".fast")
    assert footprint.ram == pytest.approx(2048 + 64 + 4 + fast, abs=8)
    kinds = {region.name: (region.kind, region.beside) for region in footprint.memory.known}
    assert kinds["FLASH"] == ("flash", False) and kinds["FAST"] == ("flash", True)
    assert all(check.ok for check in checks(footprint, 1 << 20, 144 * 1024).values())


ZEPHYR = """
ENTRY(Reset)
MEMORY {
  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1024K
  RAM (wx) : ORIGIN = 0x20000000, LENGTH = 128K
  CCM (rw) : ORIGIN = 0x10000000, LENGTH = 64K
  IDT_LIST (wx) : ORIGIN = 0xFFFF7FFF, LENGTH = 32K
}
REGION_ALIAS("ROMABLE_REGION", FLASH) REGION_ALIAS("RAMABLE_REGION", RAM)
SECTIONS {
  rom_start : { . += 0; . = ALIGN(4); KEEP(*(.vectors)) } > ROMABLE_REGION
  text : { *(.text*) } > ROMABLE_REGION
  .ARM.exidx : { *(.ARM.exidx*) } > ROMABLE_REGION
  initlevel : { KEEP(*(SORT(.z_init_*))) } > ROMABLE_REGION
  rodata : { *(.rodata*) . = ALIGN(4); } > ROMABLE_REGION
  rom_end = LOADADDR(rodata) + SIZEOF(rodata);
  .ramfunc : { . = ALIGN(4); *(.ramfunc*) . = ALIGN(4); } > RAMABLE_REGION AT > ROMABLE_REGION
  datas : { *(.data*) } > RAMABLE_REGION AT > ROMABLE_REGION
  device_states : { . = ALIGN(4); KEEP(*(.z_devstate)) } > RAMABLE_REGION AT > ROMABLE_REGION
  k_heap_area : { KEEP(*(.k_heap)) } > RAMABLE_REGION AT > ROMABLE_REGION
  bss (NOLOAD) : { . = ALIGN(4); *(.bss*) *(COMMON) } > RAMABLE_REGION AT > RAMABLE_REGION
  noinit (NOLOAD) : { *(.noinit*) } > RAMABLE_REGION AT > RAMABLE_REGION
  .ccm_bss (NOLOAD) : { *(.ccm_bss*) } > CCM
  _end = .;
  .intList : { KEEP(*(.irq_info*)) } > IDT_LIST
  .last_section : { LONG(0xE015E015) } > ROMABLE_REGION
}
"""
KERNEL = """
__attribute__((section(".ramfunc"), used)) int quick(int x) { return x * 3 + 7; }
__attribute__((section(".z_devstate"), used)) int device_state[2] = {1, 2};
__attribute__((section(".k_heap"), used)) int heap[3] = {1};
char z_main_stack[1024] __attribute__((section(".noinit.stack"), used));
char kheap__system_heap[512] __attribute__((section(".noinit.kheap_buf"), used));
char fast[300] __attribute__((section(".ccm_bss"), used));
"""


@pytest.mark.parametrize("mcu", [F405, ""])
def test_sections_without_a_dot_and_a_list_of_the_linkers_own(tmp_path: Path, mcu: str) -> None:
    """Zephyr's generated linker.cmd."""
    footprint = linked(tmp_path, ZEPHYR, mcu, extra=KERNEL)
    assert footprint.flash == image_size(tmp_path)
    quick = next(section.ram for section in footprint.sections if section.name == ".ramfunc")
    assert footprint.ram == pytest.approx(2048 + 64 + 4 + quick + 8 + 12 + 1024 + 512 + 300, abs=16)
    assert sum(entry.ram for entry in footprint.entries if entry.owner == "stack+heap") == 1024 + 512
    assert footprint.memory.find(0x10000000).kind == "ram"
    assert all(check.ok for check in checks(footprint, 1 << 20, 128 * 1024).values())

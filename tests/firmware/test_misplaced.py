"""What lies where the chip has no memory, where nothing keeps it, or where something else lies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from linked import tool
from shapes import DATA, SMALL, TEXT, checks, image_size, linked, of_kws, script

from platformio_tinyml.firmware.linked import measure_linked

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


OVERLAID = """
__attribute__((section(".one"))) unsigned char one[512]; __attribute__((section(".two"))) unsigned char two[512];
void *use(int which) { return which ? one : two; }
"""


ZEROED_FIRST = ".bss : { *(.bss*) *(COMMON) } >RAM .data : { *(.data*) } >RAM AT>FLASH"


@pytest.mark.parametrize(("at", "data"), [("0x20000000", DATA), ("0x20000040", DATA), ("0x20000000", ZEROED_FIRST)])
def test_what_lies_in_the_ram_of_others_fails(tmp_path: Path, at: str, data: str) -> None:
    """`.dma 0x20000000 (NOLOAD)` with no region: ld says nothing, since nothing of it is loaded."""
    text = script(SMALL, TEXT, data, f".dma {at} (NOLOAD) : {{ *(.one) *(.two) }}")
    footprint = linked(tmp_path, text, "stm32f103c8", extra=OVERLAID)
    (check,) = [check for check in checks(footprint).values() if not check.ok]
    assert check.name == "section:.dma"
    assert "bytes of RAM in common" in check.message


def test_an_overlay_of_data_is_meant_so(tmp_path: Path) -> None:
    overlaid = [f".{name} 0x20001000 (NOLOAD) : {{ *(.{name}) }}" for name in ("one", "two")]
    text = script(SMALL, TEXT, DATA, *overlaid)
    assert not linked(tmp_path, text, "stm32f103c8", extra=OVERLAID).faults


@pytest.mark.parametrize("section", [".data", ".text"])
def test_contents_that_are_taken_out_after_the_link_fail(tmp_path: Path, section: str) -> None:
    text = script(SMALL, TEXT, DATA)
    linked(tmp_path, text, "stm32f103c8")
    subprocess.run([tool("arm-none-eabi-objcopy"), "-R", section, "firmware.elf"], cwd=tmp_path, check=True)
    footprint = measure_linked(tmp_path / "firmware.elf", "stm32f103c8", {}, tmp_path / "firmware.map")
    (check,) = [check for check in checks(footprint).values() if not check.ok]
    assert (check.name, check.message) == (f"contents:{section}", f"{section} was linked, and is not in the ELF")


def test_a_program_without_code_fails(tmp_path: Path) -> None:
    """A linker that finds no entry drops everything: flash 0 of a board that would not start."""
    text = script(SMALL, TEXT.replace("KEEP(*(.vectors))", "*(.vectors)"), DATA, ".stack : { . += 0x400; } >RAM")
    text = text.replace("ENTRY(Reset)", "")
    footprint = linked(tmp_path, text, "stm32f103c8", "-Wl,--gc-sections", "-fdata-sections", "-ffunction-sections")
    assert footprint.flash == 0
    (check,) = [check for check in checks(footprint).values() if not check.ok]
    assert check.message == "the ELF holds no code: nothing of it can run"

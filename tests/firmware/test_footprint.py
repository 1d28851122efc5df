"""Every byte of a section has one entry; totals against `size`; owners; memories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked import ARM, AVR, HOST, KWS, KWS_C, RISCV, link, link_stm32, require_sums, tool

from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.attribution import owner_of
from platformio_tinyml.firmware.boards import find_board
from platformio_tinyml.firmware.chips import Region
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.footprint import Footprint, SectionSize
from platformio_tinyml.firmware.gaps import PADDING
from platformio_tinyml.firmware.image import Image, Section, Symbol
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import MemoryMap, memory_of

OWNERS = KWS.symbols


def measured(path: Path, mcu: str = "") -> Footprint:
    image = read_image(path)
    return measure(image, memory_of(image, mcu), OWNERS)


def of(footprint: Footprint, owner: str) -> tuple[int, int]:
    row = next(row for row in footprint.owners() if row.owner == owner)
    return row.flash, row.ram


@pytest.mark.parametrize("optimisation", [("-O0",), ("-Os",), ("-O2", "-flto"), ("-Os", "-g3")])
@pytest.mark.parametrize("mcu", ["stm32f100rbt6", ""])
def test_stm32_totals_are_those_of_size(tmp_path: Path, optimisation: tuple[str, ...], mcu: str) -> None:
    link_stm32(tmp_path, *optimisation)
    footprint = measured(tmp_path / "firmware.elf", mcu)
    require_sums(footprint)
    text, data, bss = (
        subprocess.run(
            [tool("arm-none-eabi-size"), tmp_path / "firmware.elf"], check=True, capture_output=True, text=True
        )
        .stdout.splitlines()[1]
        .split()[:3]
    )
    padding = next((s for s in footprint.sections if s.name == PADDING), SectionSize("", "", 0, 0))
    assert footprint.flash == int(text) + int(data) + padding.flash
    assert footprint.ram == int(data) + int(bss) + padding.ram
    assert of(footprint, "arena:kws") == (0, 4096)
    assert of(footprint, "weights:kws") == (764, 0)
    assert of(footprint, "stack+heap") == (0, 1536)


@pytest.mark.parametrize("odd", [1, 2, 3, 5, 6, 7])
def test_flash_is_what_objcopy_writes(tmp_path: Path, odd: int) -> None:
    """To the byte, padding between sections included: a board's limit is not passed by less than an alignment."""
    extra = f"""
    const char odd[{odd}] __attribute__((section(".rodata.zz"), used)) = {{1}};
    void (*const constructor)(void) __attribute__((section(".init_array"), used)) = Reset;
    """
    link_stm32(tmp_path, extra=extra)
    subprocess.run(
        [tool("arm-none-eabi-objcopy"), "-O", "binary", "firmware.elf", "firmware.bin"], cwd=tmp_path, check=True
    )
    binary = (tmp_path / "firmware.bin").stat().st_size
    assert measured(tmp_path / "firmware.elf", "stm32f100rbt6").flash == binary


def test_known_chip_and_inferred_memories_agree(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    known, inferred = (measured(tmp_path / "firmware.elf", mcu) for mcu in ("stm32f100rbt6", ""))
    assert known.entries == inferred.entries
    assert known.memory.origin == "stm32f100"
    assert "unknown" in inferred.memory.origin


def test_avr_harvard_addresses(tmp_path: Path) -> None:
    source = """
    #include <avr/pgmspace.h>
    #include <avr/eeprom.h>
    #include <stdint.h>
    const int8_t kws_op0_filter[700] PROGMEM = {1, 2, 3};
    int8_t kws_arena[300];
    uint8_t settings[20] EEMEM = {7};
    volatile int index; int initialised = 5;
    int main(void) {
        kws_arena[index] = pgm_read_byte(&kws_op0_filter[index]) + initialised + eeprom_read_byte(settings);
        return 0;
    }
    """
    link(tmp_path, AVR, {"main.c": source})
    footprint = measured(tmp_path / "firmware.elf")
    require_sums(footprint)
    assert footprint.memory.origin == "atmega328p"  # the ELF names it
    assert of(footprint, "weights:kws") == (700, 0)
    assert of(footprint, "arena:kws") == (0, 300)
    sections = {section.name: section for section in footprint.sections}
    assert (sections[".eeprom"].flash, sections[".eeprom"].ram, sections[".eeprom"].other) == (0, 0, 20)
    assert footprint.flash == sections[".text"].flash + sections[".data"].flash
    assert footprint.ram == sections[".data"].ram + sections[".bss"].ram
    assert (
        measure(
            read_image(tmp_path / "firmware.elf"),
            memory_of(read_image(tmp_path / "firmware.elf"), "atmega2560"),
            OWNERS,
        ).flash
        == footprint.flash
    )


def test_riscv_and_host(tmp_path: Path) -> None:
    kws = f"#define ARENA 4096\n{KWS_C}"
    link(
        tmp_path / "riscv",
        RISCV,
        {"kws.c": kws, "main.c": "int kws_invoke(void); int _start(void) { return kws_invoke(); }"},
    )
    link(
        tmp_path / "host",
        HOST,
        {"kws.c": kws, "main.c": "int kws_invoke(void); int main(void) { return kws_invoke(); }"},
    )
    for machine in ("riscv", "host"):
        footprint = measured(tmp_path / machine / "firmware.elf")
        require_sums(footprint)
        assert of(footprint, "arena:kws") == (0, 4096)
        assert of(footprint, "weights:kws") == (764, 0)
    assert footprint.memory.origin == "this computer, not a board"
    data = next(section for section in footprint.sections if section.name == ".data")
    assert data.flash == data.ram > 0


def test_host_ram_is_what_is_writable(tmp_path: Path) -> None:
    """.tbss names addresses that belong to the section after it: it takes none itself."""
    source = (
        "__thread int zeroed[100]; int pointed; int *pointer = &pointed; int main(void) { return zeroed[*pointer]; }"
    )
    link(tmp_path, HOST, {"main.c": source})
    image = read_image(tmp_path / "firmware.elf")
    footprint = measure(image, memory_of(image), {})
    require_sums(footprint)
    writable = {s.name for s in image.sections if s.writable and s.size and s.name != ".tbss"}
    assert {section.name for section in footprint.sections if section.ram} - {PADDING} == writable
    assert ".data" in writable and ".tbss" in {section.name for section in image.sections}


def test_ccm_is_ram_and_initial_values_that_nothing_loads_are_told(tmp_path: Path) -> None:
    extra = '__attribute__((section(".ccm"), used)) char fast[3000];'
    link_stm32(tmp_path, extra=extra)
    footprint = measured(tmp_path / "firmware.elf", "stm32f405rgt6")
    require_sums(footprint)
    ccm = next(section for section in footprint.sections if section.name == ".ccm")
    assert (ccm.region, ccm.ram) == ("CCM", 3000)
    assert [region.name for region in footprint.memory.beside("ram")] == ["CCM"]
    assert not footprint.notes

    script = (tmp_path / "chip.ld").read_text().replace(" (NOLOAD)", "")
    sources = {"main.c": (tmp_path / "main.c").read_text().replace("fast[3000]", "fast[3000] = {1}"), "chip.ld": script}
    sources["kws_model.c"] = (tmp_path / "kws_model.c").read_text()
    link(tmp_path / "loaded", ARM, sources, "-T", "chip.ld")
    footprint = measured(tmp_path / "loaded" / "firmware.elf", "stm32f405rgt6")
    assert [fault.name for fault in footprint.faults] == ["contents:.ccm"]
    assert "firmware.bin would reach there, 134," in footprint.faults[0].message


def test_a_section_outside_of_the_chip_is_not_lost(tmp_path: Path) -> None:
    script = """
    SECTIONS { .text 0x90000000 : { *(.text*) *(.rodata*) } .bss 0xD0000000 : { *(.bss*) *(COMMON) } }
    """
    link(
        tmp_path,
        ARM,
        {"a.c": "int big[500]; int main(void) { return big[3]; }", "x.ld": script},
        "-T",
        "x.ld",
        "-Wl,-e,main",
    )
    footprint = measured(tmp_path / "firmware.elf", "stm32f405rgt6")
    assert footprint.ram == 2000
    assert footprint.flash > 0
    assert "own addresses" in footprint.memory.origin


@pytest.mark.parametrize(
    ("symbol", "owner"),
    [
        ("kws_arena", "arena:kws"),
        ("kws_arena.lto_priv.0", "arena:kws"),
        ("kws_op0_filter.1234", "weights:kws"),
        ("kws_invoke.constprop.0.isra.0", "tinyml"),
        ("kws_invoke.part.0", "tinyml"),
        ("tinyml_conv_2d_s8", "tinyml"),
        ("tinyml_conv_2d_s8.cold", "tinyml"),
        ("my_tinyml_thing", "application"),
        ("kws_arena2", "application"),
        ("main", "application"),
        ("ucHeap", "stack+heap"),
        ("z_main_stack", "stack+heap"),
        ("kheap__system_heap", "stack+heap"),
        ("my_ucHeap", "application"),
        ("", "application"),
    ],
)
def test_owners_by_symbol(symbol: str, owner: str) -> None:
    assert owner_of(symbol, "", OWNERS) == owner


def section(index: int, address: int, size: int, **changes: bool) -> Section:
    flags = {"allocated": True, "writable": True, "executable": False, "nobits": False, **changes}
    return Section(index, f".s{index}", address, address, size, 4, **flags)


symbols = st.lists(
    st.builds(
        Symbol,
        name=st.sampled_from(["a", "b", "kws_arena", "kws_arena.0", "tinyml_x", "c"]),
        address=st.integers(0x0FF0, 0x1120),
        size=st.integers(0, 300) | st.just(2**40),
        kind=st.sampled_from(["object", "function", "none", "tls"]),
        binding=st.sampled_from(["local", "global", "weak"]),
        section=st.integers(0, 3),
    ),
    max_size=12,
)


@given(symbols, st.integers(0, 200), st.integers(1, 200), st.booleans())
def test_entries_sum_whatever_the_symbols_say(rows: list[Symbol], first: int, second: int, stored_all: bool) -> None:
    image = Image(
        "arm", 32, "", 0, (section(1, 0x1000, first), section(2, 0x1100, second, nobits=True)), (), tuple(rows)
    )
    regions = (Region("F", "flash", 0x1000, 0x80), Region("R", "ram", 0x1080, 0x1000))
    require_sums(measure(image, MemoryMap(regions, (), stored_all, ""), OWNERS))


def test_aliases_are_counted_once_and_ours_wins() -> None:
    rows = (
        Symbol("alias", 0x1000, 64, "object", "global", 1),
        Symbol("kws_arena", 0x1000, 64, "object", "local", 1),
        Symbol("weak", 0x1000, 64, "object", "weak", 1),
    )
    image = Image("arm", 32, "", 0, (section(1, 0x1000, 64),), (), rows)
    footprint = measure(image, MemoryMap((Region("R", "ram", 0x1000, 64),), (), False, ""), OWNERS)
    assert [(entry.symbol, entry.ram) for entry in footprint.entries] == [("kws_arena", 64)]


def test_esp32_counts_iram_and_its_flash_image() -> None:
    sections = (
        section(1, 0x40080000, 1000, executable=True, writable=False),  # .iram0.text
        section(2, 0x3FFB0000, 200),  # .dram0.data
        section(3, 0x3FFB00C8, 500, nobits=True),  # .dram0.bss
        section(4, 0x3F400020, 300, writable=False),  # .flash.rodata
        section(5, 0x400D0020, 4000, writable=False, executable=True),  # .flash.text
    )
    image = Image("xtensa", 32, "", 0, sections, (), ())
    footprint = measure(image, memory_of(image, "esp32"), {})
    assert footprint.flash == 1000 + 200 + 300 + 4000
    assert footprint.ram == 1000 + 200 + 500
    # Others have other maps: the file for ESP32 must not be taken for them.
    assert "unknown" in memory_of(image, "esp32p4").origin


def test_on_a_host_what_is_writable_is_ram_wherever_it_lies() -> None:
    sections = (section(1, 0x1000, 256, writable=False), section(2, 0x1100, 64))
    for machine, ram in (("x86-64", 64), ("arm", 0)):  # beside flash, .init_array of a microcontroller stays there
        image = Image(machine, 32, "", 0, sections, (), ())
        assert measure(image, memory_of(image), {}).ram == ram


def test_boards() -> None:
    assert find_board("uno").flash == 32256
    assert find_board("host").ram is None
    with pytest.raises(UsageError, match="built-in"):
        find_board("nope")


@pytest.mark.parametrize(
    ("name", "reserved"),
    [
        ("._user_heap_stack", True),
        (".heap", True),
        (".stack", True),
        (".stack_dummy", True),
        (".stack1_dummy", True),
        (".dram0.heap_start", True),
        (".bss", False),
        (".noinit", False),
        (".bss.cheap", False),
    ],
)
def test_sections_that_only_reserve(name: str, reserved: bool) -> None:
    row = Section(1, name, 0x20000000, 0x20000000, 1024, 8, True, True, False, True)
    footprint = measure(
        Image("arm", 32, "", 0, (row,), (), ()), MemoryMap((), (Region("R", "ram", 0x20000000, 4096),), False, ""), {}
    )
    assert [entry.owner for entry in footprint.entries] == ["stack+heap" if reserved else "unattributed"]
    filled = Section(1, name, 0x20000000, 0x08000000, 1024, 8, True, True, False, False)
    footprint = measure(Image("arm", 32, "", 0, (filled,), (), ()), footprint.memory, {})
    assert [entry.owner for entry in footprint.entries] == ["unattributed"], "contents are no reserve"

"""Memories of chips, boards and links: which one an address is in, how much of it there is, what overflows it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from linked import ARM, link, link_stm32

from platformio_tinyml.firmware.boards import bundled_boards
from platformio_tinyml.firmware.chips import find_chip
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.firmware.image import Image, Section
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import ScriptRegion, memory_of
from platformio_tinyml.formats.json_report import as_json
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.measured.limits import Budgets, Sizes

FAMILIES = sorted((Path(__file__).parents[2] / "platformio_tinyml" / "firmware" / "regions").iterdir())


def section(name: str, address: int, size: int, load: int | None = None, *, nobits: bool = False) -> Section:
    return Section(1, name, address, address if load is None else load, size, 4, True, True, False, nobits)


def measured(sections: list[Section], mcu: str, *script: ScriptRegion) -> Footprint:
    image = Image("arm", 32, "", 0, tuple(sections), (), ())
    return measure(image, memory_of(image, mcu, script), {})


def checks(footprint: Footprint, flash: int | None = None, ram: int | None = None) -> dict[str, Check]:
    return {check.name: check for check in judge(footprint, (), Sizes(flash, ram), Budgets())}


@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.stem)
def test_families_are_well_formed(path: Path) -> None:
    family = json.loads(path.read_text("utf-8"))
    assert family["about"] and family["source"]
    for names, sizes in family["lines"].items():
        assert set(sizes) <= set(family["regions"]), names
        for name in names.split():
            chip = find_chip(name)
            assert chip is not None and chip.name == name, "a name stands in one line alone"
            there = [each for each, row in family["regions"].items() if each in sizes or "size" in row]
            assert [region.name for region in chip.regions] == there
            places = sorted((region.start, region.end) for region in chip.regions)
            assert all(end <= following for (_, end), (following, _) in pairwise(places)), name
            mains = [region.kind for region in chip.regions if not region.beside and not region.alias]
            assert {"flash", "ram"} == set(mains) and mains.count("ram") == 1


@pytest.mark.parametrize("board", bundled_boards(), ids=lambda board: board.name)
def test_boards_have_no_more_than_their_chips(board) -> None:  # type: ignore[no-untyped-def]
    chip = find_chip(board.mcu)
    if chip is None:
        pytest.skip(f"no file knows {board.mcu}")
    flash = [region.size for region in chip.regions if region.kind == "flash" and not region.beside]
    following = {region.start: region.size for region in chip.regions if region.kind == "ram"}  # scratch banks too
    main = next(region for region in chip.regions if region.kind == "ram")
    ram = sum(following.get(main.end + offset, 0) for offset in (0, 4096)) + main.size
    wrong = board.name == "nicla_sense_me"  # its board file gives more flash than an nRF52832 has
    assert board.flash is None or chip.stored_all or (board.flash <= sum(flash)) != wrong
    assert board.ram is None or board.ram <= ram


def test_a_main_memory_has_no_more_than_the_board() -> None:
    """micro:bit: 16 KB of RAM on a line of chips with up to 32."""
    footprint = measured([section(".text", 0, 1000), section(".bss", 0x20000000, 500, nobits=True)], "nrf51822")
    report = Report("firmware", None, "microbit", (), footprint, Sizes(262144, 16384), Budgets(), (), Sizes())
    document = json.loads(as_json(report))
    assert {row["name"]: row["size"] for row in document["regions"]} == {"FLASH": 262144, "RAM": 16384}
    assert document["memories"] == "nrf51"


def test_what_ends_beyond_a_memory_fails_whatever_the_board_says() -> None:
    """Board files that count CCM into the RAM make linker scripts that do."""
    bss = section(".bss", 0x20000000, 192 * 1024 + 4, nobits=True)
    found = checks(measured([bss], "stm32f429zit6"), ram=256 * 1024)
    assert found["ram_limit"].ok
    assert (found["ram_limit:RAM"].ok, found["ram_limit:RAM"].limit) == (False, 192 * 1024)
    assert set(checks(measured([section(".bss", 0x20000000, 192 * 1024, nobits=True)], "stm32f429zit6"))) == set()

    assert set(checks(measured([bss], "stm32f429zit6"), ram=128 * 1024)) == {"ram_limit"}, "told once"

    noinit = section(".noinit", 0x20000000 + 200 * 1024, 16, nobits=True)
    small = section(".bss", 0x20000000, 64, nobits=True)
    script = ScriptRegion("RAM", 0x20000000, 256 * 1024, "xrw")
    found = checks(measured([small, noinit], "stm32f429zit6", script), ram=256 * 1024)
    assert not found["ram_limit:RAM"].ok
    assert not checks(measured([section(".ccm", 0x1000F000, 8192, nobits=True)], "stm32f405"))["ram_limit:CCM"].ok


def test_what_lies_in_no_known_memory_counts_against_the_boards_limit() -> None:
    sections = [section(".bss", 0x20000000, 1000, nobits=True), section(".far", 0xD0000000, 9000, nobits=True)]
    footprint = measured(sections, "stm32f405rgt6")
    assert footprint.ram == 10000
    assert "own addresses" in footprint.memory.origin
    assert not checks(footprint, ram=9999)["ram_limit"].ok
    # Initial values whose run address is known and whose flash is not.
    assert measured([section(".data", 0x20000000, 400, load=0x90000000)], "stm32f405rgt6").flash == 400


def test_the_script_knows_memories_that_the_chip_has_not() -> None:
    script = (
        ScriptRegion("FLASH", 0x08000000, 2 << 20, "xr"),
        ScriptRegion("RAM", 0x20000000, 192 * 1024, "xrw"),
        ScriptRegion("SDRAM", 0xD0000000, 8 << 20, "xrw"),
        ScriptRegion("QSPI", 0x90000000, 16 << 20, "xr"),
        ScriptRegion("everything", 0, 0xFFFFFFFF, ""),
    )
    sections = [
        section(".text", 0x08000000, 500),
        section(".frame", 0xD0000000, 5 << 20, nobits=True),
        section(".weights", 0x90000000, 3 << 20),
    ]
    footprint = measured(sections, "stm32f429zit6", *script)
    assert footprint.memory.origin == "stm32f429, linker map"
    assert (footprint.flash, footprint.ram) == (500 + (3 << 20), 5 << 20)
    found = checks(footprint, flash=2 << 20, ram=192 * 1024)
    assert all(check.ok for check in found.values())
    assert found["ram_limit:SDRAM"].actual == 5 << 20
    assert found["flash_limit:QSPI"].actual == 3 << 20
    assert found["flash_limit"].actual == 500


@pytest.mark.parametrize(
    ("attributes", "sections", "kind"),
    [
        ("", [section(".bss", 0x1000, 8, nobits=True)], "ram"),
        ("xr", [section(".data", 0x1000, 8, load=0x9000)], "ram"),
        ("xrw", [replace(section(".text", 0x1000, 8), executable=True)], "flash"),
        ("xrw", [section(".data", 0x1000, 8)], "ram"),
        ("rx", [section(".vector", 0x1000, 8, nobits=True)], "flash"),
        ("xrw", [], "ram"),
        ("rxai!w", [], "flash"),
        ("", [section(".text", 0x1000, 8)], "flash"),
    ],
)
def test_kind_of_a_region_that_only_the_script_names(attributes: str, sections: list[Section], kind: str) -> None:
    image = Image("arm", 32, "", 0, (section(".text", 0x9000, 8), *sections), (), ())
    found = memory_of(image, "", (ScriptRegion("mem", 0x1000, 0x1000, attributes),)).find(0x1000)
    assert found is not None and (found.name, found.kind) == ("mem", kind)


@pytest.mark.parametrize("order", [1, -1])
def test_two_names_of_one_memory_for_code_and_for_data(order: int) -> None:
    """ESP32-C6, where nobody names the chip."""
    script = [
        ScriptRegion("iram", 0x40800000, 0x6E000, "xr"),
        ScriptRegion("irom", 0x42000000, 0x1000000, "xr"),
        ScriptRegion("dram", 0x40800000, 0x6E000, "rw"),
        ScriptRegion("drom", 0x42000000, 0x1000000, "r"),
    ][::order]
    text, quick = (replace(section(".x", start, 64), executable=True) for start in (0x42000000, 0x40800000))
    footprint = measured([text, quick, section(".bss", 0x40800100, 256, nobits=True)], "", *script)
    assert (footprint.ram, {region.kind for region in footprint.memory.known}) == (320, {"ram", "flash"})
    assert footprint.flash < 256


def test_without_a_chip_the_boards_limit_is_of_all_ram() -> None:
    script = (ScriptRegion("TCM", 0x0, 0x1000, "xrw"), ScriptRegion("RAM", 0x20000000, 0x1000, "xrw"))
    sections = [section(".a", 0, 3000, nobits=True), section(".b", 0x20000000, 3000, nobits=True)]
    assert checks(measured(sections, "", *script), ram=4096)["ram_limit"].actual == 6000


def test_two_regions_of_the_script_in_one_memory_are_both_the_boards(tmp_path: Path) -> None:
    script = (ScriptRegion("RAM1", 0x20000000, 0x1C000, "xrw"), ScriptRegion("RAM2", 0x2001C000, 0x4000, "xrw"))
    sections = [section(".bss", 0x20000000, 5000, nobits=True), section(".x", 0x2001C000, 100, nobits=True)]
    footprint = measured(sections, "stm32f405", *script)
    assert checks(footprint, ram=128 * 1024)["ram_limit"].actual == 5100
    assert [(row.region.name, row.used) for row in footprint.filled] == [("RAM1", 5000), ("RAM2", 100)]


@pytest.mark.parametrize("whole", [True, False])
def test_scratch_banks_are_memories_of_their_own(whole: bool) -> None:
    """Unless the script has them in one region with the RAM that they follow."""
    banks = (ScriptRegion("RAM", 0x20000000, 0x40000, "xrw"), ScriptRegion("SCRATCH_X", 0x20040000, 0x1000, "xrw"))
    script = (ScriptRegion("RAM", 0x20000000, 0x42000, "xrw"),) if whole else banks
    sections = [section(".bss", 0x20000000, 5000, nobits=True), section(".x", 0x20040000, 100, nobits=True)]
    footprint = measured(sections, "rp2040", *script)
    found = checks(footprint, ram=264 * 1024)
    assert found["ram_limit"].actual == (5100 if whole else 5000)
    assert ("ram_limit:SCRATCH_X" in found) is not whole
    assert not footprint.faults


def test_what_is_neither_flash_nor_ram_has_a_limit_of_its_own() -> None:
    sections = [section(".rtc.bss", 0x50000000, 8200, nobits=True), section(".rtc.data", 0x600FE000, 100)]
    footprint = measured(sections, "esp32s3")
    assert (footprint.flash, footprint.ram) == (100, 0)
    found = checks(footprint)
    assert not found["other_limit:RTC_SLOW"].ok
    assert found["other_limit:RTC_FAST"].ok


def test_esp32s3_mirrors_and_psram() -> None:
    sections = [
        section(".iram0.text", 0x40374000, 0x8000),
        section(".dram0.dummy", 0x3FC88000, 0x4000, nobits=True),
        section(".dram0.bss", 0x3FC8C000, 0x1000, nobits=True),
        section(".ext_ram.bss", 0x3C040020, 0x9000, nobits=True),
        section(".flash_rodata_dummy", 0x3C000020, 0x10000, nobits=True),
    ]
    footprint = measured(sections, "esp32s3")
    assert footprint.ram == 0x8000 + 0x1000 + 0x9000
    assert footprint.flash == 0x8000
    assert checks(footprint, ram=320 * 1024)["ram_limit"].actual == 0x1000
    assert checks(footprint)["ram_limit:PSRAM"].actual == 0x9000


def test_the_map_of_the_link_gives_its_sizes(tmp_path: Path) -> None:
    link_stm32(tmp_path, ram="6K")
    footprint = measure_linked(tmp_path / "firmware.elf", "stm32f405rgt6", {}, tmp_path / "firmware.map")
    sizes = {region.name: region.size for region in footprint.memory.known}
    assert sizes["RAM"] == 6 * 1024 and sizes["BKPSRAM"] == 4096
    assert footprint.memory.origin == "stm32f405, linker map"
    unknown = measure_linked(tmp_path / "firmware.elf", "", {}, tmp_path / "firmware.map")
    assert (unknown.flash, unknown.ram) == (footprint.flash, footprint.ram)
    assert unknown.memory.origin == "linker map"


def test_an_absolute_section_beyond_the_ram_fails(tmp_path: Path) -> None:
    """Whatever ld allows outside of MEMORY: here nothing limits the sections."""
    script = "SECTIONS { .text 0x08000000 : { *(.text*) } .bss 0x2001FF00 : { *(.bss*) *(COMMON) } }"
    sources = {"a.c": "int big[500]; int main(void) { return big[3]; }", "x.ld": script}
    link(tmp_path, ARM, sources, "-T", "x.ld", "-Wl,-e,main")
    image = read_image(tmp_path / "firmware.elf")
    found = checks(measure(image, memory_of(image, "stm32f405rgt6"), {}), ram=128 * 1024)
    assert found["ram_limit"].ok and not found["ram_limit:RAM"].ok

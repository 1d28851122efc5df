"""A link that overflows, made with the real linkers: the map must give the figures that ld prints."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from linked import ARM, AVR, KWS, link, link_stm32, require_sums

from platformio_tinyml.errors import SetupError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.firmware.linker_map import read_map
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of


def said_by_ld(text: str) -> dict[str, int]:
    return {name: int(size) for name, size in re.findall(r"region [`'](\w+)' overflowed by (\d+) bytes", text)}


@pytest.mark.parametrize(
    ("flags", "arena", "flash", "ram"),
    [
        ((), 9000, "128K", "8K"),
        ((), 9000, "512", "8K"),
        (("-g",), 4096, "512", "8K"),
        (("-flto",), 20000, "256", "8K"),
        (("-fno-data-sections", "-fno-function-sections"), 9000, "128K", "8K"),
    ],
)
def test_overflow_is_what_ld_says(tmp_path: Path, flags: tuple[str, ...], arena: int, flash: str, ram: str) -> None:
    linked = link_stm32(tmp_path, *flags, arena=arena, flash=flash, ram=ram, check=False)
    assert linked.returncode != 0
    failed = read_map(tmp_path / "firmware.map", "stm32f100rbt6")
    found = {row.region.name: row.overflow for row in failed.regions if row.overflow}
    assert found == said_by_ld(linked.stderr)
    assert found
    kinds = {row.region.name: row.region.kind for row in failed.regions}
    assert kinds == {"FLASH": "flash", "CCM": "ram", "RAM": "ram"}


@pytest.mark.parametrize("flags", [(), ("-g",), ("-O2",), ("-fno-data-sections",), ("-fno-function-sections",)])
def test_a_map_counts_like_the_elf(tmp_path: Path, flags: tuple[str, ...]) -> None:
    link_stm32(tmp_path, *flags)
    failed = read_map(tmp_path / "firmware.map")
    image = read_image(tmp_path / "firmware.elf")
    by_map = measure(failed.image, failed.memory, KWS.symbols)
    by_elf = measure(image, memory_of(image, "stm32f100rbt6"), KWS.symbols)
    assert {(s.name, s.flash, s.ram) for s in by_map.sections} == {(s.name, s.flash, s.ram) for s in by_elf.sections}
    assert not [row for row in failed.regions if row.overflow]
    arena = [(row.flash, row.ram) for row in by_map.owners() if row.owner == "arena:kws"]
    assert arena == [(0, 4096)]
    assert next(row for row in by_map.owners() if row.owner == "stack+heap").ram == 1536


def test_avr_overflow(tmp_path: Path) -> None:
    source = """
    #include <avr/pgmspace.h>
    const signed char kws_op0_filter[700] PROGMEM = {1, 2, 3};
    signed char kws_arena[2500]; volatile int sink;
    int main(void) { kws_arena[sink] = pgm_read_byte(&kws_op0_filter[sink]); return 0; }
    """
    linked = link(tmp_path, AVR, {"main.c": source}, check=False)
    assert linked.returncode != 0
    failed = read_map(tmp_path / "firmware.map", "atmega328p")
    data = next(row for row in failed.regions if row.region.name == "data")
    assert (data.region.size, data.used, data.overflow) == (2048, 2502, 454)
    footprint = measure(failed.image, failed.memory, KWS.symbols)
    assert {(row.owner, row.flash, row.ram) for row in footprint.owners()} >= {
        ("arena:kws", 0, 2500),
        ("weights:kws", 700, 0),
    }


def test_an_alias_is_no_second_region(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    script = (
        (tmp_path / "chip.ld")
        .read_text()
        .replace("ENTRY", 'REGION_ALIAS("ROM", FLASH)\nENTRY')
        .replace(">FLASH", ">ROM")
    )
    sources = {name: (tmp_path / name).read_text() for name in ("kws_model.c", "main.c")}
    link(tmp_path / "alias", ARM, {**sources, "chip.ld": script}, "-T", "chip.ld")
    regions = read_map(tmp_path / "alias" / "firmware.map").regions
    assert [row.region.name for row in regions] == ["FLASH", "CCM", "RAM"]
    assert regions[0].used > 700


@pytest.mark.parametrize("text", ["", "hello", "\nMemory Configuration\n\n"])
def test_not_a_map(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.map").write_text(text)
    with pytest.raises(SetupError, match="not a map"):
        read_map(tmp_path / "x.map")
    with pytest.raises(SetupError, match="cannot read"):
        read_map(tmp_path / "missing.map")


def test_any_lines_after_the_heading_are_survived(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    lines = (tmp_path / "firmware.map").read_text().splitlines()
    for cut in range(1, 40):
        text = "\n".join(line[: -cut % (len(line) + 1)] for line in lines)
        (tmp_path / "cut.map").write_text("\nLinker script and memory map\n" + text)
        read_map(tmp_path / "cut.map")


def test_damaged_maps_give_an_error_or_a_sum(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    good = (tmp_path / "firmware.map").read_bytes()
    generator = random.Random(6)
    damaged = tmp_path / "damaged.map"
    for _ in range(100):
        data = bytearray(good)
        at = generator.randrange(len(data))
        if generator.random() < 0.5:
            del data[at : at + generator.choice([1, 60, 5000])]
        else:
            for _ in range(generator.choice([1, 20])):
                data[generator.randrange(len(data))] = generator.choice([0, 10, 32, 48, 120, generator.randrange(256)])
        damaged.write_bytes(data)
        require_sums(measure_linked(tmp_path / "firmware.elf", "stm32f100rbt6", KWS.symbols, damaged))
        try:
            failed = read_map(damaged, "stm32f100rbt6")
        except SetupError as error:
            assert error.next_step
        else:
            require_sums(measure(failed.image, failed.memory, KWS.symbols, failed.inputs))


@pytest.mark.parametrize(
    ("line", "by"),
    [
        (r"(?m)^\.bss +0x\w+ +0x", r"\g<0>fffffff"),
        (r"(?m)^\.bss +0x", r"\g<0>ffff"),
    ],
)
def test_more_bytes_than_there_are(tmp_path: Path, line: str, by: str) -> None:
    link_stm32(tmp_path)
    path = tmp_path / "firmware.map"
    text, count = re.subn(line, by, path.read_text())
    assert count
    path.write_text(text)
    with pytest.raises(SetupError, match="more bytes than there are"):
        read_map(path)


def test_numbers_of_more_digits_than_an_address_has(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    path = tmp_path / "firmware.map"
    path.write_text(re.sub(r"(?m)^RAM +0x", "\\g<0>" + "f" * 5000, path.read_text()))
    assert {use.region.name for use in read_map(path).regions} == {"FLASH", "CCM"}

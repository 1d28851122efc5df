"""read_image against readelf, and on files that are not what they should be."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest
from linked import ARM, AVR, HOST, RISCV, link, link_stm32, tool

from platformio_tinyml.errors import SetupError, TinymlError, UsageError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of

SOURCE = """
int initialised = 3; int zeroed[10]; const int constant[4] = {1, 2, 3};
static int hidden(int x) { return x + zeroed[x & 7]; }
int main(void) { return initialised + hidden(zeroed[0]) + constant[zeroed[1] & 3]; }
void _start(void) { main(); }
"""
COMPILERS = {
    "arm": (*ARM, "-Wl,-e,main"),
    "avr": AVR,
    "riscv": RISCV,
    "x86-64": (*HOST, "-nostartfiles"),
}


@pytest.fixture(scope="module", params=COMPILERS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    machine = str(request.param)
    folder = tmp_path_factory.mktemp(machine)
    link(folder, COMPILERS[machine], {"main.c": SOURCE})
    return machine, folder / "firmware.elf"


def readelf(*arguments: str | Path) -> str:
    return subprocess.run([tool("readelf"), *arguments], check=True, capture_output=True, text=True).stdout


def test_sections_are_those_of_readelf(elf: tuple[str, Path]) -> None:
    machine, path = elf
    image = read_image(path)
    row = re.compile(
        r"^  \[ *(\d+)\] (\S+) +(\S+) +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) [0-9a-f]{2} +([A-Za-z]*) +\d", re.M
    )
    expected = {
        (int(i), name, int(address, 16), int(size, 16), "A" in flags, "W" in flags, kind == "NOBITS")
        for i, name, kind, address, size, flags in row.findall(readelf("-SW", path))
    }
    found = {(s.index, s.name, s.address, s.size, s.allocated, s.writable, s.nobits) for s in image.sections if s.index}
    assert found == expected
    assert image.machine == machine
    assert image.bits == (64 if machine == "x86-64" else 32)


def test_segments_are_those_of_readelf(elf: tuple[str, Path]) -> None:
    row = re.compile(r"^  LOAD +0x\w+ (0x\w+) (0x\w+) (0x\w+) (0x\w+)", re.M)
    expected = [tuple(int(word, 16) for word in words) for words in row.findall(readelf("-lW", elf[1]))]
    assert expected
    assert [(s.address, s.load_address, len(s.data), s.memory_size) for s in read_image(elf[1]).segments] == expected


def test_symbols_are_those_of_readelf(elf: tuple[str, Path]) -> None:
    machine, path = elf
    row = re.compile(r"^ *\d+: ([0-9a-f]+) +(\d+) (FUNC|OBJECT) +(LOCAL|GLOBAL|WEAK) +\w+ +(\d+) (\S+)$", re.M)
    thumb = ~1 if machine == "arm" else ~0
    expected = {
        (name, int(value, 16) & (thumb if kind == "FUNC" else ~0), int(size), binding.lower(), int(section))
        for value, size, kind, binding, section, name in row.findall(readelf("-sW", path))
    }
    image = read_image(path)
    found = {
        (s.name, s.address, s.size, s.binding, s.section) for s in image.symbols if s.kind in ("function", "object")
    }
    assert found == expected
    assert {"main", "initialised", "zeroed"} <= {symbol.name for symbol in image.symbols}
    assert not [symbol for symbol in image.symbols if symbol.name.startswith("$")]


def test_load_addresses_come_from_the_program_headers(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    sections = {section.name: section for section in read_image(tmp_path / "firmware.elf").sections}
    data, text = sections[".data"], sections[".text"]
    assert data.address == 0x20000000
    assert text.address + text.size <= data.load_address < text.address + text.size + 16
    assert text.load_address == text.address
    listing = subprocess.run(
        [tool("arm-none-eabi-objdump"), "-h", tmp_path / "firmware.elf"], capture_output=True, text=True, check=True
    ).stdout
    for name, address, load in re.findall(r"^ +\d+ (\S+) +\w+ +(\w+) +(\w+)", listing, re.M):
        if sections[name].allocated and not sections[name].nobits:
            assert (sections[name].address, sections[name].load_address) == (int(address, 16), int(load, 16)), name


def test_cpu(tmp_path: Path) -> None:
    link(tmp_path / "arm", (*ARM, "-Wl,-e,main"), {"main.c": SOURCE})
    assert read_image(tmp_path / "arm" / "firmware.elf").cpu in ("Cortex-M3", "7-M")
    link(tmp_path / "avr", AVR, {"main.c": SOURCE})
    assert read_image(tmp_path / "avr" / "firmware.elf").cpu == "atmega328p"
    link(tmp_path / "riscv", RISCV, {"main.c": SOURCE})
    assert read_image(tmp_path / "riscv" / "firmware.elf").cpu.startswith("rv32i")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello", "not an ELF"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "Mach-O"),
        (b"MZ" + bytes(60), "PE file"),
        (b"!<arch>\n", "archive"),
        (b":10000000", "Intel HEX"),
        (b"UF2\n" + bytes(508), "UF2"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=said):
        read_image(path)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.elf"):
        with pytest.raises(UsageError, match="cannot read"):
            read_image(path)


def test_an_object_file_is_not_linked(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int x;")
    subprocess.run([tool("gcc"), "-c", "a.c"], cwd=tmp_path, check=True)
    with pytest.raises(UsageError, match="not linked"):
        read_image(tmp_path / "a.o")


def test_a_stripped_file_still_has_its_sizes(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    path = tmp_path / "firmware.elf"
    whole = measure(read_image(path), memory_of(read_image(path)), {})
    subprocess.run([tool("arm-none-eabi-strip"), path], check=True)
    image = read_image(path)
    assert image.symbols == ()
    stripped = measure(image, memory_of(image), {})
    assert (stripped.flash, stripped.ram) == (whole.flash, whole.ram)
    assert not stripped.has_symbols
    assert any("no symbols" in note for note in stripped.notes)


def test_without_section_headers_nothing_is_made_up(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    data = bytearray((tmp_path / "firmware.elf").read_bytes())
    data[32:36] = bytes(4)  # e_shoff
    data[46:52] = bytes(6)  # e_shentsize, e_shnum, e_shstrndx
    (tmp_path / "bare.elf").write_bytes(data)
    with pytest.raises(SetupError, match="section headers"):
        read_image(tmp_path / "bare.elf")


def test_damaged_files_give_an_error_or_an_image(elf: tuple[str, Path], tmp_path: Path) -> None:
    good = elf[1].read_bytes()
    generator = random.Random(4)
    path = tmp_path / "damaged.elf"
    refused = 0
    for _ in range(250):
        data = bytearray(good)
        where = generator.randrange(4)
        if where == 0:
            del data[generator.randrange(len(data)) :]
        else:
            span = {1: (0, 64), 2: (0, len(data)), 3: (len(data) - 1300, len(data))}[where]
            for _ in range(generator.choice([1, 3, 10])):
                data[generator.randrange(*span)] = generator.choice([0, 255, generator.randrange(256)])
        path.write_bytes(data)
        try:
            image = read_image(path)
            footprint = measure(image, memory_of(image), {})
        except TinymlError as error:
            refused += 1
            assert error.message and error.next_step
        else:
            assert footprint.flash == sum(section.flash for section in footprint.sections)
    assert refused > 50


def test_truncation_is_always_noticed(elf: tuple[str, Path], tmp_path: Path) -> None:
    good = elf[1].read_bytes()
    for size in (1, 4, 15, 51, 52, 64, 100, len(good) // 2, len(good) - 1):
        path = tmp_path / "cut.elf"
        path.write_bytes(good[:size])
        with pytest.raises(TinymlError):
            read_image(path)

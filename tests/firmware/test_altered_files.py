"""ELF files and maps altered at random, the same each time: what reads them says so, soon, in little memory.

An altered file may still be a right one, and is measured then. What is never the answer: a defect of ours, and a pass
of a file that has more than was counted. More of them: sweep.py.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from altered_files import Headers
from linked import link_stm32, tool
from sweep import MACHINES, Firmware, Sweep, build

from platformio_tinyml.errors import SetupError
from platformio_tinyml.firmware.elf import read_image

MUTANTS = 12


@pytest.fixture(scope="module", params=MACHINES)
def firmware(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    try:
        return build(str(request.param), tmp_path_factory.mktemp(str(request.param)))
    except FileNotFoundError as error:
        pytest.skip(f"{error} is not installed")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs each command in a fork")
@pytest.mark.parametrize("what", ["elf", "map"])
def test_altered_files(firmware: Firmware, what: str) -> None:
    pytest.importorskip("unicorn")
    sweep = Sweep(firmware, what)
    assert sweep.right["footprint with a map"].code == 0, sweep.right["footprint with a map"].said
    findings = [finding for number in range(MUTANTS) for finding in sweep.mutant(number)]
    assert not findings, "\n".join(findings)


def _section(headers: Headers, elf: bytes | bytearray, name: bytes) -> int:
    """Where the header of a section of 32 bits is in the file."""
    names = int(struct.unpack_from("<H", elf, 50)[0])
    start = headers.section_rows()[names].offset
    for number in range(headers.sections):
        at = headers.section + number * headers.section_size
        text = bytes(elf[start + struct.unpack_from("<I", elf, at)[0] :])
        if text[: text.index(b"\0")] == name:
            return at
    raise LookupError(name)


FLAGS, ADDRESS, SIZE, KIND = 8, 12, 20, 4
HIDDEN: dict[str, Callable[[bytearray, Headers], object]] = {
    "not allocated": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".text") + FLAGS, 4),
    "shorter": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".text") + SIZE, 64),
    "elsewhere": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".data") + ADDRESS, 1 << 28),
    "without contents": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".data") + KIND, 8),
    "less zeroed": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".bss") + SIZE, 64),
    "zeroed elsewhere": lambda elf, headers: struct.pack_into("<I", elf, _section(headers, elf, b".bss") + FLAGS, 1),
    "a segment in part": lambda elf, headers: struct.pack_into("<I", elf, headers.program + 16, 40),
    "no contents of .data": lambda elf, headers: struct.pack_into("<I", elf, headers.program + 32 + 16, 0),
    "fewer sections": lambda elf, _: struct.pack_into("<H", elf, 48, 2),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_segments_load_and_no_section_has_is_a_damaged_file(tmp_path: Path, how: str) -> None:
    """Sections are what is counted, and what objcopy takes; a loader takes the segments."""
    link_stm32(tmp_path)
    path = tmp_path / "firmware.elf"
    read_image(path)
    elf = bytearray(path.read_bytes())
    HIDDEN[how](elf, Headers(bytes(elf)))
    path.write_bytes(elf)
    with pytest.raises(
        SetupError,
        match=r"that no section has|and its segment disagree|has no section that is there|no section headers",
    ):
        read_image(path)


def test_a_section_that_is_added_to_a_linked_file_counts(tmp_path: Path) -> None:
    """objcopy puts it into no segment."""
    link_stm32(tmp_path)
    (tmp_path / "extra").write_bytes(b"checksum" * 8)
    add = ["--add-section", ".extra=extra", "--set-section-flags", ".extra=alloc,load,readonly"]
    move = ["--change-section-address", ".extra=0x08010000"]
    command = [tool("arm-none-eabi-objcopy"), *add, *move, "firmware.elf", "added.elf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (section,) = [each for each in read_image(tmp_path / "added.elf").sections if each.name == ".extra"]
    assert section.allocated and section.address == 0x08010000 and section.size == 64

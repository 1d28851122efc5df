"""ELF files and maps altered at random, the same each time: what reads them says so, soon, in little memory.

An altered file may still be a right one, and is measured then. What is never the answer: a defect of ours.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import struct
import subprocess
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from linked import tool

from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import ExitCode
from platformio_tinyml.standalone.build import write_sources
from platformio_tinyml.tflite import read_model_file

pytest.importorskip("unicorn")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="runs each command in a fork")]

COMPILERS = {
    "arm": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "--specs=nosys.specs"),
    "riscv": ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"),
    "avr": ("avr-gcc", "-mmcu=atmega328p"),
    "host": ("gcc", "-static"),
}
MCUS = {"avr": "atmega328p"}
MAIN = """\
#include <sine_model.h>
int main(void) { sine_init(); *sine_input_0() = 20; sine_invoke(); return *sine_output_0(); }
"""
MUTANTS = 24
SECONDS = 30
"""Of the processor, for what takes 0.1: a loop that does not end is given up after 20."""
KILOBYTES = 300_000
"""More than for the right file."""
EDGES = (
    0,
    1,
    4,
    0xFF,
    0x1000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x20000000,
    0x08000000,
    1 << 47,
    1 << 53,
    (1 << 64) - 1,
)


@dataclass(frozen=True)
class Firmware:
    elf: bytes
    map: bytes
    manifest: Path
    machine: str


@pytest.fixture(scope="module", params=COMPILERS)
def firmware(request: pytest.FixtureRequest, repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    machine = str(request.param)
    compiler, *flags = COMPILERS[machine]
    folder = tmp_path_factory.mktemp(machine)
    (manifest,) = write_sources([read_model_file(repo / "examples" / "sine" / "models" / "sine.tflite")], folder)
    (folder / "main.c").write_text(MAIN)
    (folder / "kws_model.json").write_text(manifest.to_json())
    sources = sorted(path.name for path in folder.glob("*.c"))
    command = [tool(compiler), *flags, "-Os", "-I.", *sources, "-o", "firmware.elf", "-Wl,-Map=firmware.map"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    elf, linker_map = (folder / "firmware.elf").read_bytes(), (folder / "firmware.map").read_bytes()
    return Firmware(elf, linker_map, folder / "kws_model.json", machine)


class Headers:
    """Where the fields of an ELF's headers are: (offset, bytes)."""

    def __init__(self, elf: bytes) -> None:
        wide = elf[4] == 2
        self.word = 8 if wide else 4
        self.program, self.section = struct.unpack_from("<QQ" if wide else "<II", elf, 32 if wide else 28)
        counts = struct.unpack_from("<HHHH", elf, 54 if wide else 42)
        self.program_size, self.programs, self.section_size, self.sections = counts
        self.elf = elf

    def of_file(self) -> list[tuple[int, int]]:
        return [(4, 1), (5, 1), (16, 2), (18, 2), *((at, self.word) for at in range(24, 24 + 3 * self.word, self.word))]

    def of_segments(self) -> list[tuple[int, int]]:
        return list(self._fields(self.program, self.program_size, self.programs))

    def of_sections(self) -> list[tuple[int, int]]:
        return list(self._fields(self.section, self.section_size, self.sections))

    def _fields(self, start: int, size: int, count: int) -> Iterator[tuple[int, int]]:
        return ((start + row * size + at, self.word) for row in range(count) for at in range(0, size, self.word))

    def contents(self) -> range:
        """Of the first segment that is loaded: code and constants."""
        wide = self.word == 8
        for row in range(self.programs):
            at = self.program + row * self.program_size
            fields = struct.unpack_from("<IIQQQQ" if wide else "<IIIII", self.elf, at)
            start, size = (fields[2], fields[5]) if wide else (fields[1], fields[4])
            if fields[0] == 1 and size > 1000:
                return range(start, start + size)
        return range(len(self.elf))


def _put(data: bytearray, at: int, size: int, dice: random.Random) -> None:
    old = int.from_bytes(data[at : at + size], "little")
    value = dice.choice([*EDGES, dice.getrandbits(32), old + 1, old - 1, old + 0x1000, old ^ 1 << 28])
    data[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def altered_elf(elf: bytes, dice: random.Random) -> bytes:
    data, headers = bytearray(elf), Headers(elf)
    kind = dice.choice(["byte", "file", "segments", "sections", "sections", "cut", "contents", "contents"])
    if kind == "cut":
        return bytes(data[: dice.randrange(len(data))])
    for _ in range(dice.choice([1, 1, 3])):
        if kind in ("byte", "contents"):
            places = headers.contents() if kind == "contents" else range(len(data))
            data[dice.choice(places)] = dice.randrange(256)
        else:
            fields = {"file": headers.of_file, "segments": headers.of_segments, "sections": headers.of_sections}[kind]()
            _put(data, *dice.choice(fields), dice)
    return bytes(data)


def altered_map(text: bytes, dice: random.Random) -> bytes:
    kind = dice.choice(["cut", "bytes", "numbers", "lines"])
    if kind == "cut":
        return text[: dice.randrange(len(text))]
    if kind == "lines":
        lines = text.split(b"\n")
        for _ in range(10):
            lines[dice.randrange(len(lines))] = dice.choice(lines)
        return b"\n".join(lines)
    data = bytearray(text)
    numbers = [match.span() for match in re.finditer(rb"(?<=0x)[0-9a-f]+", text)]
    for _ in range(10):
        if kind == "bytes":
            data[dice.randrange(len(data))] = dice.randrange(256)
        else:
            start, end = dice.choice(numbers)
            data[start:end] = f"{dice.choice(EDGES):0{end - start}x}"[-(end - start) :].encode()
    return bytes(data)


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    seconds: float
    kilobytes: int


def run(arguments: list[str]) -> Ran:
    """`main` in a process of its own, whose time and memory are known."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        said = io.StringIO()
        code = int(ExitCode.INTERNAL)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
                code = main(arguments)
        except BaseException:
            said.write(traceback.format_exc())
        os.write(write, said.getvalue()[-2000:].encode("utf-8", "replace"))
        os._exit(code)
    os.close(write)
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    return Ran(os.waitstatus_to_exitcode(status), told, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def _commands(firmware: Firmware, elf: str, linker_map: str, folder: Path) -> dict[str, list[str]]:
    manifest, mcu = ["--manifest", str(firmware.manifest)], ["--mcu", MCUS.get(firmware.machine, "")]
    output = ["-o", str(folder / "reports")]
    return {
        "footprint": ["footprint", elf],
        "footprint with a map": ["footprint", elf, *mcu, "--map", linker_map, "--json"],
        "check": ["check", elf, *manifest, *mcu, "--map", linker_map, *output],
        "check of a failed link": ["check", "--map", linker_map, *manifest, *mcu, *output],
        "profile": ["profile", elf, *manifest, "--json"],
        "audit": ["audit", elf, "--map", linker_map, "--json"],
        "verify": ["verify", elf, *manifest, "--reference", str(folder / "right.elf")],
    }


@pytest.mark.parametrize("what", ["elf", "map"])
def test_altered_files(firmware: Firmware, tmp_path: Path, what: str) -> None:
    alter: Callable[[bytes, random.Random], bytes] = altered_elf if what == "elf" else altered_map
    elf, linker_map = tmp_path / "firmware.elf", tmp_path / "firmware.map"
    (tmp_path / "right.elf").write_bytes(firmware.elf)
    commands = _commands(firmware, str(elf), str(linker_map), tmp_path)
    if what == "map":
        commands = {name: words for name, words in commands.items() if "--map" in words}
    elf.write_bytes(firmware.elf)
    linker_map.write_bytes(firmware.map)
    # Here, so that what they import is there in each process; without an emulator, whose memory each would copy.
    for words in (words for words in commands.values() if "--map" in words):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(words)
    right = {name: run(words) for name, words in commands.items()}
    assert right["footprint with a map"].code == 0, right["footprint with a map"].said
    for number in range(MUTANTS):
        dice = random.Random(f"{firmware.machine} {what} {number}")
        if what == "elf":
            elf.write_bytes(alter(firmware.elf, dice))
        else:
            linker_map.write_bytes(alter(firmware.map, dice))
        for name, words in commands.items():
            found = run(words)
            where = f"{name} of mutant {number}: {found}"
            assert 0 <= found.code < ExitCode.INTERNAL, where
            assert "Traceback" not in found.said, where
            assert found.seconds < SECONDS, where
            assert found.kilobytes < right[name].kilobytes + KILOBYTES, where

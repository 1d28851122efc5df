"""Many altered ELF files and maps through the commands that read them.

    python tests/firmware/sweep.py MACHINE elf|map MUTANTS [FIRST [COMMAND ...]]

prints a line for each finding: a defect of ours, a hang, gigabytes, a message that is none, and a pass of a file that
has more than was counted (`examine`). A mutant's number gives the same file in every run.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
if __name__ == "__main__":
    sys.path[:0] = map(str, (REPO, HERE.parent, HERE))

from altered_files import altered_elf, altered_map, hidden  # noqa: E402

from platformio_tinyml.cli.main import main  # noqa: E402
from platformio_tinyml.errors import ExitCode  # noqa: E402
from platformio_tinyml.firmware.elf import read_image  # noqa: E402
from platformio_tinyml.standalone.build import write_sources  # noqa: E402
from platformio_tinyml.tflite import read_model_file  # noqa: E402

SECONDS = 30
"""Of the processor, for what takes 0.1: a loop that does not end is given up after 6, on two inputs."""
KILOBYTES = 300_000
"""More than for the right file."""
LINES, COLUMNS = 6, 96
"""Of a message."""
LARGEST_IMAGE = 1 << 24
"""Bytes: objcopy fills whatever gap an altered address makes."""
MAIN = """\
#include <sine_model.h>
int table[9] = {1, 2};
int main(void) { sine_init(); *sine_input_0() = (signed char)table[1]; sine_invoke(); return *sine_output_0(); }
"""
VECTORS = """
void _start(void) { main(); for (;;) ; }
const void *const vectors[8] __attribute__((section(".vectors"), used)) = {(void *)0x20002000, (void *)_start};
"""
SCRIPTS = REPO / "platform-emulated" / "ldscripts"
NAMES = ("flash_start", "flash_size", "ram_start", "ram_size", "stack_size")


@dataclass(frozen=True)
class Machine:
    """A compiler, the chip, the linker script's figures as in NAMES, sizes of flash and RAM."""

    compiler: tuple[str, ...]
    objcopy: str = ""
    mcu: str = ""
    script: str = ""
    figures: tuple[str, ...] = ()
    limits: tuple[str, str] = ("", "")
    source: str = MAIN


MACHINES = {
    "arm": Machine(
        ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "--specs=nosys.specs", "-nostartfiles"),
        "arm-none-eabi-objcopy",
        "stm32f405rgt6",
        "cortex-m.ld",
        ("0x08000000", "0x100000", "0x20000000", "0x20000", "0x400"),
        ("1MB", "128KB"),
        MAIN + VECTORS,
    ),
    "riscv": Machine(
        ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"),
        "riscv64-unknown-elf-objcopy",
        "fe310",
        "picolibc.ld",
        ("0x20010000", "0x3f0000", "0x80000000", "0x4000", "0x400"),
        ("4032KB", "16KB"),
    ),
    "xtensa": Machine(
        ("xtensa-lx106-elf-gcc", "-mlongcalls", "-nostartfiles", "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"),
        "xtensa-lx106-elf-objcopy",
        "",
        "lx106.ld",
        ("0x50000000", "0x100000", "0x60000000", "0x14000", "0x400"),
        ("1MB", "80KB"),
        MAIN + VECTORS,
    ),
    "avr": Machine(("avr-gcc", "-mmcu=atmega328p"), "avr-objcopy", "atmega328p", limits=("32256", "2048")),
    "host": Machine(("gcc", "-static")),
}


@dataclass(frozen=True)
class Firmware:
    """What is right; all of it lies in `folder`."""

    name: str
    machine: Machine
    folder: Path
    elf: bytes
    map: bytes
    weights: dict[int, int]
    """Where the weights lie in the file -> how many bytes of them."""


def build(name: str, folder: Path) -> Firmware:
    """The sine model's firmware. FileNotFoundError where there is no compiler."""
    machine = MACHINES[name]
    if shutil.which(machine.compiler[0]) is None:
        raise FileNotFoundError(machine.compiler[0])
    model = read_model_file(REPO / "examples" / "sine" / "models" / "sine.tflite")
    (manifest,) = write_sources([model], folder)
    (folder / "main.c").write_text(machine.source)
    (folder / "model.json").write_text(manifest.to_json())
    # picolibc's script has __flash and __ram.
    words = [each.removesuffix("_start") if name == "riscv" else each for each in NAMES]
    figures = [f"-Wl,--defsym=__{word}={value}" for word, value in zip(words, machine.figures, strict=False)]
    script = ["-T", str(SCRIPTS / machine.script) if (SCRIPTS / machine.script).exists() else machine.script]
    sources = sorted(path.name for path in folder.glob("*.c"))
    command = [*machine.compiler, "-Os", "-I.", "-ffunction-sections", "-fdata-sections", *sources]
    command += ["-o", "right.elf", "-Wl,-Map=right.map", *figures, *(script if machine.script else [])]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    elf = (folder / "right.elf").read_bytes()
    image = read_image(folder / "right.elf")
    weights = {}
    for symbol in image.symbols:
        if manifest.symbols.get(symbol.name, "").startswith("weights:") and symbol.size:
            data = next(
                segment.data[symbol.address - segment.address :][: symbol.size]
                for segment in image.segments
                if segment.address <= symbol.address < segment.address + len(segment.data)
            )
            weights[elf.index(data)] = symbol.size
    return Firmware(name, machine, folder, elf, (folder / "right.map").read_bytes(), weights)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    said: str
    seconds: float
    kilobytes: int


def run(arguments: list[str]) -> Ran:
    """`main` in a process of its own, whose time and memory are known."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        out, said = io.StringIO(), io.StringIO()
        code = int(ExitCode.INTERNAL)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
                code = main(arguments)
        except BaseException:
            said.write(traceback.format_exc())
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            pipe.write(json.dumps([out.getvalue(), said.getvalue()[-5000:]]).encode())
        os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        out, said = json.loads(pipe.read() or '["", "ended by a signal"]')
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    return Ran(os.waitstatus_to_exitcode(status), out, said, seconds, usage.ru_maxrss)


def commands(firmware: Firmware) -> dict[str, list[str]]:
    """By what they are called in findings."""
    folder, machine = firmware.folder, firmware.machine
    elf, linker_map = str(folder / "firmware.elf"), str(folder / "firmware.map")
    manifest, mcu = ["--manifest", str(folder / "model.json")], ["--mcu", machine.mcu]
    flash, ram = machine.limits
    limits = ["--flash-limit", flash, "--ram-limit", ram] if flash else []
    sizes = ["--flash", flash, "--ram", ram] if flash else []
    output = ["-o", str(folder / "reports")]
    return {
        "footprint": ["footprint", elf, *mcu, *sizes, "--json"],
        "footprint with a map": ["footprint", elf, *mcu, *sizes, "--map", linker_map, "--json"],
        "check": ["check", elf, *manifest, *mcu, *limits, "--map", linker_map, *output, "--json"],
        "check of a failed link": ["check", "--map", linker_map, *manifest, *mcu, *limits, *output],
        "profile": ["profile", elf, *manifest],
        "audit": ["audit", elf, "--map", linker_map, "--json"],
        "verify": ["verify", elf, *manifest, "--reference", str(folder / "right.elf"), "--count", "1"],
    }


@dataclass
class Sweep:
    """`only` are names of commands, all where there are none; `right` is what they do with the right files, `findings`
    what ought not to be."""

    firmware: Firmware
    what: str
    only: tuple[str, ...] = ()
    right: dict[str, Ran] = field(default_factory=dict)
    ends: Counter[tuple[str, int]] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._put(self.firmware.elf, self.firmware.map)
        self.commands = commands(self.firmware)
        if self.what == "map":
            self.commands = {name: words for name, words in self.commands.items() if "--map" in words}
        if self.only:
            self.commands = {name: words for name, words in self.commands.items() if name in self.only}
        # Here, so that what they import is there in each process; without an emulator, whose memory each would copy.
        for words in (words for words in self.commands.values() if "--map" in words):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                main(words)
        self.right = {name: run(words) for name, words in self.commands.items()}

    def mutant(self, number: int) -> Iterator[str]:
        """Make the mutant of that number, run all commands on it; what they did wrong."""
        dice = random.Random(f"{self.firmware.name} {self.what} {number}")
        elf, linker_map = self.firmware.elf, self.firmware.map
        if self.what == "elf":
            elf = altered_elf(elf, dice)
        else:
            linker_map = altered_map(linker_map, dice)
        self._put(elf, linker_map)
        for name, words in self.commands.items():
            ran = run(words)
            self.ends[name, ran.code] += 1
            for finding in self._examine(name, ran, elf):
                self.findings.append(f"{self.firmware.name} {self.what} {number}, {name}: {finding}")
                yield self.findings[-1]

    def _put(self, elf: bytes, linker_map: bytes) -> None:
        (self.firmware.folder / "firmware.elf").write_bytes(elf)
        (self.firmware.folder / "firmware.map").write_bytes(linker_map)

    def _examine(self, name: str, ran: Ran, elf: bytes) -> Iterator[str]:
        right = self.right[name]
        if not 0 <= ran.code < ExitCode.INTERNAL or "Traceback" in ran.said:
            yield f"exit {ran.code}: {ran.said[-800:]}"
        if ran.seconds > SECONDS:
            yield f"{ran.seconds:.1f} s"
        if ran.kilobytes > right.kilobytes + KILOBYTES:
            yield f"{ran.kilobytes:,} KB"
        lines = ran.said.splitlines()
        broken = os.environ.get("TINYML_COLUMNS") != "0"  # in the suite no line is
        short = 0 < len(lines) <= LINES and all(len(line) <= COLUMNS for line in lines if broken)
        if ran.code > ExitCode.OVER_BUDGET and "--json" not in self.commands[name] and not short:
            yield f"no message: {ran.said!r}"
        if ran.code == ExitCode.OK and self.what == "elf" and self.firmware.machine.objcopy:
            yield from self._passed(name, ran, elf)
        if ran.code == ExitCode.OK and self.what == "map" and "--json" in self.commands[name] and name != "audit":
            was, found = (_used(each.out) for each in (right, ran))
            if found[0] < was[0] or found[1] < was[1]:
                yield f"passes with {found}, of {was}"

    def _passed(self, name: str, ran: Ran, elf: bytes) -> Iterator[str]:
        """What is wrong with a pass."""
        if name.startswith(("footprint", "check")):
            flash, _ = _used(ran.out)
            image = self._image_size()
            if image is not None and image != flash:
                yield f"passes with {flash:,} bytes of flash, and the image has {image:,}"
            for address, size in hidden(elf):
                yield f"passes, and {size:,} bytes at {address:#x} are in no section"
        if name == "verify":
            for start, size in self.firmware.weights.items():
                if elf[start : start + size] != self.firmware.elf[start : start + size]:
                    yield f"equal, and the weights at {start:#x} of the file are others"

    def _image_size(self) -> int | None:
        """The length of `objcopy -O binary`; None where it refuses, and where the image is larger than any flash."""
        folder = self.firmware.folder
        without = ["-R", ".eeprom"] if self.firmware.name == "avr" else []
        image = folder / "image.bin"
        image.unlink(missing_ok=True)
        limited = f'ulimit -f {LARGEST_IMAGE >> 10}; exec "$@"'
        command = [self.firmware.machine.objcopy, *without, "-O", "binary", "firmware.elf", image.name]
        done = subprocess.run(["bash", "-c", limited, "bash", *command], cwd=folder, capture_output=True, check=False)
        return image.stat().st_size if done.returncode == 0 and image.exists() else None


def _used(document: str) -> tuple[int, int]:
    """Flash and RAM of a JSON document."""
    found = json.loads(document)
    flash, ram = (found[kind] for kind in ("flash", "ram"))
    return (flash["used"], ram["used"]) if isinstance(flash, dict) else (flash, ram)


if __name__ == "__main__":
    chosen, kind, count, first = sys.argv[1], sys.argv[2], int(sys.argv[3]), int((*sys.argv[4:], "0")[0])
    with tempfile.TemporaryDirectory() as temporary:
        sweep = Sweep(build(chosen, Path(temporary)), kind, tuple(sys.argv[5:]))
        done = 0
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(first, first + count):
                for finding in sweep.mutant(number):
                    print(finding, flush=True)
                done += 1
        print(chosen, kind, f"{done} mutants", dict(sorted(sweep.ends.items())))
        sys.exit(bool(sweep.findings))

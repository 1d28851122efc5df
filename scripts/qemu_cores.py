"""Cores that run only in QEMU, Cortex-M55 and Xtensa LX106: C sources linked for them, run, and counted.

`python scripts/qemu_cores.py CORE MODEL.tflite` prints the instructions of one invoke at -Os.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from platformio_tinyml.bench.bench import inputs_of  # noqa: E402
from platformio_tinyml.manifest import Manifest  # noqa: E402
from platformio_tinyml.standalone.build import write_sources  # noqa: E402
from platformio_tinyml.tflite import read_model_file  # noqa: E402

PLATFORM = REPO / "platform-emulated"
TIMES = 20
"""Invokes that are counted, as one count of a timer is so many instructions."""


@dataclass(frozen=True)
class QemuCore:
    """How to compile and run for a core. `counter` is C that declares `now()`, a counter of 32 bits that counts once in
    `instructions` when QEMU's clock goes by instructions, a nanosecond each."""

    compiler: str
    flags: tuple[str, ...]
    link: tuple[str, ...]
    memory: dict[str, int]
    sources: str
    script: str
    qemu: tuple[str, ...]
    counter: str
    instructions: float


_QUIET = ("-display", "none", "-monitor", "none", "-serial", "none")
CORES = {
    "M55": QemuCore(
        compiler="arm-none-eabi-gcc",
        flags=("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-mfpu=auto"),
        link=("--specs=nano.specs",),
        memory={"flash_start": 0x10000000, "flash_size": 1 << 19, "ram_start": 0x30000000, "ram_size": 1 << 19},
        sources="cortex-m",
        script="cortex-m.ld",
        qemu=("qemu-system-arm", "-machine", "mps3-an547", *_QUIET, "-semihosting-config", "enable=on,target=native"),
        counter="""
            #define SYSTICK ((volatile uint32_t *)0xe000e010)
            static void start(void) { SYSTICK[1] = 0xffffff; SYSTICK[2] = 0; SYSTICK[0] = 5; }
            static uint32_t passed(uint32_t from, uint32_t to) { return (from - to) & 0xffffff; }
            static uint32_t now(void) { return SYSTICK[2]; }
        """,
        instructions=1e9 / 32e6,  # the board's clock
    ),
    "LX106": QemuCore(
        compiler="xtensa-lx106-elf-gcc",
        flags=("--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs", "-mlongcalls"),
        link=(),
        memory={"flash_start": 0x50000000, "flash_size": 1 << 20, "ram_start": 0x60000000, "ram_size": 1 << 19},
        sources="lx106",
        script="lx106.ld",
        qemu=("qemu-system-xtensa", "-machine", "sim", "-cpu", "lx106", *_QUIET, "-semihosting"),
        counter="""
            static void start(void) { }
            static uint32_t passed(uint32_t from, uint32_t to) { return to - from; }
            static uint32_t now(void) { uint32_t c; __asm__ volatile("rsr %0, ccount" : "=r"(c)); return c; }
        """,
        instructions=1e9 / 40e6,  # what QEMU gives this core
    ),
}


def run(core: QemuCore, folder: Path, optimize: str, *, by_instructions: bool = False) -> list[str]:
    """Compile and link all C files of `folder`, run them to their end, and return the lines that they printed.

    With `by_instructions` QEMU's clock goes by instructions. CalledProcessError where a step fails, TimeoutExpired
    after five minutes.
    """
    symbols = [f"-Wl,--defsym=__{name}={value}" for name, value in {**core.memory, "stack_size": 4096}.items()]
    support = [path for path in sorted((PLATFORM / "cores" / core.sources).iterdir()) if path.suffix in (".c", ".S")]
    sources = [*sorted(folder.glob("*.c")), *support]
    link = ["-nostartfiles", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", *symbols]
    script = ["-T", PLATFORM / "ldscripts" / core.script]
    elf = folder / "firmware.elf"
    flags = [*core.flags, "-std=gnu99", "-ffunction-sections", "-fdata-sections", optimize, f"-I{PLATFORM / 'cores'}"]
    command = [core.compiler, *flags, *sources, *core.link, *link, *script, "-o", elf]
    subprocess.run(command, check=True, capture_output=True)
    clock = ["-icount", "shift=0"] if by_instructions else []
    ran = subprocess.run([*core.qemu, *clock, "-kernel", elf], capture_output=True, text=True, timeout=300, check=True)
    return ran.stdout.splitlines()


def count(core: QemuCore, model: Path, optimize: str = "-Os") -> int:
    """Instructions of one invoke, on the inputs of bench_model: the mean of TIMES, which may be off by 2."""
    with tempfile.TemporaryDirectory(prefix="tinyml-qemu-") as name:
        folder = Path(name)
        (manifest,) = write_sources([read_model_file(model)], folder)
        (folder / "main.c").write_text(_counting(core, manifest))
        lines = run(core, folder, optimize, by_instructions=True)
    counts = [int(line) for line in lines]
    return round(sum(counts) * core.instructions / len(counts))


def array(name: str, value: bytes) -> str:
    """C of so many bytes."""
    return f"static const unsigned char {name}[] = {{{','.join(map(str, value))}}};"


def _counting(core: QemuCore, manifest: Manifest) -> str:
    lines = ["#include <stdint.h>", "#include <stdio.h>", "#include <string.h>", f'#include "{manifest.header}"']
    fill = []
    for tensor, value in zip(manifest.inputs, inputs_of(manifest), strict=True):
        lines.append(array(tensor.accessor, value))
        fill.append(f"memcpy({tensor.accessor}(), {tensor.accessor}_bytes, {len(value)});")
    lines = [line.replace("[] =", "_bytes[] =") for line in lines]
    return "\n".join(
        [
            *lines,
            core.counter,
            "int main(void) {",
            "  start();",
            f"  if ({manifest.init}()) return 1;",
            f"  for (int i = 0; i < {TIMES}; i++) {{",
            *fill,
            "    const uint32_t from = now();",
            f"    if ({manifest.invoke}()) return 1;",
            '    printf("%lu\\n", (unsigned long)passed(from, now()));',
            "  }",
            "  return 0;",
            "}",
            "",
        ]
    )


def main(arguments: Sequence[str]) -> int:
    """Print one count."""
    core, model = arguments
    print(f"{count(CORES[core], Path(model)):,}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

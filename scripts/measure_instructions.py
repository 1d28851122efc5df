"""Write platformio_tinyml/profile/ratios.json: instructions for each MAC and byte moved, for estimates.

Models are those of ../shared/models and of examples/, less calls of float and hybrid kernels. On the 32-bit cores
each is built at -Os (`bench`; kernels have a level of their own) and runs in the emulator. On AVR, an ATmega1284P in
simavr, run those that fit its 16 KB of RAM; what none of them has is scaled from the Cortex-M0, by the smallest and
largest factor of the operators that both ran. Ten minutes of processor.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from ctypes import (
    CDLL,
    CFUNCTYPE,
    RTLD_GLOBAL,
    c_char_p,
    c_int,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
    create_string_buffer,
)
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from platformio_tinyml.bench import bench_model  # noqa: E402
from platformio_tinyml.errors import ModelError  # noqa: E402
from platformio_tinyml.manifest import Manifest  # noqa: E402
from platformio_tinyml.operators import check_model  # noqa: E402
from platformio_tinyml.standalone.build import write_sources  # noqa: E402
from platformio_tinyml.standalone.targets import find_target  # noqa: E402
from platformio_tinyml.tflite import read_model_file  # noqa: E402

TABLE = ROOT / "platformio_tinyml" / "profile" / "ratios.json"
AVR_ALONE = ("edges",)
"""Models whose single channels take the most for each MAC: beyond the factor of 2 that an estimate adds on AVR, not on
32-bit cores, where with them the ranges of all others would be four times as wide."""
BOARDS = ("microbit", "stm32vldiscovery", "netduinoplus2")
LEVEL = "-Os"
AVR_MCU, AVR_RAM, AVR_FLASH = "atmega1284p", 16384, 65536
AVR_FLAGS = (f"-mmcu={AVR_MCU}", "-std=c99", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
MARK, CLOCK = 0x3E, 0x4B
"""GPIOR0 and GPIOR2 as data addresses (ATmega1284P data sheet, register summary)."""
DONE, CRASHED = 6, 7

Found = dict[str, list[float]]
"""Instructions for each MAC and byte moved, of every call of an operator."""


def models() -> list[Path]:
    """All that the compiled runtime takes, less those that compute nothing of 8 or 16 bits."""
    shared = sorted((ROOT.parent / "shared" / "models").glob("*.tflite"))
    mine = [path for path in sorted(ROOT.glob("examples/*/models/*.tflite")) if ".pio" not in path.parts]
    return [path for path in (*shared, *mine) if _is_taken(path)]


def _is_taken(path: Path) -> bool:
    try:
        model = read_model_file(path)
        made = {model.tensors[index].type.name for operator in model.operators for index in operator.outputs}
        return not check_model(model) and not made.isdisjoint(("INT8", "INT16"))
    except ModelError:
        return False


def work(manifest: Manifest) -> list[int]:
    """MACs and bytes moved of each call."""
    return [macs + info.moved for (_, _, _, macs), info in zip(manifest.calls, manifest.call_infos, strict=True)]


def add(found: Found, manifest: Manifest, counts: Iterable[int]) -> None:
    """The ratio of each call of a kernel of integers: one of floats, hybrid ones too, says nothing about int8."""
    for (_, opcode, function, _), units, count in zip(manifest.calls, work(manifest), counts, strict=True):
        if not function.endswith("_f32"):
            found[opcode].append(count / units)


def on_emulator(board: str, paths: Iterable[Path]) -> Found:
    """Of these models."""
    found: Found = defaultdict(list)
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            (manifest,) = write_sources([read_model_file(path)], Path(folder))
        bench = bench_model(path, find_target(board), LEVEL)
        add(found, manifest, [operator.instructions for operator in bench.operators])
        print(f"{board}: {path.stem}", file=sys.stderr)
    return found


_AVR_MAIN = """\
#include <avr/io.h>
#include <avr/interrupt.h>
#include <avr/sleep.h>
#include "%(header)s"
%(wrappers)s
int main(void) {
  TCCR1B = 1;                       /* each cycle, modulo 65,536 */
  TCCR3B = 5;                       /* clock / 1024 */
  if (%(init)s()) return 1;
  TCNT3 = 0;
  TCNT1 = 0;
  GPIOR0 = 1;
  if (%(invoke)s()) return 1;
  uint16_t cycles = TCNT1, ticks = TCNT3;
  GPIOR0 = 2;
  GPIOR2 = (uint8_t)ticks;
  GPIOR2 = (uint8_t)(ticks >> 8);
  GPIOR2 = (uint8_t)cycles;
  GPIOR2 = (uint8_t)(cycles >> 8);
  cli();
  sleep_mode();
}
"""
_AVR_WRAPPER = """\
extern void __real_%(name)s(const void *, const void *, const void *, const void *, void *, void *);
void __wrap_%(name)s(const void *a, const void *b, const void *c, const void *d, void *e, void *f) {
  GPIOR0 = 3;
  __real_%(name)s(a, b, c, d, e, f);
  GPIOR0 = 4;
}
"""
"""Six pointers fill the argument registers, whatever the kernel takes of them."""


@dataclass(frozen=True)
class AvrInvoke:
    """Instructions of each kernel call by operator, and of invoke with its cycles, by simavr's own count of them."""

    manifest: Manifest
    calls: tuple[int, ...]
    instructions: int
    cycles: int


def avr_invoke(path: Path, level: str) -> AvrInvoke | None:
    """Of a model that fits the chip."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (manifest,) = write_sources([read_model_file(path)], folder)
        if manifest.arena.size > AVR_RAM - 1024 or manifest.weights > AVR_FLASH:
            return None
        kernels = sorted({function for _, _, function, _ in manifest.calls})
        wrappers = "".join(_AVR_WRAPPER % {"name": kernel} for kernel in kernels)
        words = {"header": manifest.header, "init": manifest.init, "invoke": manifest.invoke}
        (folder / "main.c").write_text(_AVR_MAIN % {**words, "wrappers": wrappers})
        elf = folder / "avr.elf"
        wrap = [f"-Wl,--wrap={kernel}" for kernel in kernels]
        sources = map(str, sorted(folder.glob("*.c")))
        subprocess.run(["avr-gcc", *AVR_FLAGS, *wrap, level, *sources, "-o", str(elf)], check=True)
        counts, total, cycles = simulate(elf)
    return AvrInvoke(manifest, manifest.by_call(counts), total, cycles)


def on_avr() -> tuple[Found, list[float]]:
    """Of the models that fit; and cycles per instruction of each run."""
    found: Found = defaultdict(list)
    cpi = []
    for path in models():
        invoke = avr_invoke(path, LEVEL)
        if invoke is None:
            continue
        add(found, invoke.manifest, invoke.calls)
        if invoke.instructions < 30_000_000:  # the clock goes up to 67 million cycles
            cpi.append(invoke.cycles / invoke.instructions)
        print(f"avr: {path.stem}, {invoke.instructions:,} instructions, {invoke.cycles:,} cycles", file=sys.stderr)
    return found, cpi


_LOOP = """\
#include <stdint.h>
extern int avr_run(void *avr);
uint64_t ran;
void run_until(void *avr, int state) { for (ran = 0; avr_run(avr) < state;) ran++; }
"""
"""One instruction a call: in C, since there are a hundred million of them."""


@functools.cache
def _loop() -> CDLL:
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "loop.c"), Path(folder, "loop.so")
        source.write_text(_LOOP)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", source, "-o", made], check=True)
        return CDLL(str(made))


def simulate(elf: Path) -> tuple[list[int], int, int]:
    """(instructions of each kernel call, of invoke, cycles of invoke) in libsimavr."""
    simavr = CDLL("libsimavr.so.2", mode=RTLD_GLOBAL)
    loop = _loop()
    ran = c_uint64.in_dll(loop, "ran")
    simavr.avr_make_mcu_by_name.restype = c_void_p
    log = CFUNCTYPE(None, c_void_p, c_int, c_char_p, c_void_p)(lambda avr, level, text, values: None)
    simavr.avr_global_logger_set(log)
    avr = c_void_p(simavr.avr_make_mcu_by_name(AVR_MCU.encode()))
    firmware = create_string_buffer(1 << 16)
    if simavr.elf_read_firmware(str(elf).encode(), firmware):
        sys.exit(f"simavr cannot read {elf}")
    simavr.avr_init(avr)
    simavr.avr_load_firmware(avr, firmware)
    marks: list[tuple[int, int]] = []
    ticks: list[int] = []

    def on_mark(avr: int, address: int, value: int, parameter: int) -> None:
        marks.append((value, ran.value))

    def on_clock(avr: int, address: int, value: int, parameter: int) -> None:
        ticks.append(value)

    kind = CFUNCTYPE(None, c_void_p, c_uint32, c_uint8, c_void_p)
    callbacks = kind(on_mark), kind(on_clock)
    simavr.avr_register_io_write(avr, MARK, callbacks[0], None)
    simavr.avr_register_io_write(avr, CLOCK, callbacks[1], None)
    loop.run_until(avr, DONE)
    times = defaultdict(list)
    for value, at in marks:
        times[value].append(at)
    if len(ticks) != 4 or len(times[3]) != len(times[4]):
        sys.exit(f"{elf} did not run in simavr")
    # A write to GPIOR0 is an ldi and an out: one of the two falls between the marks.
    counts = [end - start - 1 for start, end in zip(times[3], times[4], strict=True)]
    about, exactly = (ticks[0] | ticks[1] << 8) * 1024, ticks[2] | ticks[3] << 8
    total, cycles = times[2][0] - times[1][0], about + (exactly - about + 0x8000) % 0x10000 - 0x8000
    while cycles < total:  # the clock begins anew after 67 million, and no instruction takes less than one
        cycles += 1024 << 16
    return counts, total, cycles


def ranges(found: Found) -> dict[str, list[float]]:
    """[lowest, highest] by operator."""
    return {opcode: [round(min(each), 2), round(max(each), 2)] for opcode, each in sorted(found.items())}


def scaled(avr: dict[str, list[float]], m0: dict[str, list[float]]) -> Iterator[tuple[str, list[float]]]:
    """`avr` with the operators that only `m0` has."""
    low = min(avr[opcode][0] / m0[opcode][0] for opcode in avr)
    high = max(avr[opcode][1] / m0[opcode][1] for opcode in avr)
    for opcode, (least, most) in m0.items():
        yield opcode, avr.get(opcode, [round(least * low, 2), round(most * high, 2)])


def version(compiler: str) -> str:
    """As the compiler says."""
    return subprocess.run([compiler, "-dumpversion"], check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    missing = [tool for tool in ("arm-none-eabi-gcc", "avr-gcc") if shutil.which(tool) is None]
    if missing or not (ROOT.parent / "shared" / "models").is_dir():
        print(f"without {', '.join(missing) or 'the shared models'}: nothing written", file=sys.stderr)
        return 1
    wide = [path for path in models() if path.stem not in AVR_ALONE]
    boards = {board: ranges(on_emulator(board, wide)) for board in BOARDS}
    avr, cpi = on_avr()
    cores = {
        opcode: [min(each[opcode][0] for each in boards.values()), max(each[opcode][1] for each in boards.values())]
        for opcode in boards[BOARDS[0]]
    }
    document = {
        "about": "Instructions of a kernel call of the compiled runtime / (MACs + bytes moved): lowest, highest. "
        "Written by scripts/measure_instructions.py, which says how.",
        "models": [path.name for path in models()],
        "compilers": {compiler: version(compiler) for compiler in ("arm-none-eabi-gcc", "avr-gcc")},
        "avr_cycles_per_instruction": [round(min(cpi), 2), round(max(cpi), 2)],
        "avr_measured": sorted(avr),
        "ratios": {"avr": dict(scaled(ranges(avr), ranges(on_emulator("microbit", models())))), "32-bit": cores},
    }
    TABLE.write_text(json.dumps(document, indent=1) + os.linesep, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Operators of an interpreter, told apart by the place that calls them through a pointer."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KWS

pytest.importorskip("unicorn")
from platformio_tinyml.emulate import Emulator
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.image import Image
from platformio_tinyml.manifest import Manifest
from platformio_tinyml.profile.count import count

CORES = {
    "cortex-m4": ("arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4"),
    "cortex-m0": ("arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0"),
    "riscv": ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-mno-relax"),
}
SOURCE = """
#define KEEP __attribute__((noinline, used))
static volatile int work[64];
KEEP int slow(int n) { for (int i = 0; i < 40 * n; i++) work[i & 63] += i; return 0; }
KEEP int quick(int n) { work[0] = n; return 0; }
KEEP void reset_memory(void) { work[1] = 0; }
static int (*const volatile nodes[])(int) = {slow, quick, slow};
static void (*const volatile reset)(void) = reset_memory;
KEEP int %(loop)s(void) {
  for (int i = 0; i < 3; i++) {
    if (nodes[i](i + 1)) return 1;
    reset();
  }
  return 0;
}
KEEP int kws_init(void) { return 0; }
KEEP int kws_invoke(void) { work[2]++; return %(loop)s(); }
"""
SUBGRAPH = "_ZN6tflite21MicroInterpreterGraph14InvokeSubgraphEi"
MANIFEST: Manifest = replace(
    KWS,
    runtime="tflm",
    init="kws_init",
    invoke="kws_invoke",
    calls=((0, "CONV_2D", "AddConv2D", 9), (1, "RESHAPE", "AddReshape", 0), (2, "CONV_2D", "AddConv2D", 9)),
    call_infos=(),
)


def link(core: str, folder: Path, loop: str) -> Image:
    compiler, *flags = CORES[core]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source, elf = folder / "loop.c", folder / "loop.elf"
    source.write_text(SOURCE % {"loop": loop})
    link = ["-nostdlib", "-Wl,--entry=kws_invoke", "-Wl,-Ttext=0x8000", "-Wl,--no-warn-rwx-segments"]
    subprocess.run([compiler, *flags, "-Os", "-ffreestanding", *link, source, "-lgcc", "-o", elf], check=True)
    return read_image(elf)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    "loop", ["_ZN6tflite21MicroInterpreterGraph14InvokeSubgraphEi", "_ZN16MicroInterpreter6InvokeEv"]
)
def test_operators_of_an_interpreter(core: str, loop: str, tmp_path: Path) -> None:
    image = link(core, tmp_path, loop)
    found = count(image, MANIFEST, core if core != "riscv" else "")
    emulator = Emulator(image, core if core != "riscv" else "")
    alone = [emulator.call(name, n).instructions for name, n in (("slow", 1), ("quick", 2), ("slow", 3))]
    calls = [each["instructions"] for each in found.calls or ()]
    assert calls == [each + 1 for each in alone], "the call itself included"
    assert sum(calls) < found.instructions == emulator.call("kws_invoke").instructions


def test_what_cannot_be_told_apart(tmp_path: Path) -> None:
    image = link("cortex-m4", tmp_path, SUBGRAPH)
    assert count(image, replace(MANIFEST, calls=MANIFEST.calls[:2])).calls is None, "three places, two operators"
    assert count(link("cortex-m4", tmp_path, "merged"), MANIFEST).calls is None

"""The instruction counts of Emulator equal those of QEMU, told to log every instruction that it executes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("unicorn")

from platformio_tinyml.emulate import Emulator
from platformio_tinyml.firmware.elf import read_image

MACHINES = {
    "cortex-m0": ("microbit", "0x00000000"),
    "cortex-m3": ("stm32vldiscovery", "0x08000000"),
    "cortex-m4": ("netduinoplus2", "0x08000000"),
}
START_C = """
#include <stdint.h>
int32_t nested_mix(int32_t n);
void after(void) {
  __asm volatile("movs r0, #0x18\\n ldr r1, =0x20026\\n bkpt 0xab" ::: "r0", "r1");
  for (;;) { }
}
void Reset(void) { nested_mix(100); after(); }
const void *const vectors[2] __attribute__((section(".vectors"), used)) = {(void *)0x20002000, Reset};
"""
LINKER_SCRIPT = """
MEMORY {
  flash (rx) : ORIGIN = FLASH, LENGTH = 64K
  ram (rw) : ORIGIN = 0x20000000, LENGTH = 7K
}
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > flash
  .data : { *(.data*) } > ram AT > flash
  .bss : { *(.bss*) } > ram
}
"""


@pytest.mark.parametrize("core", MACHINES)
def test_counts_equal(core: str, tmp_path: Path) -> None:
    for tool in ("arm-none-eabi-gcc", "qemu-system-arm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    machine, flash = MACHINES[core]
    (tmp_path / "link.ld").write_text(LINKER_SCRIPT.replace("FLASH", flash))
    (tmp_path / "start.c").write_text(START_C)
    elf, log = tmp_path / "firmware.elf", tmp_path / "executed.log"
    flags = ["-mthumb", f"-mcpu={core}", "-Os", "-ffreestanding", "-nostdlib", "-Wl,--entry=Reset"]
    sources = [tmp_path / "start.c", Path(__file__).with_name("emulated.c")]
    command = ["arm-none-eabi-gcc", *flags, "-T", tmp_path / "link.ld", *sources, "-lgcc", "-o", elf]
    subprocess.run(command, check=True)
    qemu = ["qemu-system-arm", "-M", machine, "-nographic", "-semihosting", "-kernel", elf]
    logging = ["-singlestep", "-d", "exec,nochain", "-D", log]
    subprocess.run([*qemu, *logging], stdin=subprocess.DEVNULL, check=True, timeout=60)
    image = read_image(elf)
    emulator = Emulator(image)
    executed = [int(pc, 16) for pc in re.findall(r"\[\w+/(\w+)/", log.read_text())]
    first = executed.index(emulator.symbol("nested_mix").address)
    returned = executed.index(emulator.symbol("after").address)
    call = emulator.call("nested_mix", 100)
    # Between the two, Reset itself executes the call of after(): one instruction.
    assert call.instructions == returned - first - 1 > 1000

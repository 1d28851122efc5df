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

ARM = (("arm-none-eabi-gcc", "-mthumb"), "qemu-system-arm")
MACHINES = {  # compiler and emulator, flags, machine, addresses of flash and RAM
    "cortex-m0": (*ARM, "-mcpu=cortex-m0", "microbit", "0x00000000", "0x20000000"),
    "cortex-m3": (*ARM, "-mcpu=cortex-m3", "stm32vldiscovery", "0x08000000", "0x20000000"),
    "cortex-m4": (*ARM, "-mcpu=cortex-m4", "netduinoplus2", "0x08000000", "0x20000000"),
    "rv32imac": (
        ("riscv64-unknown-elf-gcc", "-mabi=ilp32"),
        "qemu-system-riscv32",
        "-march=rv32imac",
        "sifive_e,revb=true",
        "0x20010000",
        "0x80000000",
    ),
}
START_C = """
#include <stdint.h>
int32_t nested_mix(int32_t n);
#ifdef __riscv
void after(void) {
  __asm volatile("li a0, 0x18\\n li a1, 0x20026\\n .balign 16\\n .option norvc\\n"
                 "slli zero, zero, 0x1f\\n ebreak\\n srai zero, zero, 7" ::: "a0", "a1");
  for (;;) { }
}
void __attribute__((naked, section(".vectors"))) Start(void) { __asm volatile("li sp, 0x80001000\\n j Reset"); }
void Reset(void) { nested_mix(100); after(); }
#else
void after(void) {
  __asm volatile("movs r0, #0x18\\n ldr r1, =0x20026\\n bkpt 0xab" ::: "r0", "r1");
  for (;;) { }
}
void Reset(void) { nested_mix(100); after(); }
const void *const vectors[2] __attribute__((section(".vectors"), used)) = {(void *)0x20002000, Reset};
#endif
"""
LINKER_SCRIPT = """
MEMORY {
  flash (rx) : ORIGIN = FLASH, LENGTH = 64K
  ram (rw) : ORIGIN = RAM, LENGTH = 7K
}
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata* .srodata*) } > flash
  .data : { *(.data* .sdata*) } > ram AT > flash
  .bss : { *(.bss* .sbss*) } > ram
}
"""


@pytest.mark.parametrize("core", MACHINES)
def test_counts_equal(core: str, tmp_path: Path) -> None:
    (compiler, *abi), emulator_name, machine_flag, machine, flash, ram = MACHINES[core]
    for tool in (compiler, emulator_name):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    (tmp_path / "link.ld").write_text(LINKER_SCRIPT.replace("FLASH", flash).replace("RAM", ram))
    (tmp_path / "start.c").write_text(START_C)
    elf, log = tmp_path / "firmware.elf", tmp_path / "executed.log"
    flags = [*abi, machine_flag, "-Os", "-ffreestanding", "-nostdlib", "-Wl,--entry=Reset"]
    sources = [tmp_path / "start.c", Path(__file__).with_name("emulated.c")]
    command = [compiler, *flags, "-T", tmp_path / "link.ld", *sources, "-lgcc", "-o", elf]
    subprocess.run(command, check=True)
    qemu = [emulator_name, "-M", machine, "-nographic", "-semihosting", "-kernel", elf]
    logging = ["-singlestep", "-d", "exec,nochain", "-D", log]
    subprocess.run([*qemu, *logging], stdin=subprocess.DEVNULL, check=True, timeout=600)
    image = read_image(elf)
    emulator = Emulator(image)
    executed = [int(pc, 16) for pc in re.findall(r"\[\w+/(\w+)/", log.read_text())]
    first = executed.index(emulator.symbol("nested_mix").address)
    returned = executed.index(emulator.symbol("after").address)
    call = emulator.call("nested_mix", 100)
    # Between the two, Reset itself executes the call of after(): one instruction.
    assert call.instructions == returned - first - 1 > 1000

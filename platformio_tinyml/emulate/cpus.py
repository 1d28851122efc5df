"""Which CPU an image is for, as the back end calls it, and the registers of a function call on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import unicorn
from unicorn import arm_const as arm
from unicorn import riscv_const as riscv

from ..errors import SetupError
from ..firmware.image import Image


@dataclass(frozen=True, slots=True)
class Cpu:
    """A core and its calling convention, in unicorn's constants.

    `arguments` are the registers of the first integer arguments, in order. `code_bit` is or-ed into code addresses
    (1 where only Thumb instructions exist). `is_long` tells from an instruction's first two bytes, as a little-endian
    number, that it has four bytes and not two; `is_indirect_call` from them and from its size that it calls what a
    register holds. `return_code` is the instruction that returns from a function without a frame. `constants` are the
    registers that start-up code points at a symbol for good, with its name.
    """

    architecture: int
    mode: int
    model: int
    pc: int
    sp: int
    link: int
    result: int
    arguments: tuple[int, ...]
    code_bit: int
    is_long: Callable[[int], bool]
    is_indirect_call: Callable[[int, int], bool]
    return_code: bytes
    constants: tuple[tuple[int, str], ...] = ()


def _cortex_m(model: int) -> Cpu:
    return Cpu(
        architecture=unicorn.UC_ARCH_ARM,
        mode=unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS,
        model=model,
        pc=arm.UC_ARM_REG_PC,
        sp=arm.UC_ARM_REG_SP,
        link=arm.UC_ARM_REG_LR,
        result=arm.UC_ARM_REG_R0,
        arguments=(arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3),
        code_bit=1,
        is_long=lambda half: half >> 11 >= 0b11101,
        is_indirect_call=lambda half, size: half & 0xFF87 == 0x4780,  # blx <register>
        return_code=b"\x70\x47",  # bx lr
    )


_M0 = _cortex_m(arm.UC_CPU_ARM_CORTEX_M0)
_M3 = _cortex_m(arm.UC_CPU_ARM_CORTEX_M3)
_M4 = _cortex_m(arm.UC_CPU_ARM_CORTEX_M4)
_M7 = _cortex_m(arm.UC_CPU_ARM_CORTEX_M7)
_M33 = _cortex_m(arm.UC_CPU_ARM_CORTEX_M33)
_RV32 = Cpu(
    architecture=unicorn.UC_ARCH_RISCV,
    mode=unicorn.UC_MODE_RISCV32,
    model=riscv.UC_CPU_RISCV32_ANY,
    pc=riscv.UC_RISCV_REG_PC,
    sp=riscv.UC_RISCV_REG_SP,
    link=riscv.UC_RISCV_REG_RA,
    result=riscv.UC_RISCV_REG_A0,
    arguments=tuple(range(riscv.UC_RISCV_REG_A0, riscv.UC_RISCV_REG_A7 + 1)),
    code_bit=0,
    is_long=lambda half: half & 0b11 == 0b11,
    # c.jalr <register>; jalr ra, <offset>(<register>)
    is_indirect_call=lambda half, size: half & 0xFFF == 0x0E7 if size == 4 else half & 0xF07F == 0x9002,
    return_code=b"\x67\x80\x00\x00",  # jalr zero, 0(ra)
    # The middle of small data; the variables of the one thread (picolibc's errno).
    constants=((riscv.UC_RISCV_REG_GP, "__global_pointer$"), (riscv.UC_RISCV_REG_TP, "__tls_base")),
)

_ARM_CPUS = {
    "cortex-m0": _M0,
    "cortex-m0plus": _M0,
    "cortex-m1": _M0,
    "cortex-m3": _M3,
    "cortex-m4": _M4,
    "cortex-m7": _M7,
    "cortex-m23": _M33,
    "cortex-m33": _M33,
    "6-m": _M0,
    "6s-m": _M0,
    "7-m": _M3,
    "7e-m": _M4,
    "8-m.base": _M33,
    "8-m.main": _M33,
}
"""By the ELF's Tag_CPU_name: -mcpu's name, or an architecture's. No double-precision FPU is emulated."""


def cpu_of(image: Image, name: str = "") -> Cpu:
    """The CPU that runs `image`; `name` (as in -mcpu=) overrides what the ELF says of itself.

    Raises SetupError for what the back end cannot run.
    """
    if image.machine == "riscv" and image.bits == 32:
        return _RV32
    wanted = (name or image.cpu).lower()
    if image.machine == "arm" and wanted in _ARM_CPUS:
        return _ARM_CPUS[wanted]
    found = f"{image.machine} ({wanted})" if wanted else image.machine
    raise SetupError(
        f"the emulator cannot run code for {found}",
        "Take a board that it can run: one with a Cortex-M0 to M33, or 32-bit RISC-V.",
    )

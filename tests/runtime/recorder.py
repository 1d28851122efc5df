"""Run one kernel call on an emulated Cortex-M3 and record in which order it reads its inputs and writes its output."""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import unicorn
from built_once import KERNEL_FILES, compile_kernels, once
from elftools.elf.elffile import ELFFile
from program_runner import params_struct
from unicorn import arm_const

from platformio_tinyml.program import ConstantRef, KernelCall, Program, TensorRef

CODE, TABLES, TENSORS, STACK, STACK_SIZE = 0x10000, 0x100000, 0x20000000, 0x30000000, 0x10000
RETURN, SCRATCH = 0xF0000, 0x40000000
LIBRARY = """
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}
void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; i++) ((volatile char *)to)[i] = (char)value;
  return to;
}
"""
"""In the place of newlib's, whose conditional blocks unicorn takes for invalid once accesses are hooked."""
TENSOR_SPACE = 0x100000
"""Each tensor has so many bytes of addresses to itself, so an address says whose byte it is."""
ARGUMENT_REGISTERS = (
    arm_const.UC_ARM_REG_R0,
    arm_const.UC_ARM_REG_R1,
    arm_const.UC_ARM_REG_R2,
    arm_const.UC_ARM_REG_R3,
)


@dataclass(frozen=True)
class Access:
    """One load or store of a byte of a tensor."""

    tensor: int
    offset: int
    is_write: bool


@dataclass(frozen=True)
class Recording:
    """What a call wrote to its output, and all its accesses to tensors in order."""

    output: bytes
    accesses: tuple[Access, ...]

    def min_distance(self, source: int, output: int) -> int | None:
        """The smallest address(source) - address(output) that this order allows: no byte overwritten before it is read
        for the last time. None if any distance will do."""
        next_read: int | None = None
        distance: int | None = None
        for access in reversed(self.accesses):
            if access.tensor == source:
                next_read = access.offset if next_read is None else min(next_read, access.offset)
            elif access.tensor == output and access.is_write and next_read is not None:
                needed = access.offset + 1 - next_read
                distance = needed if distance is None else max(distance, needed)
        return distance


def record(program: Program, number: int, tensors: dict[int, bytes]) -> Recording:
    """Run call `number` with the inputs in `tensors`."""
    call = program.calls[number]
    machine = _machine()
    constants = {constant.name: constant.data for constant in program.constants}
    address = TABLES
    arguments = [address]
    address = _put(machine, address, bytes(_params(call)))
    for operand in call.inputs:
        if isinstance(operand, ConstantRef):
            arguments.append(address)
            address = _put(machine, address, constants[operand.constant])
        elif isinstance(operand, TensorRef):
            machine.mem_write(_tensor_address(operand.tensor), tensors[operand.tensor])
            arguments.append(_tensor_address(operand.tensor))
        else:
            arguments.append(0)
    output = call.outputs[0]
    arguments.append(_tensor_address(output))
    if call.scratch_size:
        machine.mem_write(SCRATCH, b"\xa5" * call.scratch_size)
        arguments.append(SCRATCH)

    accesses: list[Access] = []

    def note(_: unicorn.Uc, kind: int, where: int, size: int, *__: object) -> None:
        tensor, offset = divmod(where - TENSORS, TENSOR_SPACE)
        accesses.extend(Access(tensor, offset + byte, kind == unicorn.UC_MEM_WRITE) for byte in range(size))

    hook = machine.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, note, begin=TENSORS, end=STACK - 1)
    _call(machine, _kernels()[1][call.function], arguments)
    machine.hook_del(hook)
    size = program.model.tensors[output].size
    return Recording(bytes(machine.mem_read(_tensor_address(output), size)), tuple(accesses))


def _call(machine: unicorn.Uc, function: int, arguments: list[int]) -> None:
    stack = STACK + STACK_SIZE - 64
    for register, value in zip(ARGUMENT_REGISTERS, arguments, strict=False):
        machine.reg_write(register, value)
    machine.mem_write(stack, b"".join(struct.pack("<I", value) for value in arguments[4:]))
    machine.reg_write(arm_const.UC_ARM_REG_SP, stack)
    machine.reg_write(arm_const.UC_ARM_REG_LR, RETURN | 1)
    machine.emu_start(function | 1, RETURN)


def _tensor_address(tensor: int) -> int:
    return TENSORS + tensor * TENSOR_SPACE


def _put(machine: unicorn.Uc, address: int, data: bytes) -> int:
    """Write a table; returns the address for the next."""
    machine.mem_write(address, data)
    return (address + len(data) + 15) & ~15


def _params(call: KernelCall) -> bytes:
    return bytes(params_struct(call.params.struct)(*(value for _, value in call.params.fields)))


@functools.cache
def _machine() -> unicorn.Uc:
    machine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    machine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M3)
    machine.mem_map(CODE, TABLES - CODE)
    machine.mem_map(TABLES, 0x100000)
    machine.mem_map(TENSORS, 16 * TENSOR_SPACE)
    machine.mem_map(STACK, STACK_SIZE)
    machine.mem_map(SCRATCH, 0x100000)
    for address, data in _kernels()[0]:
        machine.mem_write(address, data)
    return machine


@functools.cache
def _kernels() -> tuple[tuple[tuple[int, bytes], ...], dict[str, int]]:
    """(segments, functions) of all kernels linked for a Cortex-M3.

    Without conditional blocks, as LIBRARY: a store in one, and unicorn goes on at 0 once accesses are hooked.
    """
    flags = [
        "-mcpu=cortex-m3",
        "-mthumb",
        "-std=c99",
        "-O2",
        "-fno-if-conversion",
        "-fno-if-conversion2",
        "-nostartfiles",
        f"-Wl,-Ttext={CODE:#x},-e,0,-z,noexecstack",
    ]
    keep = "-Wl," + ",".join(f"-u,{file.stem}" for file in KERNEL_FILES)
    command = ["arm-none-eabi-gcc", *flags, keep]
    path = once("recorded.elf", lambda target: _link(command, target))
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        segments = tuple((s["p_vaddr"], s.data()) for s in elf.iter_segments("PT_LOAD"))
        symbols = elf.get_section_by_name(".symtab").iter_symbols()
        return segments, {s.name: s["st_value"] for s in symbols if s["st_info"]["type"] == "STT_FUNC"}


def _link(command: Sequence[str], target: Path) -> None:
    library = target.with_suffix(".c")
    library.write_text(LIBRARY)
    compile_kernels(command, target, library)

"""Emulator: call functions of a linked image by name on an emulated CPU, and count."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from threading import Timer

import unicorn

from ..errors import SetupError, UsageError
from ..firmware.image import Image, Symbol
from .block_counter import BlockCounter
from .cpus import cpu_of
from .memory import PAGE, initial_memory, pages_of

STACK_SIZE = 64 << 10
"""Bytes of the emulator's own stack, a page without memory below it."""
LIMIT = 120.0
"""Seconds after which code that has not come to an end is given up."""
_STACK_PATTERN = hashlib.shake_128(b"stack").digest(STACK_SIZE)


class EmulationError(SetupError):
    """The emulated code left its memory, met an instruction its CPU lacks, or did not end."""

    code = "emulation"


@dataclass(frozen=True, slots=True)
class WatchedCall:
    """One call of a watched function: its exact instructions, those of what it calls included."""

    function: str
    instructions: int


@dataclass(frozen=True, slots=True)
class Call:
    """What a call did. `result` is the result register, unsigned; `instructions` is exact, from entry to return.

    `stack` is the depth in bytes of the lowest stack byte that was written. `watched` are the calls of watched
    functions in order; one inside another is part of the outer.
    """

    result: int
    instructions: int
    stack: int
    watched: tuple[WatchedCall, ...]


class Emulator:
    """A CPU with the memory of `image`, after start-up code and before main(). The image itself is never changed.

    `cpu` (as in -mcpu=) overrides the CPU that the ELF names. Raises SetupError if it cannot be emulated.
    """

    def __init__(self, image: Image, cpu: str = "") -> None:
        self._cpu = cpu_of(image, cpu)
        self._uc = unicorn.Uc(self._cpu.architecture, self._cpu.mode, self._cpu.model)
        self._blocks = initial_memory(image)
        self._symbols = {symbol.name: symbol for symbol in sorted(image.symbols, key=lambda s: s.binding != "local")}
        self._functions = sorted(
            (symbol for symbol in image.symbols if symbol.kind == "function"), key=lambda symbol: symbol.address
        )
        self._mapped: set[int] = set()
        for block in self._blocks:
            self._map(block.address, len(block.data), block.writable, block.executable)
        self._counters = [
            BlockCounter(self._uc, block.address, len(block.data)) for block in self._blocks if block.executable
        ]
        self._stack = self._map_anywhere(STACK_SIZE)
        self._trap = self._map_anywhere(PAGE, executable=True)
        self._registers = self._uc.context_save()
        self._hooked: set[int] = set()
        self._stops: Collection[int] = ()
        self._resuming = False
        self._fault = ""
        self._uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid_access)
        self.reset()

    def reset(self) -> None:
        """Put the memory of the image back to its initial content; memory from `map` keeps its own."""
        for block in self._blocks:
            self._uc.mem_write(block.address, block.data)

    def map(self, address: int, size: int) -> None:
        """Add zeroed RAM, rounded out to whole pages of 4,096 bytes. Raises UsageError where memory is already."""
        if size <= 0 or address < 0 or address + size > 1 << 32 or not self._mapped.isdisjoint(pages_of(address, size)):
            raise UsageError(f"cannot map {size} bytes at {address:#010x}", "choose addresses that nothing occupies")
        first = address // PAGE * PAGE
        self._map(first, len(pages_of(address, size)) * PAGE, writable=True, executable=False)

    def symbol(self, name: str) -> Symbol:
        """The symbol of that name, a global one before a local. Raises UsageError if there is none."""
        try:
            return self._symbols[name]
        except KeyError:
            raise UsageError(
                f"the ELF has no symbol {name}", "link what defines it, and do not strip the ELF"
            ) from None

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes of memory. Raises UsageError where there is none."""
        self._check_mapped(address, size)
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Change memory, read-only memory too. Raises UsageError where there is none."""
        self._check_mapped(address, len(data))
        self._uc.mem_write(address, data)

    def call(self, function: str, *arguments: int, watch: Collection[str] = (), limit: float = LIMIT) -> Call:
        """Call `function` with integer arguments in registers (arm up to 4, riscv up to 8) on a fresh stack.

        `watch` are functions whose calls are counted apart. Memory stays as the call left it. Raises EmulationError
        if the code faults or runs for more than `limit` seconds at a stretch, UsageError for an unknown symbol.
        """
        if len(arguments) > len(self._cpu.arguments):
            raise ValueError(f"at most {len(self._cpu.arguments)} arguments")
        entries = {self.symbol(name).address: name for name in watch}
        for address in entries.keys() - self._hooked:
            self._uc.hook_add(unicorn.UC_HOOK_CODE, self._on_entry, begin=address, end=address)
            self._hooked.add(address)
            self._uc.ctl_flush_tb()  # what is translated already does not know the hook
        write = self._uc.reg_write
        self._uc.context_restore(self._registers)
        self._uc.mem_write(self._stack, _STACK_PATTERN)
        for register, argument in zip(self._cpu.arguments, arguments, strict=False):
            write(register, argument & 0xFFFFFFFF)
        write(self._cpu.sp, self._stack + STACK_SIZE)
        write(self._cpu.link, self._trap | self._cpu.code_bit)
        write(self._cpu.pc, self.symbol(function).address | self._cpu.code_bit)
        self._take_count()  # what a call that faulted has left
        instructions, watched = self._run_watching(entries, limit)
        return Call(self._uc.reg_read(self._cpu.result), instructions, self._stack_used(), tuple(watched))

    def _run_watching(self, entries: dict[int, str], limit: float) -> tuple[int, list[WatchedCall]]:
        total = 0
        watched: list[WatchedCall] = []
        while True:
            total += self._run_to({*entries, self._trap}, limit)
            entered = entries.get(self._uc.reg_read(self._cpu.pc))
            if entered is None:
                return total, watched
            caller = self._uc.reg_read(self._cpu.link)
            self._uc.reg_write(self._cpu.link, self._trap | self._cpu.code_bit)
            instructions = self._run_to({self._trap}, limit)
            watched.append(WatchedCall(entered, instructions))
            total += instructions
            self._uc.reg_write(self._cpu.pc, caller)
            if caller & ~self._cpu.code_bit == self._trap:  # a tail call: its return was the return
                return total, watched

    def _run_to(self, stops: Collection[int], limit: float) -> int:
        """Run until pc is in `stops`; the exact number of instructions executed."""
        start = self._uc.reg_read(self._cpu.pc)
        self._stops, self._resuming, self._fault = stops, start in self._hooked, ""
        alarm = Timer(limit, self._on_timeout)  # the back end's own timeout polls, and takes a third of the speed
        alarm.start()
        try:
            self._uc.emu_start(start | self._cpu.code_bit, self._trap)
        except unicorn.UcError as error:
            raise self._error(self._fault or f"stopped ({error})") from None
        finally:
            alarm.cancel()
            alarm.join()
        stopped_at = self._uc.reg_read(self._cpu.pc)
        if stopped_at not in stops:
            raise self._error(self._fault or "waits for an interrupt")
        return self._take_count(stopped_at)

    def _take_count(self, stopped_at: int = -1) -> int:
        """Instructions since the last take. The block that a stop kept from running was counted all the same."""
        return sum(
            (times - (address == stopped_at)) * self._instructions(address, size)
            for counter in self._counters
            for address, size, times in counter.take()
        )

    def _instructions(self, address: int, size: int) -> int:
        """How many instructions a basic block has."""
        code = self._uc.mem_read(address, size)
        count = position = 0
        while position < size:
            first_half = code[position] | code[position + 1] << 8
            position += 4 if self._cpu.is_long(first_half) else 2
            count += 1
        return count

    def _on_timeout(self) -> None:
        self._fault = "did not come to an end in the time allowed; it was"
        self._uc.emu_stop()

    def _on_entry(self, uc: unicorn.Uc, address: int, size: int, data: object) -> None:
        if address in self._stops and not self._resuming:
            uc.emu_stop()
        self._resuming = False

    def _on_invalid_access(
        self, uc: unicorn.Uc, access: int, address: int, size: int, value: int, data: object
    ) -> bool:
        action = {
            unicorn.UC_MEM_WRITE_UNMAPPED: "wrote to unmapped memory",
            unicorn.UC_MEM_WRITE_PROT: "wrote to read-only memory",
            unicorn.UC_MEM_FETCH_UNMAPPED: "jumped to unmapped memory",
            unicorn.UC_MEM_FETCH_PROT: "jumped to memory without code",
        }.get(access, "read unmapped memory")
        overflow = self._stack - PAGE <= address < self._stack
        self._fault = f"{action} at {address:#010x}{' (stack overflow)' if overflow else ''}"
        return False

    def _error(self, what: str) -> EmulationError:
        at = self._describe(self._uc.reg_read(self._cpu.pc))
        link = self._uc.reg_read(self._cpu.link) & ~self._cpu.code_bit
        returning = "" if link == self._trap else f", to return to {self._describe(link)}"
        return EmulationError(
            f"the emulated firmware {what} in {at}{returning}",
            "the call needs memory, a peripheral or an instruction that the emulator does not have, or it is defective",
        )

    def _describe(self, address: int) -> str:
        position = bisect_right(self._functions, address, key=lambda symbol: symbol.address) - 1
        if position >= 0:
            symbol = self._functions[position]
            if address - symbol.address < max(symbol.size, 1):
                return f"{symbol.name}+{address - symbol.address:#x} ({address:#010x})"
        return f"{address:#010x}"

    def _stack_used(self) -> int:
        stack = int.from_bytes(self._uc.mem_read(self._stack, STACK_SIZE), "big")
        changed = stack ^ int.from_bytes(_STACK_PATTERN, "big")
        return (changed.bit_length() + 7) // 8

    def _map(self, address: int, size: int, writable: bool, executable: bool) -> None:
        permissions = unicorn.UC_PROT_READ
        permissions |= unicorn.UC_PROT_WRITE if writable else 0
        permissions |= unicorn.UC_PROT_EXEC if executable else 0
        self._uc.mem_map(address, size, permissions)
        self._mapped.update(pages_of(address, size))

    def _map_anywhere(self, size: int, executable: bool = False) -> int:
        """Map RAM where nothing is, with a free page on either side."""
        address = 0x70000000
        while not self._mapped.isdisjoint(pages_of(address - PAGE, size + 2 * PAGE)):
            address += size + PAGE
        self._map(address, size, writable=True, executable=executable)
        return address

    def _check_mapped(self, address: int, size: int) -> None:
        if size < 0 or not self._mapped.issuperset(pages_of(address, size)):
            raise UsageError(f"no memory of {size} bytes at {address:#010x}", "pass an address inside flash or RAM")

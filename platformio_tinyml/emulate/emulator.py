"""Emulator: call functions of a linked image by name on an emulated CPU, and count."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Collection
from threading import Event, Thread
from time import process_time

import unicorn

from ..errors import UsageError
from ..firmware.image import Image, Symbol
from ..timing.classes import Work, classify
from .block_counter import BlockCounter
from .calls import Call, EmulationError, WatchedCall, WatchedSite
from .cpus import cpu_of
from .instructions import indirect_calls, instructions
from .memory import PAGE, initial_memory, pages_of
from .read_counter import ReadCounter
from .symbols import Symbols

STACK_SIZE = 64 << 10
"""Bytes of the emulator's own stack, a page without memory below it."""
_STACK_ALIGNMENT = 16
"""Bytes, as RISC-V wants it; Arm wants 8."""
LIMIT = 120.0
"""Seconds of processor time, whatever else the computer does, after which code that has not ended is given up."""
_LATE = "did not come to an end in the time allowed; it was"
_STACK_PATTERN = hashlib.shake_128(b"stack").digest(STACK_SIZE)


class Emulator:
    """A CPU with the memory of `image`, after start-up code and before main(). The image itself is never changed.

    `cpu` (as in -mcpu=) overrides the CPU that the ELF names; `limit` is of each call, in seconds. `buffer`, the bytes
    of a line and how many there are, counts reads of flash that miss it (Work), which takes three times as long and may
    change what is computed (flash_reads.py). Raises SetupError if it cannot be emulated.
    """

    def __init__(
        self, image: Image, cpu: str = "", limit: float = LIMIT, buffer: tuple[int, int] | None = None
    ) -> None:
        self._limit = limit
        self._machine = image.machine
        self._cpu = cpu_of(image, cpu)
        self._uc = unicorn.Uc(self._cpu.architecture, self._cpu.mode, self._cpu.model)
        self._blocks = initial_memory(image)
        self._symbols = Symbols(image)
        self._mapped: set[int] = set()
        for block in self._blocks:
            self._map(block.address, len(block.data), block.writable, block.executable)
        self._end = ctypes.c_uint64()
        """Where the last block ended."""
        self._counters = [
            (BlockCounter(self._uc, block.address, len(block.data), self._end), not block.writable)
            for block in self._blocks
            if block.executable
        ]
        self._reads = ReadCounter(self._uc, *buffer) if buffer else None
        for block in self._blocks:
            if self._reads and not block.writable:
                self._reads.watch(block.address, len(block.data))
        self._stack = self._map_anywhere(STACK_SIZE)
        self._trap = self._map_anywhere(PAGE, executable=True)
        for register, name in self._cpu.constants:
            symbol = self._symbols.find(name)
            self._uc.reg_write(register, symbol.address if symbol else image.absolute.get(name, 0))
        self._registers = self._uc.context_save()
        self._known: dict[tuple[int, int], tuple[tuple[str, int], ...]] = {}  # classes of blocks
        self._own, self._own_size = 0, 0
        self._hooked: set[int] = set()
        self._stops: Collection[int] = ()
        self._resuming = False
        self._fault = ""
        self._touched: int | None = None
        self._overflow = False
        self._uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid_access)
        self.reset()

    def reset(self) -> None:
        """Put the memory of the image back to its initial content; memory from `map` keeps its own."""
        self._known.clear()
        for block in self._blocks:
            self._uc.mem_write(block.address, block.data)

    def map(self, address: int, size: int) -> None:
        """Add zeroed RAM, rounded out to whole pages of 4,096 bytes. Raises UsageError where memory is already."""
        if size <= 0 or address < 0 or address + size > 1 << 32 or not self._mapped.isdisjoint(pages_of(address, size)):
            raise UsageError(f"cannot map {size} bytes at {address:#010x}", "choose addresses that nothing occupies")
        first = address // PAGE * PAGE
        self._map(first, len(pages_of(address, size)) * PAGE, writable=True, executable=False)

    def own_memory(self, size: int) -> int:
        """The address of `size` bytes at least that are none of the image's; the next call may give the same ones."""
        if self._own_size < size:
            self._own, self._own_size = self._map_anywhere(len(pages_of(0, size)) * PAGE), size
        return self._own

    def symbol(self, name: str) -> Symbol:
        """The symbol of that name, a global one before a local. Raises UsageError if there is none."""
        return self._symbols.get(name)

    def has_symbol(self, name: str) -> bool:
        """Whether the image has a symbol of that name."""
        return self._symbols.find(name) is not None

    def function_at(self, pointer: int) -> int | None:
        """The address of the function that a pointer in memory points to, None where no function begins there."""
        address = pointer & ~self._cpu.code_bit
        return address if self._symbols.begins_at(address) else None

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes of memory. Raises UsageError where there is none."""
        self._check_mapped(address, size)
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Change memory, read-only memory too. Raises UsageError where there is none."""
        self._check_mapped(address, len(data))
        self._known.clear()
        self._uc.mem_write(address, data)

    def disable(self, function: str) -> None:
        """Let `function` return at once, before anything is run; what watches it still sees its calls."""
        self.write(self.symbol(function).address, self._cpu.return_code)

    def indirect_calls(self, function: str) -> tuple[int, ...]:
        """Addresses of the instructions in `function` that call through a register. UsageError if there is none."""
        symbol = self.symbol(function)
        return tuple(indirect_calls(self._cpu, symbol.address, self.read(symbol.address, symbol.size)))

    def call(
        self,
        function: str,
        *arguments: int,
        watch: Collection[str | int] = (),
        sites: Collection[int] = (),
        after: Callable[[WatchedCall], None] = lambda _: None,
        limit: float | None = None,
    ) -> Call:
        """Call `function` with integer arguments in registers (arm up to 4, riscv up to 8), the rest on a fresh stack.

        `watch` are functions, by name or address, whose calls are counted apart, `sites` addresses of call instructions
        (`indirect_calls`) likewise; `after` each call of `watch` memory is as it left it. Memory stays as the call left
        it. Raises EmulationError if the code faults or runs for more than `limit` seconds (the emulator's own where
        there is none), UsageError for an unknown symbol.
        """
        entries = {each if isinstance(each, int) else self.symbol(each).address: str(each) for each in watch}
        returns = {address: address + self._size_at(address) for address in sites}
        for address in {*entries, *returns, *returns.values()} - self._hooked:
            self._uc.hook_add(unicorn.UC_HOOK_CODE, self._on_entry, begin=address, end=address)
            self._hooked.add(address)
            self._uc.ctl_flush_tb()  # what is translated already does not know the hook
        write = self._uc.reg_write
        self._uc.context_restore(self._registers)
        self._uc.mem_write(self._stack, _STACK_PATTERN)
        for register, argument in zip(self._cpu.arguments, arguments, strict=False):
            write(register, argument & 0xFFFFFFFF)
        more = arguments[len(self._cpu.arguments) :]
        top = (self._stack + STACK_SIZE - 4 * len(more)) // _STACK_ALIGNMENT * _STACK_ALIGNMENT
        for place, argument in enumerate(more):
            self._uc.mem_write(top + 4 * place, (argument & 0xFFFFFFFF).to_bytes(4, "little"))
        write(self._cpu.sp, top)
        write(self._cpu.link, self._trap | self._cpu.code_bit)
        write(self._cpu.pc, self.symbol(function).address | self._cpu.code_bit)
        self._take_count()  # what a call that faulted has left
        watched: list[WatchedCall] = []
        from_sites: list[WatchedSite] = []
        deadline = process_time() + (self._limit if limit is None else limit)
        work = self._run_watching(entries, returns, deadline, watched, from_sites, after)
        result = self._uc.reg_read(self._cpu.result)
        return Call(result, work, self._stack_used(), tuple(watched), tuple(from_sites))

    def _run_watching(
        self,
        entries: dict[int, str],
        returns: dict[int, int],
        deadline: float,
        watched: list[WatchedCall],
        from_sites: list[WatchedSite],
        after: Callable[[WatchedCall], None],
    ) -> Work:
        total: Work = Work()
        while True:
            total.update(self._run_to({*entries, *returns, self._trap}, deadline))
            at = self._uc.reg_read(self._cpu.pc)
            if at in returns:
                from_sites.append(WatchedSite(at, self._run_to({returns[at]}, deadline)))
                total.update(from_sites[-1].work)
            elif at in entries:
                caller = self._uc.reg_read(self._cpu.link)
                arguments = tuple(map(self._uc.reg_read, self._cpu.arguments))
                self._uc.reg_write(self._cpu.link, self._trap | self._cpu.code_bit)
                watched.append(WatchedCall(entries[at], self._run_to({self._trap}, deadline), arguments))
                total.update(watched[-1].work)
                after(watched[-1])
                self._uc.reg_write(self._cpu.pc, caller)
                if caller & ~self._cpu.code_bit == self._trap:  # a tail call: its return was the return
                    return total
            else:
                return total

    def _run_to(self, stops: Collection[int], deadline: float) -> Work:
        """Run until pc is in `stops`."""
        start = self._uc.reg_read(self._cpu.pc)
        self._stops, self._resuming, self._fault = stops, start in self._hooked, ""
        self._touched, self._overflow = None, False
        self._end.value = start if self._resuming else 0  # what led to a stop was counted before it
        if process_time() >= deadline:
            raise self._error(_LATE)
        # The back end's own timeout polls, and takes a third of the speed.
        done = Event()
        alarm = Thread(target=self._stop_at, args=(deadline, done))
        alarm.start()
        try:
            self._uc.emu_start(start | self._cpu.code_bit, self._trap)
        except unicorn.UcError as error:
            raise self._error(self._fault or f"stopped ({error})") from None
        finally:
            done.set()
            alarm.join()
        stopped_at = self._uc.reg_read(self._cpu.pc)
        if stopped_at not in stops:
            raise self._error(self._fault or "waits for an interrupt")
        return self._take_count(stopped_at)

    def _take_count(self, stopped_at: int = -1) -> Work:
        """Work since the last take. What lies from the stop to the end of its block was counted all the same."""
        total: Work = Work()
        begun = False
        not_run: Work = Work()
        for counter, in_flash in self._counters:
            for address, size, times, jumps in counter.take():
                for name, count in self._classes(address, size):
                    total[name] += times * count
                where = ("", "_flash") if in_flash else ("",)
                for suffix in where:
                    total[f"taken{suffix}"] += jumps
                    total[f"code{suffix}"] += times * size
                if address <= stopped_at < address + size and not begun:
                    # Blocks that overlap end together; one that begins at the stop is the last that was entered.
                    begun = address == stopped_at
                    left = address + size - stopped_at
                    not_run = Work(dict(self._classes(stopped_at, left)) | {f"code{suffix}": left for suffix in where})
        total.subtract(not_run)
        if self._reads:
            total["flash_lines"] += self._reads.take()
        return total

    def _classes(self, address: int, size: int) -> tuple[tuple[str, int], ...]:
        """Of a basic block."""
        known = self._known.get((address, size))
        if known is None:
            known = self._known[address, size] = classify(self._machine, bytes(self._uc.mem_read(address, size)))
        return known

    def _size_at(self, address: int) -> int:
        """Bytes of the instruction there."""
        return next(size for _, size, _ in instructions(self._cpu, address, self.read(address, 4)))

    def _stop_at(self, deadline: float, done: Event) -> None:
        """A stop that comes before the start is lost: it is said until it is heard."""
        pause = max(deadline - process_time(), 0.0)
        while not done.wait(pause):
            pause = max(deadline - process_time(), 0.01)
            if process_time() >= deadline:
                self._fault = _LATE
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
        self._touched, self._overflow = address, overflow
        return False

    def _error(self, what: str) -> EmulationError:
        at = self._symbols.describe(self._uc.reg_read(self._cpu.pc))
        link = self._uc.reg_read(self._cpu.link) & ~self._cpu.code_bit
        returning = "" if link == self._trap else f", to return to {self._symbols.describe(link)}"
        error = EmulationError(
            f"the emulated firmware {what} in {at}{returning}",
            "the call needs memory, a peripheral or an instruction that the emulator does not have, or it is defective",
        )
        error.address, error.overflow = self._touched, self._overflow
        error.unended = self._take_count()["instructions"] if what == _LATE else 0
        around = map(self._symbols.around, (self._uc.reg_read(self._cpu.pc), link))
        error.functions = tuple(symbol.name for symbol in around if symbol)
        return error

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

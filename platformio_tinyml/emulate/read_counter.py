"""ReadCounter: how often reads of data in flash miss the buffers that a chip has for them."""

from __future__ import annotations

import ctypes

import unicorn

from .native import NativeHook

_MISSES, _SHIFT, _MASK, _TAGS = range(4)
"""Of the words that the hook has: what it counts, the line's bytes as a power of two, lines - 1, then each line."""


class ReadCounter:
    """A buffer of `lines` lines of `line` bytes, both powers of two: each address has one line that may hold it."""

    def __init__(self, uc: unicorn.Uc, line: int, lines: int) -> None:
        self._uc = uc
        self._words = (ctypes.c_uint64 * (_TAGS + lines))()
        self._words[_SHIFT], self._words[_MASK] = line.bit_length() - 1, lines - 1
        self._hook = NativeHook(uc, unicorn.UC_HOOK_MEM_READ, _COUNT_X86_64)

    def watch(self, address: int, size: int) -> None:
        """Count the reads of these bytes too."""
        if not self._hook.add(address, size, ctypes.addressof(self._words)):
            self._uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._count, begin=address, end=address + size - 1)

    def take(self) -> int:
        """Misses since the last take."""
        misses, self._words[_MISSES] = self._words[_MISSES], 0
        return misses

    def _count(self, _: unicorn.Uc, __: int, address: int, ___: int, ____: int, _____: object) -> None:
        line = address >> self._words[_SHIFT]
        tag = _TAGS + (line & self._words[_MASK])
        self._words[_MISSES] += self._words[tag] != line
        self._words[tag] = line


_COUNT_X86_64 = bytes.fromhex(
    "49 8b 49 08"  # mov rcx, [r9 + 8]
    "48 d3 ea"  # shr rdx, cl
    "49 8b 41 10"  # mov rax, [r9 + 16]
    "48 21 d0"  # and rax, rdx
    "49 39 54 c1 18"  # cmp [r9 + rax*8 + 24], rdx
    "74 08"  # je +8
    "49 ff 01"  # inc qword ptr [r9]
    "49 89 54 c1 18"  # mov [r9 + rax*8 + 24], rdx
    "c3"  # ret
)
"""System V x86-64: rdx address, r9 user data."""

"""Image: what an ELF file says of memory, without the ELF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

RESERVE_NAME = re.compile(r"(?:^|[._])(?:heap|(?:m|p|c|u|irq|fiq|svc|abt|und|usr|sys|main)?stack)", re.IGNORECASE)
"""Of sections that are there for stack or heap alone."""
HOSTS = ("x86-64", "x86", "aarch64")
"""Machines that are computers, not boards."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section that occupies memory or holds metadata. Addresses and sizes in bytes."""

    index: int
    name: str
    address: int
    load_address: int
    """Where its bytes lie before start-up (LMA): .data has its address in RAM and its load address in flash."""
    size: int
    alignment: int
    allocated: bool
    writable: bool
    executable: bool
    nobits: bool
    """Occupies memory at run time but not in the file (.bss)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One PT_LOAD program header with its bytes; memory beyond `data` up to `memory_size` is zero."""

    address: int
    load_address: int
    memory_size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol with a section. `kind` is function, object, none, ...; `address` without the Thumb bit."""

    name: str
    address: int
    size: int
    kind: str
    binding: str
    section: int


@dataclass(frozen=True, slots=True)
class Image:
    """A linked ELF. `machine` is arm, avr, riscv, xtensa, x86-64, aarch64 or the ELF's own name for another.

    `bits` is 32 or 64. `cpu` is the Tag_CPU_name or architecture attribute where the ELF has one, else "".
    """

    machine: str
    bits: int
    cpu: str
    entry: int
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    symbols: tuple[Symbol, ...]
    absolute: Mapping[str, int] = field(default_factory=dict)
    """Values of symbols that are in no section, as RISC-V's `__global_pointer$` where ld's own script is taken."""


@dataclass(frozen=True, slots=True)
class InputSection:
    """What one object file put into the output section `section`. `file` is its path, or `archive(member)`."""

    section: str
    name: str
    start: int
    size: int
    file: str

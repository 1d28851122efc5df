"""ELF file -> Image. Headers by pyelftools; the symbol table, of which firmware has thousands of rows, by struct."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from ..errors import SetupError, UsageError
from ..files import read_bytes, read_head
from .image import HOSTS, RESERVE_NAME, Image, Section, Segment, Symbol
from .loaded import require_agreement, require_filled

_MACHINES = {
    "EM_ARM": "arm",
    "EM_AVR": "avr",
    "EM_RISCV": "riscv",
    "EM_XTENSA": "xtensa",
    "EM_X86_64": "x86-64",
    "EM_386": "x86",
    "EM_AARCH64": "aarch64",
}
_KINDS = {0: "none", 1: "object", 2: "function", 6: "tls", 10: "function"}
_BINDINGS = {0: "local", 1: "global", 2: "weak", 10: "global"}

_OTHER_FORMATS = {
    b"\xfe\xed\xfa\xce": "a Mach-O file (macOS)",
    b"\xfe\xed\xfa\xcf": "a Mach-O file (macOS)",
    b"\xce\xfa\xed\xfe": "a Mach-O file (macOS)",
    b"\xcf\xfa\xed\xfe": "a Mach-O file (macOS)",
    b"\xca\xfe\xba\xbe": "a Mach-O file (macOS)",
    b"MZ": "a PE file (Windows)",
    b"!<arch>": "an archive of object files",
    b":": "an Intel HEX file",
    b"UF2\n": "a UF2 file",
    b"S0": "a Motorola S-record file",
}

_LONGEST_MAGIC = 8

_ALLOC, _WRITE, _EXEC, _TLS = 2, 1, 4, 0x400
_ABSOLUTE = 0xFFF1
_ADDRESS_BITS = {32: 32, 64: 48}
_LARGEST = 1 << 40
"""Bytes of all sections."""
_MAX_SECTIONS = 4096
_MAX_NAME = 1024
"""Bytes kept of a symbol's name, so that a damaged string table cannot make gigabytes of names."""


def read_image(path: Path) -> Image:
    """The sections, loaded segments and symbols of a linked ELF.

    Raises UsageError where `path` is no linked ELF, SetupError where it is a damaged one. A stripped ELF is read, with
    no symbols.
    """
    try:
        _require_elf(path, read_head(path, _LONGEST_MAGIC))  # a large file of another kind is not worth reading
        data = read_bytes(path)
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "give the path of the linked ELF", code="no-elf"
        ) from error
    try:
        elf = ELFFile(BytesIO(data))
        kind = elf.header["e_type"]
        image = _image(elf, data) if kind in ("ET_EXEC", "ET_DYN") else None
    except Exception as error:  # on damaged files pyelftools raises anything from AttributeError to struct.error
        raise SetupError(f"{path} is a damaged ELF file: {error}", "delete it and link again", code="elf") from error
    if image is None:
        what = {"ET_REL": "an object file, not linked yet", "ET_CORE": "a core dump"}.get(str(kind), f"of type {kind}")
        raise UsageError(f"{path} is {what}", "give the linked firmware", code="not-elf")
    if not any(section.allocated for section in image.sections):
        raise SetupError(f"{path} has no section headers: nothing can be counted", "link it again", code="elf")
    return image


def _require_elf(path: Path, head: bytes) -> None:
    if head.startswith(b"\x7fELF"):
        return
    found = "empty" if not head else "not an ELF file"
    for magic, name in _OTHER_FORMATS.items():
        if head.startswith(magic):
            found = f"{name}, not an ELF file"
    raise UsageError(f"{path} is {found}", "give the linked ELF (firmware.elf)", code="not-elf")


def _image(elf: ELFFile, data: bytes) -> Image:
    if elf.num_sections() > _MAX_SECTIONS:
        raise ValueError(f"{elf.num_sections():,} sections")
    machine = _MACHINES.get(elf["e_machine"]) or str(elf["e_machine"]).removeprefix("EM_").lower()
    headers = [segment.header for segment in elf.iter_segments() if segment["p_type"] == "PT_LOAD"]
    sections = list(elf.iter_sections())
    thumb = int(machine == "arm")
    symbols, absolute = _symbols(elf, sections, data, thumb)
    read = tuple(_section(index, section, headers, len(data)) for index, section in enumerate(sections))
    _require_addresses([section for section in read if section.allocated], elf.elfclass)
    segments = tuple(_segments(headers, data))
    # On computers patchelf and its kind add segments of their own; a file without sections is refused elsewhere.
    if machine not in HOSTS and any(section.allocated for section in read):
        named = [(section.name, section.header) for section in sections]
        require_agreement(named, headers, elf.header)
        require_filled(named, headers, elf.header, data)
    return Image(
        machine=machine,
        bits=elf.elfclass,
        cpu=_cpu(sections),
        entry=elf["e_entry"] & ~thumb,
        sections=read,
        segments=segments,
        symbols=tuple(symbols),
        absolute=absolute,
    )


def _section(index: int, section: Any, headers: list[Any], file_size: int) -> Section:
    header = section.header
    flags, address, size = header["sh_flags"], header["sh_addr"], header["sh_size"]
    nobits = header["sh_type"] in ("SHT_NOBITS", "SHT_NULL")
    if not nobits and header["sh_offset"] + size > file_size:
        raise ValueError(f"section {section.name!r} ends beyond the file")
    # .tbss only says how large a thread's zeroed block is: the addresses it names belong to the next section.
    template = nobits and bool(flags & _TLS)
    # (COPY) reserves a place for heap or stack, which is not allocated as far as the file goes.
    copy = not flags & _ALLOC and bool(address and flags & _WRITE) and RESERVE_NAME.search(section.name) is not None
    return Section(
        index=index,
        name=section.name,
        address=address,
        load_address=_load_address(header, headers, nobits),
        size=size,
        alignment=header["sh_addralign"],
        allocated=copy or (bool(flags & _ALLOC) and not template),
        writable=bool(flags & _WRITE),
        executable=bool(flags & _EXEC),
        nobits=nobits or copy,
    )


def _require_addresses(sections: list[Section], bits: int) -> None:
    """Raises ValueError for sections that no linker makes, whose sums no report could hold."""
    end = 1 << _ADDRESS_BITS[bits]
    for section in sections:
        if max(section.address, section.load_address) + section.size > end:
            raise ValueError(f"section {section.name!r} ends beyond all addresses")
    if sum(section.size for section in sections) > _LARGEST:
        raise ValueError("its sections have more bytes than there are")


def _load_address(section: Any, segments: list[Any], nobits: bool) -> int:
    """The LMA, which only program headers know: p_paddr plus the section's place in its segment."""
    address = int(section["sh_addr"])
    for segment in segments:
        inside = int(address - segment["p_vaddr"])
        if not 0 <= inside <= segment["p_memsz"] - section["sh_size"]:
            continue
        # Segments may share addresses (overlays); bytes in the file tell which one the section is in.
        if nobits or section["sh_offset"] - segment["p_offset"] == inside:
            return int(segment["p_paddr"]) + inside
    return address


def _segments(headers: list[Any], data: bytes) -> Iterator[Segment]:
    if sum(header["p_filesz"] for header in headers) > 2 * len(data):
        raise ValueError("program headers name more bytes than the file has")
    for header in headers:
        start, size = header["p_offset"], header["p_filesz"]
        if start + size > len(data) or size > header["p_memsz"]:
            raise ValueError("a segment ends beyond the file")
        yield Segment(header["p_vaddr"], header["p_paddr"], header["p_memsz"], data[start : start + size])


def _symbols(elf: ELFFile, sections: list[Any], data: bytes, thumb: int) -> tuple[list[Symbol], dict[str, int]]:
    """Those in sections, and the values of those in none, by name."""
    placed: list[Symbol] = []
    absolute: dict[str, int] = {}
    for name, value, size, info, section in _rows(elf, sections, data):
        kind = _KINDS.get(info & 15)
        # $t, $d, $x mark code and data for disassemblers; .L are an assembler's own labels.
        if not name or kind is None or (kind == "none" and name.startswith(("$", ".L"))):
            continue
        if section == _ABSOLUTE:
            absolute[name] = value
        elif 0 < section < len(sections):
            address = value & ~1 if thumb and kind == "function" else value
            placed.append(Symbol(name, address, size, kind, _BINDINGS.get(info >> 4, "other"), section))
    return placed, absolute


def _rows(elf: ELFFile, sections: list[Any], data: bytes) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, value, size, info and section of each row of the symbol table."""
    table = next((section.header for section in sections if section["sh_type"] == "SHT_SYMTAB"), None)
    if table is None:
        return
    names = sections[table["sh_link"]].header
    strings = data[names["sh_offset"] : names["sh_offset"] + names["sh_size"]]
    order = "<" if elf.little_endian else ">"
    # name, value, size, info, other, section / name, info, other, section, value, size
    row = struct.Struct(order + ("IIIBBH" if elf.elfclass == 32 else "IBBHQQ"))
    rows = data[table["sh_offset"] : table["sh_offset"] + table["sh_size"]]
    for fields in row.iter_unpack(rows[: len(rows) // row.size * row.size]):
        if elf.elfclass == 32:
            name_at, value, size, info, _, section = fields
        else:
            name_at, info, _, section, value, size = fields
        end = strings.find(b"\0", name_at, name_at + _MAX_NAME)
        name = strings[name_at : end if end >= 0 else name_at + _MAX_NAME].decode("utf-8", "replace")
        yield name, value, size, info, section


def _cpu(sections: list[Any]) -> str:
    """What the toolchain left about the processor; an unreadable note is no reason to refuse the file."""
    for section in sections:
        try:
            if section["sh_type"] in ("SHT_ARM_ATTRIBUTES", "SHT_RISCV_ATTRIBUTES"):
                wanted = ("TAG_CPU_NAME", "TAG_ARCH")
                for subsection in section.iter_subsections():
                    for scope in subsection.iter_subsubsections():
                        for attribute in scope.iter_attributes():
                            if attribute.tag in wanted:
                                return str(attribute.value)
            elif section.name == ".note.gnu.avr.deviceinfo":
                return _avr_device(section.data())
        except Exception:  # noqa: S112
            continue
    return ""


def _avr_device(note: bytes) -> str:
    """The device name: avr-libc leaves it in a note.

    Layout (devicespecs of avr-libc): note header of 16 bytes, six words for start and size of flash, SRAM and EEPROM,
    the table of offsets (its own size, then where the name is), the strings.
    """
    table_size, name = struct.unpack_from("<II", note, 40)
    strings = note[40 + table_size :]
    return strings[name : strings.index(b"\0", name)].decode("ascii")

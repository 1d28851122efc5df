"""Whether an ELF file's segments load what its sections say: a loader goes by the ones, objcopy by the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Header = Mapping[str, Any]
"""Of a section or a segment, with the names of elf.h."""

_ALLOC = 2
_WORD = 4
"""Bytes of what a linker repeats between sections: zeros, or an instruction that traps."""
_ALIGNMENT = 16
"""Bytes that a segment may have behind its last section."""


def require_agreement(sections: Sequence[tuple[str, Header]], segments: Sequence[Header], file: Header) -> None:
    """Raises ValueError where a segment loads what no allocated section has, or has a part of one, or another address,
    or lacks the contents of one that runs in it.

    `file` is the ELF header. A section outside of all segments is let through: objcopy --add-section makes such. What
    lies between sections is judged by `require_filled`.
    """
    loaded = [(name, header) for name, header in sections if header["sh_flags"] & _ALLOC and header["sh_size"]]
    for name, header in loaded:
        if header["sh_type"] != "SHT_NOBITS" and _runs_in(header, segments) and not _stored_in(header, segments):
            raise ValueError(f"section {name!r} and its segment disagree")
    for segment in segments:
        start, stored = segment["p_vaddr"], segment["p_filesz"]
        reached = start + _headers_end(segment, file)
        at_home: list[bool] = []
        for name, header in loaded:
            size, inside = header["sh_size"], header["sh_offset"] - segment["p_offset"]
            runs_in = start <= header["sh_addr"] < start + segment["p_memsz"]
            if header["sh_type"] != "SHT_NOBITS" and -size < inside < stored:
                at_home.append(header["sh_addr"] - start == inside)
                # One segment for everything, by PHDRS of a linker script, has sections whose addresses lie elsewhere.
                if inside < 0 or inside + size > stored or (runs_in and not at_home[-1]):
                    raise ValueError(f"section {name!r} and its segment disagree")
            if runs_in:
                reached = max(reached, header["sh_addr"] + size)
            elif 0 <= inside <= stored:
                reached = max(reached, start + inside + size)
        if at_home and not any(at_home):
            raise ValueError(f"a segment at {start:#x} has no section that is there")
        left = start + segment["p_memsz"] - reached
        if left >= _ALIGNMENT:
            raise ValueError(f"a segment has {left:,} bytes at {reached:#x} that no section has")


def require_filled(
    sections: Sequence[tuple[str, Header]], segments: Sequence[Header], file: Header, data: bytes
) -> None:
    """Raises ValueError where a segment loads contents of `data`, the file, that are in no allocated section.

    The file's own headers may lie in a segment, and what one word repeated fills is no content.
    """
    held = sorted(
        (header["sh_offset"], header["sh_offset"] + header["sh_size"])
        for _, header in sections
        if header["sh_flags"] & _ALLOC and header["sh_type"] != "SHT_NOBITS"
    )
    held += [(0, file["e_ehsize"]), (file["e_phoff"], _table_end(file))]
    for segment in segments:
        for start, end in _bare(sorted(held), segment["p_offset"], segment["p_offset"] + segment["p_filesz"]):
            if _is_content(data[start:end]):
                at = segment["p_paddr"] + start - segment["p_offset"]
                raise ValueError(f"a segment loads {end - start:,} bytes at {at:#x} that no section has")


def _runs_in(section: Header, segments: Sequence[Header]) -> bool:
    address = section["sh_addr"]
    return any(each["p_vaddr"] <= address < each["p_vaddr"] + each["p_memsz"] for each in segments)


def _stored_in(section: Header, segments: Sequence[Header]) -> bool:
    start, end = section["sh_offset"], section["sh_offset"] + section["sh_size"]
    return any(each["p_offset"] <= start and end <= each["p_offset"] + each["p_filesz"] for each in segments)


def _bare(held: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of `start` to `end` none of `held`, sorted, has."""
    for first, last in held:
        if start < min(first, end):
            yield start, min(first, end)
        start = max(start, last)
    if start < end:
        yield start, end


def _is_content(stretch: bytes) -> bool:
    return stretch != (stretch[:_WORD] * (len(stretch) // _WORD + 1))[: len(stretch)]


def _headers_end(segment: Header, file: Header) -> int:
    """Bytes of a segment that are the file's own headers."""
    return max(_table_end(file) - int(segment["p_offset"]), 0)


def _table_end(file: Header) -> int:
    return int(file["e_phoff"] + file["e_phentsize"] * file["e_phnum"])

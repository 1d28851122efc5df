"""Memory of a linked image as it stands when main() is entered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from ..firmware.image import Image

PAGE = 4096
"""Bytes: the granularity of mapping and of protection."""
LARGEST = 64 << 20
"""Bytes that an image may ask for; no microcontroller has more, and a damaged ELF must not exhaust the host."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole pages of one protection with their initial content."""

    address: int
    data: bytes
    writable: bool
    executable: bool


def pages_of(address: int, size: int) -> range:
    """Addresses of the pages that [address, address + size) touches."""
    return range(address // PAGE * PAGE, address + size, PAGE)


def initial_memory(image: Image) -> tuple[Block, ...]:
    """The pages of `image`, ascending, neighbours of the same protection joined.

    Every segment lies at its run address, as start-up code would have put it, and at its load address. Pages of
    writable sections are writable, those of executable sections executable, all others neither. Raises UsageError if
    the image is too large or leaves 32 bits.
    """
    if sum(segment.memory_size for segment in image.segments) > LARGEST:
        raise UsageError(f"the ELF occupies more than {LARGEST >> 20} MiB", "pass the ELF of a microcontroller")
    pages: dict[int, bytearray] = {}
    for segment in image.segments:
        content = segment.data + bytes(segment.memory_size - len(segment.data))
        for address, data in ((segment.load_address, segment.data), (segment.address, content)):
            if address + len(data) > 1 << 32:
                raise UsageError("the ELF has a segment beyond 4 GiB", "pass the ELF of a 32-bit microcontroller")
            for page in pages_of(address, len(data)):
                first, last = max(page, address), min(page + PAGE, address + len(data))
                target = pages.setdefault(page, bytearray(PAGE))
                target[first - page : last - page] = data[first - address : last - address]
    return tuple(_joined(pages, _protections(image, sorted(pages))))


def _protections(image: Image, pages: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    """(writable, executable) of each of `pages`, ascending, that a section of the running firmware lies in."""
    found: dict[int, tuple[bool, bool]] = {}
    for section in image.sections:
        if section.allocated:
            touched = pages_of(section.address, section.size)
            for page in pages[bisect_left(pages, touched.start) : bisect_left(pages, touched.stop)]:
                writable, executable = found.get(page, (False, False))
                found[page] = (writable or section.writable, executable or section.executable)
    return found


def _joined(pages: dict[int, bytearray], protections: dict[int, tuple[bool, bool]]) -> Iterator[Block]:
    start: int | None = None
    for page in sorted(pages):
        start = page if start is None else start
        protection = protections.get(page, (False, False))
        following = page + PAGE
        if following not in pages or protections.get(following, (False, False)) != protection:
            yield Block(start, b"".join(pages[at] for at in range(start, following, PAGE)), *protection)
            start = None

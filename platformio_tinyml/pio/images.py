"""What the build makes of the linked program: what of it is larger than the verdict allows, and how it is removed."""

from __future__ import annotations

import functools
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import OverBudgetError
from .stamp import Stamp

REJECTED = "over_budget.elf"
"""Where, in $BUILD_DIR/tinyml, the linked program goes that did not pass: debug probes upload ELF files."""

_KEPT = (".map", ".o", ".a", ".d")
"""What is no image: the map explains a refusal, the others are what the next link is made of."""
_OUR_FOLDER = "tinyml"
_SCONS = ".sconsign"
_DATA_RECORD = 0
_UF2_BLOCK = 512
_UF2_MAGIC = (0x0A324655, 0x9E5D5157)
_UF2_NOT_FLASH = 1
"""A flag: comments, files of the boot loader's."""


def refuse_larger(images: Iterable[Path], stamp: Stamp | None) -> None:
    """Raises OverBudgetError for an image with more than the verdict allows: an action of a script changed it."""
    if stamp is None or stamp.image_limit is None:
        return
    for path in images:
        size = size_of(path)
        if size is not None and size > stamp.image_limit:
            raise OverBudgetError(
                f"{path.name} has {size:,} bytes, and {stamp.image_limit:,} of flash are allowed: it was changed after "
                "the program was checked",
                "Look for an action of a script that adds to it (AddPostAction). What is allowed is in the table: the "
                "smaller of custom_tinyml_flash_budget and the board's flash.",
            )


def images_of(build: Path, program: str) -> Iterator[Path]:
    """Images by the program's name, whoever made them: PlatformIO does not know a UF2 that an action makes."""
    return (path for path in build.iterdir() if path.stem == program)


def size_of(image: Path) -> int | None:
    """The bytes of flash that an image takes; None for one that does not tell, or is not there."""
    try:
        if image.suffix == ".bin":
            return image.stat().st_size
        if image.suffix == ".hex":
            with image.open("rb") as lines:
                return sum(_data_bytes(line) for line in lines)
        if image.suffix == ".uf2":
            return sum(_flashed(block) for block in _blocks(image))
    except (OSError, ValueError, struct.error):
        pass
    return None


def _data_bytes(record: bytes) -> int:
    """Of a record of an Intel HEX file: `:` count, address, type, data, checksum. ValueError for anything else."""
    text = record.strip()
    if not text:
        return 0
    if text[:1] != b":":
        raise ValueError("not Intel HEX")
    return int(text[1:3], 16) if int(text[7:9], 16) == _DATA_RECORD else 0


def _blocks(image: Path) -> Iterator[bytes]:
    """Of a UF2 file, each of 512 bytes; the last may be cut."""
    with image.open("rb") as file:
        yield from iter(functools.partial(file.read, _UF2_BLOCK), b"")


def _flashed(block: bytes) -> int:
    """Bytes of a UF2 block that go to the flash. ValueError, or struct.error, for anything else than a block."""
    first, second, flags, _, size = struct.unpack_from("<5I", block)
    if (first, second) != _UF2_MAGIC or len(block) != _UF2_BLOCK:
        raise ValueError("not UF2")
    return 0 if flags & _UF2_NOT_FLASH else int(size)


def remove_images(build: Path, program: Path, nodes: Iterable[Path], linked: int | None) -> None:
    """Leave nothing for an upload. `nodes` are the images that PlatformIO knows, `linked` when the program was.

    Whatever came into the build folder after the link goes too, by whatever name: an action of a script made it. The
    program is moved away, which is an image for some probes.
    """
    if program.is_file():
        linked = program.stat().st_mtime_ns
    doomed = {path for path in nodes if path.is_file()}
    doomed.update(path for path in build.glob(f"{_literal(program.stem)}*") if path.is_file() and path.suffix != ".map")
    if linked is not None:
        doomed.update(path for path in _files(build) if path.stat().st_mtime_ns >= linked)
    for path in doomed - {program}:
        path.unlink()
    if program.is_file():
        try:
            folder = build / _OUR_FOLDER
            folder.mkdir(parents=True, exist_ok=True)
            program.replace(folder / REJECTED)
        except OSError:  # It must not stay, even where it cannot be kept.
            program.unlink()


def _files(build: Path) -> Iterator[Path]:
    """Files in the build folder that could be images."""
    for folder, folders, names in os.walk(build):
        if Path(folder) == build and _OUR_FOLDER in folders:
            folders.remove(_OUR_FOLDER)
        for name in names:
            path = Path(folder, name)
            if path.suffix not in _KEPT and not name.startswith(_SCONS) and path.is_file():
                yield path


def _literal(name: str) -> str:
    return "".join(f"[{each}]" if each in "[*?" else each for each in name)

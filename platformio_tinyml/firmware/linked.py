"""A linked ELF, with the map of its link where there is one -> Footprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import SetupError
from .contents import altered, taken_out
from .elf import read_image
from .footprint import Fault, Footprint
from .linker_map import LinkMap, read_link
from .measure import measure
from .memory import memory_of


def measure_linked(
    elf: Path,
    mcu: str,
    owners: Mapping[str, str],
    link_map: Path | None = None,
    tables: Iterable[tuple[str, int, str]] = (),
    *,
    require_map: bool = False,
) -> Footprint:
    """The footprint of `elf`, with owners by the map's input sections, and memories by its regions.

    `tables`, as `contents.altered` takes them, are constants that it has to hold as they were generated.

    Without a map, and with one that is not of this link (a note says so), owners go by symbols alone; with
    `require_map` it is a fault. Raises as `read_image` does.
    """
    image = read_image(elf)
    link: LinkMap | None = None
    notes: tuple[str, ...] = ()
    if link_map is not None:
        try:
            link = read_link(link_map, image)
        except SetupError as error:
            notes = (f"owners go by symbols alone: {error.message}",)
    if link is None:
        footprint = measure(image, memory_of(image, mcu), owners)
    else:
        footprint = measure(image, memory_of(image, mcu, link.regions), owners, link.inputs, link.stretched)
    wrong = list(altered(image, tables))
    faults = [_not_as_generated(wrong)] if wrong else []
    faults += taken_out(image, link.inputs) if link else []
    if require_map and link is None:
        faults.append(_NO_MAP)
    code = (each.allocated and each.size and each.executable and not each.nobits for each in image.sections)
    if not any(code) and not (faults or footprint.faults):
        faults.append(_NO_CODE)
    return replace(footprint, notes=footprint.notes + notes, faults=(*footprint.faults, *faults))


_NO_MAP = Fault(
    "map",
    "the linker was told to go on after errors (--noinhibit-exec), and no map of its link says what memories it had",
    ("link without --noinhibit-exec, or with -Wl,-Map=FILE as the last -Map of all",),
)


_NO_CODE = Fault(
    "code",
    "the ELF holds no code: nothing of it can run",
    ("the linker may have dropped all that no entry reaches: ENTRY and KEEP in the linker script",),
)


def _not_as_generated(symbols: Sequence[str]) -> Fault:
    more = f" and {len(symbols) - 1} more" if len(symbols) > 1 else ""
    return Fault(
        f"contents:{symbols[0]}",
        f"{symbols[0]}{more}: constants of a model are other bytes in the ELF than were generated",
        ("build again from clean; if it stays, something changes the ELF after the link, or defines them too",),
    )

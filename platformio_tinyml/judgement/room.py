"""What a link could fill: the smaller of the board's limit and the regions of the main memories that it used."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..firmware.chips import Region
from ..firmware.footprint import Footprint
from ..firmware.gaps import images
from ..measured.limits import Sizes


def within_regions(board: Sizes, footprint: Footprint, regions: Sequence[Region] | None = None) -> Sizes:
    """`board` with smaller limits where the link had less; `regions`: of a failed link, else those of the footprint.

    Where the board has no limit, it is the linker script's region. A boot loader that stores all contents makes an
    image of its own: no region is a limit of it.
    """
    known = footprint.memory.known if regions is None else regions
    in_flash = [] if footprint.memory.stored_all else [each for each in known if _is_used(each, "flash", footprint)]
    in_ram = [each for each in known if _is_used(each, "ram", footprint)]
    flash = _smaller(board.flash, _span(in_flash, footprint), in_flash)
    ram = _smaller(board.ram, sum(region.size for region in in_ram), in_ram)
    return Sizes(flash[0], ram[0], flash[1], ram[1])


def _smaller(limit: int | None, room: int, used: Sequence[Region]) -> tuple[int | None, str]:
    """The limit, and its source."""
    of_script = [region for region in used if region.is_of_script]
    if not used or (limit is None and not of_script) or (limit is not None and limit <= room):
        return limit, ""
    names = " and ".join(region.name for region in used)
    return room, f"region {names} of the linker script" if of_script else f"{names} of the {used[0].origin}"


def _is_used(region: Region, kind: str, footprint: Footprint) -> bool:
    if region.kind != kind or region.beside:
        return False
    place = "stored" if kind == "flash" else "region"
    sections = any(getattr(each, place) == region.name and getattr(each, kind) for each in footprint.sections)
    return sections or (kind == "ram" and any(rest.region == region.name for rest in footprint.rests))


def _span(used: Sequence[Region], footprint: Footprint) -> int:
    """From the first address to the last of each image: what lies between is in it."""
    of = images(footprint.memory)
    groups = groupby(sorted(used, key=lambda region: (of.get(region, ""), region.start)), lambda each: of.get(each, ""))
    rows = [list(group) for _, group in groups]
    return sum(max(region.end for region in row) - row[0].start for row in rows)

"""A linked ELF, with the map of its link where there is one -> Footprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import SetupError
from .elf import read_image
from .footprint import Footprint
from .linker_map import LinkMap, read_link
from .measure import measure
from .memory import memory_of


def measure_linked(elf: Path, mcu: str, owners: Mapping[str, str], link_map: Path | None = None) -> Footprint:
    """The footprint of `elf`, with owners by the map's input sections, and memories by its regions.

    Without a map, and with one that is not of this link (a note says so), owners go by symbols alone. Raises as
    `read_image` does.
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
    return replace(footprint, notes=footprint.notes + notes)

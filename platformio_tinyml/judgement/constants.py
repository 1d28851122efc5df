"""Weights that a linker script copies to RAM: what they cost there, and how they stay in flash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..firmware.footprint import Footprint
from ..firmware.words import shortened
from ..manifest import Manifest
from ..options import option_name
from .owners import weights_owner


def ram_of_weights(footprint: Footprint, model: str) -> tuple[int, str]:
    """Bytes of RAM that the constants of `model` take, and the sections that they are in."""
    copied = [entry for entry in footprint.entries if entry.owner == weights_owner(model) and entry.ram]
    return sum(entry.ram for entry in copied), shortened(list(dict.fromkeys(entry.section for entry in copied)))


def copied_weights(footprint: Footprint, manifests: Sequence[Manifest]) -> Iterator[str]:
    """A line for each model whose constants are in RAM; none for a program that is in RAM altogether."""
    for manifest in manifests:
        size, sections = ram_of_weights(footprint, manifest.name)
        if size and footprint.flash and footprint.machine != "avr":
            owner = weights_owner(manifest.name)
            yield f"{owner} takes {size:,} bytes of RAM too (in {sections}); {_remedy(footprint, owner)}"


def _remedy(footprint: Footprint, owner: str) -> str:
    chip = footprint.memory.chip
    if chip and chip.words_alone:
        return f"the flash of the {chip.name} is read by words alone, and they are bytes"
    rest_in_flash = any(entry.flash and not entry.ram for entry in footprint.entries if entry.owner == owner)
    section = chip.constants if chip and chip.constants else ".rodata.tinyml" if rest_in_flash else ""
    option = option_name("weights_section")
    if section:
        return f"{option} = {section} keeps them in flash"
    return f"{option} = a section of flash keeps them there"

"""What to change, one sentence each: the most bytes first."""

from __future__ import annotations

from collections.abc import Iterator

from ..firmware.image import Image
from ..model.naming import printable
from .audit import Audit
from .find import FoundModel

NAME_WIDTH = 40
"""Characters of a name that are shown."""


def advice(audit: Audit) -> tuple[str, ...]:
    """Sentences in plain text, with names from the ELF made printable."""
    return tuple(_sentences(audit))


def _sentences(audit: Audit) -> Iterator[str]:
    about = "" if audit.method == "bound" else "about "
    for model in audit.models:
        found = model.found
        if found.in_ram:
            yield _in_ram(audit.image, found)
        if not found.aligned:
            yield (
                f"{shown(found)} lies at {found.address:#x}, not on a multiple of 16: TFLM reads its constants in "
                "place, which faults on some cores. Declare it alignas(16)."
            )
    for arena in audit.arenas:
        if arena.named and not arena.aligned:
            yield (
                f"{_short(arena.symbol)} lies at {arena.address:#x}: TFLM skips {-arena.address % 16} bytes to the "
                "next multiple of 16. Declare it alignas(16)."
            )
    if audit.wasted is not None:
        arena, plan = audit.arenas[0], audit.models[0].plan
        if plan is not None and audit.wasted > 0:
            yield (
                f"{_short(arena.symbol)} has {arena.size:,} bytes, its model needs {about}{plan.size:,}: "
                f"{audit.wasted:,} bytes of RAM are free to use."
            )
        elif plan is not None and audit.wasted < 0:
            yield (
                f"{_short(arena.symbol)} has {arena.size:,} bytes, {-audit.wasted:,} fewer than the {plan.size:,} "
                f"that are {about}enough: AllocateTensors may fail."
            )
    unneeded, size = audit.resolver.unneeded, audit.resolver.bytes
    if unneeded and audit.models:
        saved = f"at least {size:,} bytes of flash" if size else "flash"
        yield (
            f"{len(unneeded)} of {len(audit.resolver.registered)} linked operators are in no model: a "
            f"MicroMutableOpResolver with the others alone saves {saved}."
        )
    if audit.error_strings:
        yield (
            "The error strings of TFLM are linked: TF_LITE_STRIP_ERROR_STRINGS (in the library and the "
            "application) takes them out of flash."
        )
    for model in audit.models:
        if model.compiled is not None and model.plan is not None and model.compiled < model.plan.size:
            yield (
                f"The compiled runtime runs {shown(model.found)} without an interpreter in an arena of "
                f"{model.compiled:,} bytes."
            )


def _in_ram(image: Image, found: FoundModel) -> str:
    if image.machine == "avr":
        return f"{shown(found)} takes {found.size:,} bytes of RAM: AVR copies constants there unless they are PROGMEM."
    return f"{shown(found)} is not const: it takes {found.size:,} bytes of RAM beside the flash. Declare it const."


def shown(found: FoundModel) -> str:
    """What to call a model: its symbol, or where it lies."""
    return _short(found.symbol) if found.symbol else f"the model at {found.address:#x}"


def _short(name: str) -> str:
    return printable(name, NAME_WIDTH)

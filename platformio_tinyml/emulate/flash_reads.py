"""Reads of data in flash that miss a chip's buffers, counted in a run of their own.

Where memory reads are hooked, unicorn 2.1 loads in a Thumb IT block whatever its condition is. What such a run computes
is not believed; how often it reads flash is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SetupError
from ..firmware.image import Image
from ..manifest import Manifest
from ..timing.classes import Work
from ..timing.flash import Flash
from .emulator import LIMIT, Emulator
from .invoke import invoke
from .linked_model import start, work_of_calls


def add_flash_reads(
    work: Work,
    calls: Sequence[Work],
    image: Image,
    manifest: Manifest,
    inputs: Sequence[bytes],
    flash: Flash,
    cpu: str = "",
    limit: float = LIMIT,
) -> None:
    """Set `flash_lines` of an invoke's work, and of that of Manifest.calls where they were told apart.

    Counted for the compiled runtime; estimated for tflm, whose run would take three times as long, and where the run
    comes to no end: each weight once for a MAC.
    """
    found = None if manifest.runtime == "tflm" else _count(image, manifest, inputs, flash, cpu, limit)
    if found is None:
        found = (manifest.macs // flash.line, [macs // flash.line for _, _, _, macs in manifest.calls])
    work["flash_lines"], by_call = found
    for each, lines in zip(calls, by_call, strict=False):
        each["flash_lines"] = lines


def _count(
    image: Image, manifest: Manifest, inputs: Sequence[bytes], flash: Flash, cpu: str, limit: float
) -> tuple[int, list[int]] | None:
    emulator = Emulator(image, cpu, limit, flash.buffer)
    watch = {function for _, _, function, _ in manifest.calls if emulator.has_symbol(function)}
    try:
        start(emulator, manifest)
        call = invoke(emulator, manifest, inputs, watch=watch)
    except SetupError:
        return None
    works = work_of_calls(manifest, call)
    return call.work["flash_lines"], [work["flash_lines"] for work in works or ()]

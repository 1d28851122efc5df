"""What the build asks the probe: the smallest arena, with TFLM's own plan and with ours."""

from __future__ import annotations

from dataclasses import dataclass

from ..firmware.image import Image
from ..manifest import Manifest
from .probe import Probe


@dataclass(frozen=True, slots=True)
class OfflinePlan:
    """Smallest arenas in bytes, `without` the plan and `with_plan`; `flash` is what the plan adds to the model."""

    used: bool
    without: int
    with_plan: int
    flash: int


@dataclass(frozen=True, slots=True)
class Measured:
    """`model` are the bytes to ship, `size` the smallest arena that they take, `instructions` and `stack` of init.

    `skipped` tells of static constructors that could not run in the emulator. `offline_plan` is None where none was
    tried.
    """

    model: bytes
    size: int
    instructions: int
    stack: int
    offline_plan: OfflinePlan | None
    skipped: tuple[str, ...]


def measure(image: Image, manifest: Manifest, *, cpu: str = "", offline_plan: bool = True) -> Measured:
    """Measure the model of a probe. Raises SetupError where it does not run or accepts no arena."""
    probe = Probe(image, manifest.name, cpu)
    model = probe.linked_model()
    found = probe.measure(None, manifest.arena.lower_bound)
    return Measured(model, found.size, found.instructions, found.stack, None, tuple(probe.skipped))

"""What the build asks the probe: the smallest arena, with TFLM's own plan and with ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ..emulate import EmulationError
from ..firmware.image import Image
from ..manifest import Manifest
from .probe import Measurement, Probe
from .search import STEP


@dataclass(frozen=True, slots=True)
class OfflinePlan:
    """Smallest arenas in bytes, `without` the plan and `with_plan` (None: no smaller one).

    `flash` is what the plan adds to the model. `used` says that the arena is smaller and the outputs are equal.
    """

    used: bool
    without: int
    with_plan: int | None
    flash: int


@dataclass(frozen=True, slots=True)
class Measured:
    """`model` are the bytes to ship, `size` the smallest arena that they take, `instructions` and `stack` of init.
    `persistent` bytes of `size` lie in an array of their own, where the arena is split.

    `skipped` tells of static constructors that could not run in the emulator. `offline_plan` is None where there was
    none to try.
    """

    model: bytes
    size: int
    instructions: int
    stack: int
    offline_plan: OfflinePlan | None
    skipped: tuple[str, ...]
    persistent: int | None = None


def measure(
    image: Image, manifest: Manifest, plan: Callable[[bytes], bytes | None] = lambda _: None, *, cpu: str = ""
) -> Measured:
    """Measure the model of a probe. `plan` puts an offline plan into a model's bytes, or says None.

    The plan is used where the arena is smaller with it and an invoke on arbitrary inputs gives the same outputs.
    Raises SetupError where the model does not run or accepts no arena.
    """
    probe = Probe(image, manifest.name, cpu, split=manifest.arena.persistent is not None)
    model = probe.linked_model()
    found = probe.measure(None, manifest.arena.lower_bound)
    planned = plan(model)
    result = None
    if planned is not None:
        with_plan = _smaller(probe, manifest, planned, found)
        used = with_plan is not None and _same_outputs(probe, manifest, planned, found.size)
        result = OfflinePlan(used, found.total, with_plan.total if with_plan else None, len(planned) - len(model))
        if with_plan is not None and used:
            model, found = planned, with_plan
    skipped = tuple(probe.skipped)
    return Measured(model, found.total, found.instructions, found.stack, result, skipped, found.persistent)


def _smaller(probe: Probe, manifest: Manifest, planned: bytes, found: Measurement) -> Measurement | None:
    if found.size <= STEP or not probe.accepts(planned, found.size - STEP):
        return None
    return probe.measure(planned, manifest.arena.lower_bound)


def _same_outputs(probe: Probe, manifest: Manifest, planned: bytes, size: int) -> bool:
    """Whether TFLM's plan and ours agree; what the emulator cannot invoke proves nothing, and counts as a no."""
    random = Random(1)  # noqa: S311  the same bytes in every build
    inputs = tuple(random.randbytes(tensor.bytes) for tensor in manifest.inputs)
    try:
        return probe.invoke(manifest, None, size, inputs) == probe.invoke(manifest, planned, size, inputs)
    except EmulationError:
        return False

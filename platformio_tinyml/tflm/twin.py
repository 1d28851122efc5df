"""The twin: the project's library built for a machine that the emulator runs, for the arena on one that it does not."""

from __future__ import annotations

from ..emulate import EmulationError
from ..errors import SetupError, TinymlError, UsageError
from ..firmware.image import Image
from ..manifest import Manifest
from .probe import Measurement, Probe
from .struct_sizes import StructSizes


def require_same_layout(own: StructSizes, twin: StructSizes) -> None:
    """`own` is by the target's compiler, `twin` by the twin's. SetupError says what is laid out otherwise."""
    if different := _different(own, twin):
        raise SetupError(f"the twin lays out otherwise: {different}", "Build it with the same sources and macros.")


def twin_arena(image: Image, manifest: Manifest, model: bytes) -> Measurement:
    """The smallest arena that the twin `image`, a probe, accepts: the target's, where all layouts agree.

    SetupError says why there is no such figure; UsageError: the twin is of another model.
    """
    try:
        probe = Probe(image, manifest.name, split=manifest.arena.persistent is not None)
        if probe.linked_model() != model:
            raise UsageError(f"the twin holds another model than {manifest.name}", "Build the twin again.")
        return probe.measure(None, manifest.arena.lower_bound)
    except EmulationError as error:
        raise SetupError(f"the twin did not run: {error.message}", error.next_step) from error


def disagreement(twin: int, bound: int | None, device: int | None) -> TinymlError | None:
    """What is wrong where two ways of knowing the arena contradict each other."""
    if device is not None and device != twin:
        return UsageError(
            f"tinyml-device.json has an arena of {device:,} bytes, and the twin takes {twin:,}",
            "Measure again (`pio run -t tinyml_probe`), and build the twin from the project's own sources and macros.",
        )
    if bound is not None and twin > bound:
        return UsageError(
            f"the twin takes an arena of {twin:,} bytes, and the bound is {bound:,}",
            "Name the kernels that the library is built with (--kernels).",
        )
    return None


def _different(own: StructSizes, twin: StructSizes) -> str:
    """The first few structs of another size or alignment, or with a member elsewhere, as text."""
    ours, theirs = ({**sizes.structs, **sizes.basics} for sizes in (own, twin))
    told = [
        f"{name} takes {_told(ours.get(name))}, in the twin {_told(theirs.get(name))}"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    told += [
        f"{name} is {_place(own.offsets.get(name))}, in the twin {_place(twin.offsets.get(name))}"
        for name in sorted({*own.offsets, *twin.offsets})
        if own.offsets.get(name) != twin.offsets.get(name)
    ]
    return "; ".join(told[:3]) + (f"; {len(told) - 3} more" if len(told) > 3 else "")


def _told(struct: tuple[int, int] | None) -> str:
    return f"{struct[0]} bytes (aligned to {struct[1]})" if struct else "nothing"


def _place(offset: int | None) -> str:
    return "not seen" if offset is None else f"at byte {offset}"

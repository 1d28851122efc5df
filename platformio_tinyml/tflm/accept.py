"""Whether a linked firmware's own init takes the arena that is shipped with it, and would take no smaller one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..emulate import EmulationError
from ..errors import SetupError, UsageError
from ..files import read_text
from ..firmware.image import Image
from .probe import Probe
from .search import STEP


@dataclass(frozen=True, slots=True)
class MeasuredArena:
    """What `probe` wrote into <name>_arena.json: `size` bytes are shipped, `measured` are needed.

    Where the arena is split, `persistent` and `measured_persistent` are the parts of them that lie beside it.
    """

    name: str
    size: int
    measured: int
    persistent: int | None = None
    measured_persistent: int | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`problem` is "" where all is as measured. `needed` is what the firmware takes, None where that is not known."""

    needed: int | None
    problem: str = ""


def read_arena(path: Path) -> MeasuredArena:
    """Raises UsageError for anything but a file of `probe`."""
    try:
        fields = json.loads(read_text(path))
        parts = (fields.get("persistent"), fields.get("measured_persistent"))
        beside = (None, None) if parts == (None, None) else tuple(map(int, parts))
        return MeasuredArena(str(fields["name"]), int(fields["size"]), int(fields["measured"]), *beside)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "run `probe` first") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError(f"{path} was not written by `probe`: {error!r}", "run `probe` again") from error


def is_linked(image: Image, arena: MeasuredArena) -> bool:
    """Whether the firmware has the model's init. One that calls none of it has not, and a stripped one neither."""
    return _has(image, f"{arena.name}_init_from")


def is_never_ready(image: Image, arena: MeasuredArena) -> bool:
    """Whether the firmware has the model's invoke without any init of it: it can only say so."""
    return _has(image, f"{arena.name}_invoke") and not is_linked(image, arena)


def _has(image: Image, name: str) -> bool:
    return any(symbol.name == name for symbol in image.symbols)


def accept(image: Image, arena: MeasuredArena, *, cpu: str = "") -> Acceptance:
    """Run the firmware's init with the shipped size, which has to do, and with 16 bytes less than needed, which not.

    Where the arena is split, 16 bytes less of either part.
    """
    probe = Probe(image, arena.name, cpu, split=arena.persistent is not None)
    probe.persistent = arena.persistent
    if not probe.accepts(None, arena.size - (arena.persistent or 0)):
        try:
            needed = probe.measure(None, arena.size).total
        except EmulationError as error:
            return Acceptance(None, f"{arena.name}_init cannot be run: {error.message}")
        except SetupError as error:
            return Acceptance(None, error.message)
        return Acceptance(needed, f"{arena.name}_init needs an arena of {needed:,} bytes, and has {arena.size:,}")
    head = arena.measured - (arena.measured_persistent or 0)
    less = f"{arena.name}_init takes less than the {arena.measured:,} bytes that were measured"
    if probe.accepts(None, head - STEP):
        return Acceptance(None, less)
    if arena.measured_persistent is not None:
        probe.persistent = arena.measured_persistent - STEP
        if probe.accepts(None, head):
            return Acceptance(None, less)
    return Acceptance(arena.measured)

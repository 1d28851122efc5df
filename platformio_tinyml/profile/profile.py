"""A linked model -> its Profile: counted where that can be done, else estimated, with the reason."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..errors import SetupError, UsageError
from ..firmware.image import Image
from ..manifest import Manifest
from ..measured.profile import EMULATED, ESTIMATED, CallProfile, Profile
from ..timing import Timing, Work, find_timing
from ..timing.flash import UNKNOWN
from .cost import Power, priced
from .cpi import cpi_of
from .estimate import estimate, total

if TYPE_CHECKING:
    from .count import Counted

_MACHINES = ("arm", "riscv")
"""Others are not even tried."""
_ZEROS = "counted on inputs that are zero: on arbitrary ones invoke fails"
_NO_WAITS = "how long the flash of this chip makes its core wait is not known: the range of time has none, and the most"
_NO_CALLS = "operators cannot be told apart in this program: the compiler has merged them"


@dataclass(frozen=True, slots=True)
class Profiled:
    """`counted` is None where nothing was; `reason` says why."""

    profile: Profile
    counted: Counted | None
    reason: str = ""


def profile_of(image: Image, manifest: Manifest, **options: Any) -> Profile:
    """As `measure`, which has the options."""
    return measure(image, manifest, **options).profile


def measure(
    image: Image,
    manifest: Manifest,
    *,
    cpu: str = "",
    mcu: str = "",
    clock_hz: int | None = None,
    power: Power | None = None,
    kernels: str | None = None,
) -> Profiled:
    """Of the model in `image`. `cpu`, as in -mcpu=, says more than the ELF does; `mcu` is the chip's name; `kernels`
    are of TFLM."""
    names = [name for name in (cpu, image.cpu, image.machine) if name]
    core = next((name for name in names if cpi_of(name)), names[0])
    timing = find_timing(names, mcu, clock_hz)
    counted, reason, failure = _counted(image, manifest, cpu, timing)
    if counted:
        profile = _emulated(manifest, core, counted, timing)
    else:
        profile = replace(_estimated(image, manifest, core, kernels, reason), failure=failure)
    return Profiled(priced(profile, clock_hz, power), counted, reason)


def _counted(
    image: Image, manifest: Manifest, cpu: str, timing: Timing | None
) -> tuple[Counted | None, str, str | None]:
    """Or the reason why not, and how invoke failed if that is the model's fault."""
    if image.machine not in _MACHINES:
        return None, f"the emulator does not run code for {image.machine}", None
    if not image.symbols:
        return None, "the ELF has no symbols", None
    try:
        from .count import InvokeFails, count  # unicorn may not be there
    except SetupError as error:
        return None, error.message, None
    try:
        return count(image, manifest, cpu, timing.counted_with if timing else UNKNOWN), "", None
    except InvokeFails as error:
        return None, error.message, error.message
    except (SetupError, UsageError) as error:
        return None, error.message, None


def _emulated(manifest: Manifest, core: str, counted: Counted, timing: Timing | None) -> Profile:
    calls = counted.calls or (None,) * len(manifest.calls)
    waits = (_NO_WAITS,) if timing and timing.flash is None else ()
    notes = (() if counted.calls is not None else (_NO_CALLS,), (_ZEROS,) if counted.zeros else (), waits)
    return Profile(
        name=manifest.name,
        method=EMULATED,
        core=core,
        instructions=counted.instructions,
        instructions_bound=(counted.instructions, counted.instructions),
        cycles=timing.cycles(counted.work) if timing else None,
        stack=counted.stack,
        calls=tuple(
            _call_profile(operator, opcode, work, timing)
            for (operator, opcode, _, _), work in zip(manifest.calls, calls, strict=True)
        ),
        cpi=_cpi(counted.work, timing) if timing else cpi_of(core),
        notes=tuple(chain(*notes)),
        outputs=f"{zlib.crc32(b''.join(counted.outputs)):08x}",
    )


def _call_profile(operator: int, opcode: str, work: Work | None, timing: Timing | None) -> CallProfile:
    if work is None:
        return CallProfile(operator, opcode, None, None)
    count = work["instructions"]
    return CallProfile(operator, opcode, count, (count, count), timing.cycles(work) if timing else None)


def _cpi(work: Work, timing: Timing) -> tuple[float, float]:
    """Outwards, with three digits behind the point."""
    low, high = (cycles / work["instructions"] for cycles in timing.bound(work))
    return math.floor(low * 1000) / 1000, math.ceil(high * 1000) / 1000


def _estimated(image: Image, manifest: Manifest, core: str, kernels: str | None, reason: str) -> Profile:
    bounds = estimate(manifest, image.machine, kernels)
    return Profile(
        name=manifest.name,
        method=ESTIMATED,
        core=core,
        instructions=None,
        instructions_bound=total(bounds),
        cycles=None,
        stack=None,
        calls=tuple(
            CallProfile(operator, opcode, None, bound)
            for (operator, opcode, _, _), bound in zip(manifest.calls, bounds, strict=True)
        ),
        cpi=cpi_of(core),
        notes=(f"an estimate: {reason}",),
    )

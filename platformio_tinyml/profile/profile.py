"""A linked model -> its Profile: counted where that can be done, else estimated, with the reason."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..errors import SetupError, UsageError
from ..firmware.image import Image
from ..manifest import Manifest
from ..measured.profile import EMULATED, ESTIMATED, CallProfile, Profile
from .cost import Power, priced
from .cpi import cpi_of
from .estimate import estimate, total

if TYPE_CHECKING:
    from .count import Counted

_MACHINES = ("arm", "riscv")
"""Others are not even tried."""
_ZEROS = "counted on inputs that are zero: on arbitrary ones invoke fails"
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
    clock_hz: int | None = None,
    power: Power | None = None,
    kernels: str | None = None,
) -> Profiled:
    """Of the model in `image`. `cpu`, as in -mcpu=, says more than the ELF does; `kernels` are of TFLM."""
    names = [name for name in (cpu, image.cpu, image.machine) if name]
    core = next((name for name in names if cpi_of(name)), names[0])
    counted, reason, failure = _counted(image, manifest, cpu)
    if counted:
        profile = _emulated(manifest, core, counted)
    else:
        profile = replace(_estimated(image, manifest, core, kernels, reason), failure=failure)
    return Profiled(priced(profile, clock_hz, power), counted, reason)


def _counted(image: Image, manifest: Manifest, cpu: str) -> tuple[Counted | None, str, str | None]:
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
        return count(image, manifest, cpu), "", None
    except InvokeFails as error:
        return None, error.message, error.message
    except (SetupError, UsageError) as error:
        return None, error.message, None


def _emulated(manifest: Manifest, core: str, counted: Counted) -> Profile:
    calls = counted.calls or (None,) * len(manifest.calls)
    notes = (() if counted.calls is not None else (_NO_CALLS,), (_ZEROS,) if counted.zeros else ())
    return Profile(
        name=manifest.name,
        method=EMULATED,
        core=core,
        instructions=counted.instructions,
        instructions_bound=(counted.instructions, counted.instructions),
        stack=counted.stack,
        calls=tuple(
            CallProfile(operator, opcode, each, None if each is None else (each, each))
            for (operator, opcode, _, _), each in zip(manifest.calls, calls, strict=True)
        ),
        cpi=cpi_of(core),
        notes=tuple(chain(*notes)),
        outputs=f"{zlib.crc32(b''.join(counted.outputs)):08x}",
    )


def _estimated(image: Image, manifest: Manifest, core: str, kernels: str | None, reason: str) -> Profile:
    bounds = estimate(manifest, image.machine, kernels)
    return Profile(
        name=manifest.name,
        method=ESTIMATED,
        core=core,
        instructions=None,
        instructions_bound=total(bounds),
        stack=None,
        calls=tuple(
            CallProfile(operator, opcode, None, bound)
            for (operator, opcode, _, _), bound in zip(manifest.calls, bounds, strict=True)
        ),
        cpi=cpi_of(core),
        notes=(f"an estimate: {reason}",),
    )

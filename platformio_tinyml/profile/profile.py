"""A linked model -> its Profile: counted where that can be done, else estimated, with the reason."""

from __future__ import annotations

from ..errors import SetupError, UsageError
from ..firmware.image import Image
from ..manifest import Manifest
from ..report.profile import EMULATED, ESTIMATED, CallProfile, Profile
from .cost import Power, priced
from .cpi import cpi_of
from .estimate import estimate, total

_MACHINES = ("arm", "riscv")
"""Others are not even tried."""
_NO_CALLS = "operators cannot be told apart in this program: the compiler has merged them"


def profile_of(
    image: Image,
    manifest: Manifest,
    *,
    cpu: str = "",
    clock_hz: int | None = None,
    power: Power | None = None,
    kernels: str | None = None,
) -> Profile:
    """Of the model in `image`. `cpu`, as in -mcpu=, says more than the ELF does; `kernels` are of TFLM."""
    names = [name for name in (cpu, image.cpu, image.machine) if name]
    core = next((name for name in names if cpi_of(name)), names[0])
    profile = _counted(image, manifest, cpu, core)
    if isinstance(profile, str):
        profile = _estimated(image, manifest, core, kernels, profile)
    return priced(profile, clock_hz, power)


def _counted(image: Image, manifest: Manifest, cpu: str, core: str) -> Profile | str:
    """Or the reason why not."""
    if image.machine not in _MACHINES:
        return f"the emulator does not run code for {image.machine}"
    if not image.symbols:
        return "the ELF has no symbols"
    try:
        from .count import count  # unicorn may not be there

        counted = count(image, manifest, cpu)
    except (SetupError, UsageError) as error:
        return error.message
    calls = counted.calls or (None,) * len(manifest.calls)
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
        notes=() if counted.calls is not None else (_NO_CALLS,),
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

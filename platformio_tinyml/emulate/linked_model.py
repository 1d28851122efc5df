"""A model in a linked ELF, run through the C functions that its manifest names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ..errors import SetupError, UsageError
from ..firmware.image import Image
from ..manifest import SHARED, SHARED_ARENA, USER, Manifest
from ..timing.classes import Work
from .calls import Call, WatchedCall
from .emulator import LIMIT, Emulator
from .invoke import invoke, outputs_of


@dataclass(frozen=True, slots=True)
class Invoke:
    """One invoke: the bytes of each output, and what the call did."""

    outputs: tuple[bytes, ...]
    call: Call


_SECONDS = 6.0
"""At least, for models that take milliseconds: on a busy computer too."""
_SLOWEST = 20_000
"""Multiply-accumulates, and bytes moved, that the emulator does in a second, whatever the kernels are."""


def seconds_allowed(manifest: Manifest, most: float = LIMIT) -> float:
    """After which an init or an invoke of this model is given up, and `most` at most: a damaged one may never end."""
    work = manifest.macs + sum(info.moved for info in manifest.call_infos)
    return min(_SECONDS + work / _SLOWEST, most)


class LinkedModel:
    """The model after its init. `init` is what that call did, `arena` where its memory is.

    Raises SetupError where it fails.
    """

    def __init__(self, image: Image, manifest: Manifest, cpu: str = "") -> None:
        self.emulator = Emulator(image, cpu, seconds_allowed(manifest))
        self._manifest = manifest
        self.init, self.arena = start(self.emulator, manifest)

    def invoke(
        self,
        inputs: Sequence[bytes],
        watch: Collection[str | int] = (),
        after: Callable[[WatchedCall], None] = lambda _: None,
    ) -> Invoke:
        """Write the inputs, invoke, read the outputs. The rest is as for Emulator.call."""
        emulator, manifest = self.emulator, self._manifest
        call = checked(manifest.invoke, invoke(emulator, manifest, inputs, watch=watch, after=after))
        return Invoke(outputs_of(emulator, manifest, call), call)


def start(emulator: Emulator, manifest: Manifest) -> tuple[Call, range]:
    """Run the init; what the call did, and where the arena is. An application's arena is memory of the emulator's.

    Raises UsageError where the firmware has no init, SetupError where it fails.
    """
    if not emulator.has_symbol(manifest.init):
        raise UsageError(
            f"nothing in the firmware calls {manifest.init}()",
            f"call it once, before the first {manifest.invoke}()",
            code="no-symbol",
        )
    if manifest.arena.whose == USER:
        size = manifest.arena.size
        base = free_memory(emulator, max(size, 1))
        call = emulator.call(manifest.init, base, size)
        return checked(manifest.init, call), range(base, base + size)
    call = checked(manifest.init, emulator.call(manifest.init))
    name = SHARED_ARENA if manifest.arena.whose == SHARED else f"{manifest.name}_arena"
    try:
        symbol = emulator.symbol(name)
    except UsageError:  # only who looks into it needs it
        return call, range(0)
    return call, range(symbol.address, symbol.address + symbol.size)


def work_of_calls(manifest: Manifest, invoke: Call) -> tuple[Work, ...] | None:
    """Of Manifest.calls, of an invoke that watched all their functions.

    None where it did not call these in their order: a compiler that sees all at once has inlined kernels.
    """
    turns = manifest.turns()
    if [each.function for each in invoke.watched] != [manifest.calls[turn][2] for turn in turns]:
        return None
    works = [Work() for _ in manifest.calls]
    for turn, each in zip(turns, invoke.watched, strict=True):
        works[turn].update(each.work)
    return tuple(works)


def free_memory(emulator: Emulator, size: int) -> int:
    """Memory where the image has none."""
    for address in range(0x90000000, 0xA0000000, 0x02000000):
        try:
            emulator.map(address, size)
        except UsageError:
            continue
        return address
    raise SetupError("the ELF leaves no room for an arena in the emulator", "Link a smaller firmware.")


def checked(function: str, call: Call) -> Call:
    """`call`, of init or invoke. SetupError where it did not return TINYML_OK."""
    if call.result:
        raise SetupError(f"{function} returns the status {call.result} (tinyml.h)", "Run `check` on this ELF first.")
    return call

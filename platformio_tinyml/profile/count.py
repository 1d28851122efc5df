"""Init and one invoke of a linked model in the emulator: instructions, by kernel call where they can be told, stack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..emulate import Call, Emulator
from ..emulate.inputs import arbitrary_inputs
from ..emulate.linked_model import LinkedModel
from ..firmware.image import Image
from ..manifest import Manifest
from ..report.stack import Stack

LIMIT = 60.0
"""Seconds for each of init and invoke. The largest model of MLPerf Tiny takes 6."""
_LOOPS = ("InvokeSubgraph", "MicroInterpreter6Invoke")
"""In the names of the functions, in C++ as linked, in which versions of TFLM call a kernel for each operator."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Exact instructions of one invoke; `calls` of Manifest.calls, None where they cannot be told apart."""

    instructions: int
    calls: tuple[int, ...] | None
    stack: Stack


def count(image: Image, manifest: Manifest, cpu: str = "", limit: float = LIMIT) -> Counted:
    """Run the model once on arbitrary inputs, the same each time.

    Raises SetupError for a target that cannot be emulated and for code that does not run there, or not in `limit`.
    """
    model = LinkedModel(image, manifest, cpu, limit)
    inputs = next(arbitrary_inputs(manifest))
    if manifest.runtime == "tflm":
        found = model.invoke(inputs, sites=_sites(model.emulator, image), limit=limit)
        calls = _by_site(found.call, len(manifest.calls))
    else:
        kernels = {function for _, _, function, _ in manifest.calls}
        linked = kernels & {symbol.name for symbol in image.symbols if symbol.kind == "function"}
        found = model.invoke(inputs, watch=linked, limit=limit)
        calls = _by_kernel(found.call, manifest)
    return Counted(found.call.instructions, calls, Stack(model.init.stack, found.call.stack))


def _by_kernel(call: Call, manifest: Manifest) -> tuple[int, ...] | None:
    """None where a compiler that sees all at once has inlined kernels."""
    if [each.function for each in call.watched] != [function for _, _, function, _ in manifest.calls]:
        return None
    return tuple(each.instructions for each in call.watched)


def _sites(emulator: Emulator, image: Image) -> list[int]:
    """Where TFLM may call the kernels: through a pointer, in the function that goes over the operators."""
    for loop in _LOOPS:
        names = {symbol.name for symbol in image.symbols if symbol.kind == "function" and loop in symbol.name}
        if found := [site for name in sorted(names) for site in emulator.indirect_calls(name)]:
            return found
    return []


def _by_site(call: Call, operators: int) -> tuple[int, ...] | None:
    """Of the places that are reached once for each operator (the allocator's is another) the one that takes most."""
    times = Counter(site.address for site in call.sites)
    found = [
        tuple(site.instructions for site in call.sites if site.address == address)
        for address in sorted(times)
        if times[address] == operators
    ]
    return max(found, key=sum, default=None)

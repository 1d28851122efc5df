"""Init and one invoke of a linked model in the emulator: instructions, by kernel call where they can be told, stack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ..emulate import Call, Emulator
from ..emulate.inputs import arbitrary_inputs
from ..emulate.linked_model import checked
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


def count(image: Image, manifest: Manifest, cpu: str = "") -> Counted:
    """Run the model once on arbitrary inputs, the same each time; on zeros where the firmware sets none.

    Raises SetupError for a target that cannot be emulated and for code that does not run there, or not in LIMIT;
    UsageError where the firmware has no init.
    """
    emulator = Emulator(image, cpu)
    functions = {symbol.name for symbol in image.symbols if symbol.kind == "function"}
    init = checked(manifest.init, emulator.call(manifest.init, limit=LIMIT))
    for tensor, data in zip(manifest.inputs, next(arbitrary_inputs(manifest)), strict=True):
        if tensor.accessor in functions:
            emulator.write(emulator.call(tensor.accessor).result, data)
    if manifest.runtime == "tflm":
        invoke = emulator.call(manifest.invoke, sites=_sites(emulator, functions), limit=LIMIT)
        calls = _by_site(invoke, len(manifest.calls))
    else:
        kernels = {function for _, _, function, _ in manifest.calls}
        invoke = emulator.call(manifest.invoke, watch=kernels & functions, limit=LIMIT)
        calls = _by_kernel(invoke, manifest)
    checked(manifest.invoke, invoke)
    return Counted(invoke.instructions, calls, Stack(init.stack, invoke.stack))


def _by_kernel(call: Call, manifest: Manifest) -> tuple[int, ...] | None:
    """None where a compiler that sees all at once has inlined kernels."""
    if [each.function for each in call.watched] != [function for _, _, function, _ in manifest.calls]:
        return None
    return tuple(each.instructions for each in call.watched)


def _sites(emulator: Emulator, functions: Collection[str]) -> list[int]:
    """Where TFLM may call the kernels: through a pointer, in the function that goes over the operators."""
    for loop in _LOOPS:
        names = sorted(name for name in functions if loop in name)
        if found := [site for name in names for site in emulator.indirect_calls(name)]:
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

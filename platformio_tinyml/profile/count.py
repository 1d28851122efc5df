"""Init and one invoke of a linked model in the emulator: instructions, by kernel call where they can be told, stack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from ..emulate import Call, Emulator
from ..emulate.flash_reads import add_flash_reads
from ..emulate.inputs import arbitrary_inputs, zero_inputs
from ..emulate.invoke import invoke, outputs_of
from ..emulate.linked_model import checked, seconds_allowed, start, work_of_calls
from ..errors import SetupError
from ..firmware.image import Image
from ..manifest import Manifest
from ..measured.stack import Stack
from ..timing.classes import Work
from ..timing.flash import UNKNOWN, Flash
from .failure import endless, failure_of

LIMIT = 60.0
"""Seconds at most for each of init and invoke. The largest model of MLPerf Tiny takes 6."""
_LOOPS = ("InvokeSubgraph", "MicroInterpreter6Invoke")
"""In the names of the functions, in C++ as linked, in which versions of TFLM call a kernel for each operator."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The work of one invoke; `calls` of Manifest.calls, None where they cannot be told apart.

    `inputs` are what it ran on; `outputs`, after it.
    `zeros`: arbitrary inputs failed, and these are zero.
    """

    work: Work
    calls: tuple[Work, ...] | None
    stack: Stack
    inputs: tuple[bytes, ...] = ()
    outputs: tuple[bytes, ...] = ()
    zeros: bool = False

    @property
    def instructions(self) -> int:
        """Exact."""
        return self.work["instructions"]


class InvokeFails(SetupError):
    """The model's own fault: it fails on arbitrary inputs and on zeros."""

    code = "invoke"


def count(image: Image, manifest: Manifest, cpu: str = "", flash: Flash = UNKNOWN) -> Counted:
    """Run the model once on arbitrary inputs, the same each time. Reads of `flash` are counted (add_flash_reads).

    Where it fails on those, which may be indices out of range, it has a second try, on zeros. Raises InvokeFails where
    that fails too, by a fault of the model's; SetupError for a target that cannot be emulated and for code that does
    not run there, or not in `seconds_allowed`; UsageError where the firmware has no init.
    """
    inputs = next(arbitrary_inputs(manifest))
    try:
        return _count(image, manifest, cpu, flash, inputs)
    except _InvokeError as first:
        failure = first.endless or failure_of(image, manifest, cpu, inputs, seconds_allowed(manifest, LIMIT))
        if failure is None:
            raise
        try:
            return replace(_count(image, manifest, cpu, flash, zero_inputs(manifest)), zeros=True)
        except SetupError:
            raise InvokeFails(failure, "See docs/verify.md.") from first


class _InvokeError(SetupError):
    """Init succeeded. `endless`: what is wrong with an invoke that does not end."""

    endless: str | None = None


def _count(image: Image, manifest: Manifest, cpu: str, flash: Flash, inputs: tuple[bytes, ...]) -> Counted:
    limit = seconds_allowed(manifest, LIMIT)
    emulator = Emulator(image, cpu, limit)
    functions = {symbol.name for symbol in image.symbols if symbol.kind == "function"}
    init, _ = start(emulator, manifest)
    try:
        if manifest.runtime == "tflm":
            call = invoke(emulator, manifest, inputs, sites=_sites(emulator, functions))
            calls = _by_site(call, len(manifest.calls))
        else:
            kernels = {function for _, _, function, _ in manifest.calls}
            call = invoke(emulator, manifest, inputs, watch=kernels & functions)
            calls = work_of_calls(manifest, call)
        checked(manifest.invoke, call)
    except SetupError as error:
        failure = _InvokeError(error.message, error.next_step)
        failure.endless = endless(image, manifest, error)
        raise failure from error
    outputs = outputs_of(emulator, manifest, call)
    add_flash_reads(call.work, calls or (), image, manifest, inputs, flash, cpu, limit)
    return Counted(call.work, calls, Stack(init.stack, call.stack), inputs, outputs)


def _sites(emulator: Emulator, functions: Collection[str]) -> list[int]:
    """Where TFLM may call the kernels: through a pointer, in the function that goes over the operators."""
    for loop in _LOOPS:
        names = sorted(name for name in functions if loop in name)
        if found := [site for name in names for site in emulator.indirect_calls(name)]:
            return found
    return []


def _by_site(call: Call, operators: int) -> tuple[Work, ...] | None:
    """Of the places that are reached once for each operator (the allocator's is another) the one that takes most."""
    times = Counter(site.address for site in call.sites)
    found = [
        tuple(site.work for site in call.sites if site.address == address)
        for address in sorted(times)
        if times[address] == operators
    ]
    return max(found, key=lambda calls: sum(work["instructions"] for work in calls), default=None)

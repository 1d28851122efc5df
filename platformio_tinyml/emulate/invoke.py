"""One inference of a linked model: its input and its output as its manifest says, whole or row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from ..manifest import Manifest
from ..timing.classes import sum_of
from .calls import Call, WatchedCall
from .emulator import Emulator
from .ports import read_outputs, write_inputs

_FAILED = 1


def invoke(
    emulator: Emulator,
    manifest: Manifest,
    inputs: Sequence[bytes],
    *,
    watch: Collection[str | int] = (),
    sites: Collection[int] = (),
    after: Callable[[WatchedCall], None] = lambda _: None,
) -> Call:
    """After init. The rest is as for Emulator.call; of several calls, one for each row, this is what they did together.

    `result` is 0 where all is well.
    """

    def call(function: str, *arguments: int) -> Call:
        return emulator.call(function, *arguments, watch=watch, sites=sites, after=after)

    if manifest.input_rows is None:
        write_inputs(emulator, manifest, inputs)
        if manifest.output_rows is None:
            return call(manifest.invoke)
        turns = _popped(emulator, manifest, call)
    else:
        turns = _pushed(emulator, manifest, inputs[0], manifest.input_rows, call)
    calls, rows, result = [], [], 0
    for one, row in turns:
        calls.append(one)
        rows.append(row)
        result = one.result
    if manifest.output_rows is not None and not result and len(list(filter(None, rows))) != manifest.output_rows:
        result = _FAILED
    return Call(
        result=result,
        work=sum_of(each.work for each in calls),
        stack=max(each.stack for each in calls),
        watched=tuple(watched for each in calls for watched in each.watched),
        sites=tuple(site for each in calls for site in each.sites),
        rows=b"".join(rows),
    )


_Caller = Callable[..., Call]


def _pushed(
    emulator: Emulator, manifest: Manifest, data: bytes, rows: int, call: _Caller
) -> Iterator[tuple[Call, bytes]]:
    """Each call, and the row of the output that it gave; they end with the first that failed, of a result above 0."""
    size = len(data) // rows
    address = emulator.own_memory(size)
    for row in range(rows):
        emulator.write(address, data[row * size : (row + 1) * size])
        one = call(manifest.invoke, address)
        if one.result != rows - 1 - row:
            yield replace(one, result=one.result or _FAILED), b""
            return
        yield replace(one, result=0), b""
        if manifest.output_rows is not None:
            yield from _popped(emulator, manifest, call)


def _popped(emulator: Emulator, manifest: Manifest, call: _Caller) -> Iterator[tuple[Call, bytes]]:
    """Calls up to the one that has no row."""
    size = manifest.outputs[0].bytes // (manifest.output_rows or 1)
    for _ in range(manifest.output_rows or 0):
        one = call(manifest.pop_row)
        address, one = one.result, replace(one, result=0)
        yield one, emulator.read(address, size) if address else b""
        if not address:
            return
    yield replace(call(manifest.pop_row), result=0), b""


def outputs_of(emulator: Emulator, manifest: Manifest, call: Call) -> tuple[bytes, ...]:
    """What an invoke, `call`, has made. Raises UsageError where the firmware does not hold the model."""
    return (call.rows,) if manifest.output_rows else read_outputs(emulator, manifest)

"""One inference of a linked model: its input handed in as its manifest says, whole or row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..manifest import Manifest
from ..timing.classes import sum_of
from .calls import Call, WatchedCall
from .emulator import Emulator
from .ports import write_inputs


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
    rows = manifest.input_rows
    if rows is None:
        write_inputs(emulator, manifest, inputs)
        return emulator.call(manifest.invoke, watch=watch, sites=sites, after=after)
    (data,) = inputs
    size = len(data) // rows
    address = emulator.own_memory(size)
    calls: list[Call] = []
    for row in range(rows):
        emulator.write(address, data[row * size : (row + 1) * size])
        calls.append(emulator.call(manifest.invoke, address, watch=watch, sites=sites, after=after))
        if calls[-1].result != rows - 1 - row:
            break
    return Call(
        result=calls[-1].result,
        work=sum_of(call.work for call in calls),
        stack=max(call.stack for call in calls),
        watched=tuple(each for call in calls for each in call.watched),
        sites=tuple(each for call in calls for each in call.sites),
    )

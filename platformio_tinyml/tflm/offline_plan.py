"""Our arena plan for TFLM: an offset for every activation that its planner would place."""

from __future__ import annotations

from collections.abc import Sequence

from ..arena.first_fit import make_layout
from ..arena.search import place
from ..errors import TinymlError
from ..model import Model
from ..program import ArenaBuffer
from .activations import activations, loads

ONLINE = -1
"""Of a tensor that TFLM does not place, or places itself."""


def offline_offsets(model: Model) -> tuple[int, ...]:
    """Bytes from the arena's base per tensor of the model, multiples of 16; ONLINE for what is no activation.

    Scratch of kernels stays with TFLM, which fits it in around these. Raises TinymlError (internal) if the plan
    proves wrong.
    """
    buffers = activations(model)
    needed = loads(model)
    found = place(buffers, make_layout(buffers, ()), needed, max(needed))
    _verify(buffers, found.offsets)
    offsets = [ONLINE] * len(model.tensors)
    for buffer, offset in zip(buffers, found.offsets, strict=True):
        if buffer.tensor is not None:
            offsets[buffer.tensor] = offset
    return tuple(offsets)


def _verify(buffers: Sequence[ArenaBuffer], offsets: Sequence[int]) -> None:
    """Recomputed apart from the planner: no two that are live together share a byte, all are aligned."""
    live: list[tuple[ArenaBuffer, int]] = []
    for buffer, offset in zip(buffers, offsets, strict=True):
        live = [(other, at) for other, at in live if other.last_used >= buffer.first_used]
        clash = any(offset < at + other.size and at < offset + buffer.size for other, at in live)
        if clash or offset < 0 or offset % buffer.alignment:
            raise TinymlError(f"the offline plan places {buffer.name!r} wrongly at {offset}", "Report this defect.")
        live.append((buffer, offset))

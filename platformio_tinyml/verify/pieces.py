"""Where the compiled runtime's tensors lie when they are whole: pieces by turns, in the plan that the manifest has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..manifest import Manifest, PlacedBuffer


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `start` to `start + size` of the tensor `tensor`, `offset` bytes from the arena's base."""

    operator: int
    opcode: str
    tensor: int
    name: str
    offset: int
    start: int
    size: int


def pieces_by_turn(manifest: Manifest) -> tuple[tuple[Piece, ...], ...]:
    """Of each of the manifest's turns, what is to be read after it: a tensor, or the next rows of one of a stream."""
    streamed = {each.call: each for stream in manifest.streams for each in stream.tensors}
    whole = _whole_after(manifest)
    rows = {call: _rows(manifest.calls[call], each.tensor, each.name, each.turns()) for call, each in streamed.items()}
    found: list[tuple[Piece, ...]] = []
    for turn in manifest.turns():
        if turn in rows:
            found.append((rows[turn].pop(0),) if rows[turn] else ())
            continue
        operator, opcode, _, _ = manifest.calls[turn]
        places = whole.get(turn, ())
        found.append(tuple(Piece(operator, opcode, p.tensor or 0, p.name, p.offset, 0, p.size) for p in places))
    return tuple(found)


def _rows(call: tuple[int, str, str, int], tensor: int, name: str, turns: Sequence[tuple[int, int]]) -> list[Piece]:
    pieces, start = [], 0
    for offset, size in turns:
        pieces.append(Piece(call[0], call[1], tensor, name, offset, start, size))
        start += size
    return pieces


def _whole_after(manifest: Manifest) -> Mapping[int, Sequence[PlacedBuffer]]:
    """The tensors that are whole after each call: the last of the operator that writes them."""
    last = {operator: call for call, (operator, _, _, _) in enumerate(manifest.calls)}
    found: dict[int, list[PlacedBuffer]] = {}
    streamed = {each.tensor for stream in manifest.streams for each in stream.tensors}
    for place in manifest.arena.placements:
        if place.tensor is not None and place.tensor not in streamed and 0 <= place.first_used < len(manifest.calls):
            found.setdefault(last[manifest.calls[place.first_used][0]], []).append(place)
    return found

"""Tensors of the compiled runtime: its kernels are functions, and the manifest says where their outputs lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..emulate import WatchedCall
from ..emulate.linked_model import Invoke, LinkedModel
from ..manifest import Manifest, PlacedBuffer
from .trace import Untraceable, Written


class CompiledTracer:
    """The compiled runtime: each kernel is a function, and the plan in the manifest says where its output lies."""

    def __init__(self, linked: LinkedModel, manifest: Manifest) -> None:
        self._linked, self._manifest = linked, manifest
        self._turns = manifest.turns()
        self._streamed = {each.call: each for stream in manifest.streams for each in stream.tensors}
        self._completed = _completed(manifest)
        # The linker's --wrap is how a project puts a kernel of its own in the place of ours.
        wrapped = {name: f"__wrap_{name}" for _, _, name, _ in manifest.calls}
        has = linked.emulator.has_symbol
        names = [manifest.calls[turn][2] for turn in self._turns]
        self._functions = [wrapped[name] if has(wrapped[name]) else name for name in names]
        if missing := [each for each in self._functions if not has(each)]:
            raise Untraceable(f"{missing[0]} is no function of its own in this program (-flto may have inlined it)")
        self._arena = linked.arena.start

    def run(self, inputs: Sequence[bytes]) -> tuple[Invoke, tuple[Written, ...]]:
        """See Tracer."""
        ran: list[str] = []
        written: list[Written] = []
        pieces: dict[int, list[bytes]] = {call: [] for call in self._streamed}

        def look(call: WatchedCall) -> None:
            if len(ran) < len(self._turns):
                turn = self._turns[len(ran)]
                written.extend(self._rows_of(turn, pieces[turn]) if turn in pieces else self._outputs_of(turn))
            ran.append(call.function)

        invoke = self._linked.invoke(inputs, set(self._functions), after=look)
        if ran != self._functions:
            raise Untraceable("its invoke does not call the model's kernels one after another")
        return invoke, tuple(sorted(written, key=lambda each: each.operator))

    def _rows_of(self, call: int, pieces: list[bytes]) -> Iterator[Written]:
        """Adds the rows that a call of a stream has made to `pieces`; the tensor, once that is whole."""
        (operator, opcode, _, _), streamed = self._manifest.calls[call], self._streamed[call]
        turns = streamed.turns()
        if len(pieces) < len(turns):
            offset, size = turns[len(pieces)]
            pieces.append(self._linked.emulator.read(self._arena + offset, size))
            if len(pieces) == len(turns):
                yield Written(operator, opcode, streamed.tensor, streamed.name, b"".join(pieces))

    def _outputs_of(self, call: int) -> Iterator[Written]:
        operator, opcode, _, _ = self._manifest.calls[call]
        for place in self._completed.get(call, ()):
            data = self._linked.emulator.read(self._arena + place.offset, place.size)
            yield Written(operator, opcode, place.tensor or 0, place.name, data)


def _completed(manifest: Manifest) -> Mapping[int, Sequence[PlacedBuffer]]:
    """The tensors that are whole after each call: the last of the operator that writes them."""
    last = {operator: call for call, (operator, _, _, _) in enumerate(manifest.calls)}
    completed: dict[int, list[PlacedBuffer]] = {}
    streamed = {each.tensor for stream in manifest.streams for each in stream.tensors}
    for place in manifest.arena.placements:
        if place.tensor is not None and place.tensor not in streamed and 0 <= place.first_used < len(manifest.calls):
            completed.setdefault(last[manifest.calls[place.first_used][0]], []).append(place)
    return completed

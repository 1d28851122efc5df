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
        self._completed = _completed(manifest)
        # The linker's --wrap is how a project puts a kernel of its own in the place of ours.
        wrapped = {name: f"__wrap_{name}" for _, _, name, _ in manifest.calls}
        has = linked.emulator.has_symbol
        self._functions = [wrapped[name] if has(wrapped[name]) else name for _, _, name, _ in manifest.calls]
        if missing := [each for each in self._functions if not has(each)]:
            raise Untraceable(f"{missing[0]} is no function of its own in this program (-flto may have inlined it)")
        self._arena = linked.arena.start

    def run(self, inputs: Sequence[bytes]) -> tuple[Invoke, tuple[Written, ...]]:
        """See Tracer."""
        ran: list[str] = []
        written: list[Written] = []

        def look(call: WatchedCall) -> None:
            written.extend(self._outputs_of(len(ran)))
            ran.append(call.function)

        invoke = self._linked.invoke(inputs, set(self._functions), after=look)
        if ran != self._functions:
            raise Untraceable("its invoke does not call the model's kernels one after another")
        return invoke, tuple(written)

    def _outputs_of(self, call: int) -> Iterator[Written]:
        operator, opcode, _, _ = self._manifest.calls[call]
        for place in self._completed.get(call, ()):
            data = self._linked.emulator.read(self._arena + place.offset, place.size)
            yield Written(operator, opcode, place.tensor or 0, place.name, data)


def _completed(manifest: Manifest) -> Mapping[int, Sequence[PlacedBuffer]]:
    """The tensors that are whole after each call: the last of the operator that writes them."""
    last = {operator: call for call, (operator, _, _, _) in enumerate(manifest.calls)}
    completed: dict[int, list[PlacedBuffer]] = {}
    for place in manifest.arena.placements:
        if place.tensor is not None and 0 <= place.first_used < len(manifest.calls):
            completed.setdefault(last[manifest.calls[place.first_used][0]], []).append(place)
    return completed

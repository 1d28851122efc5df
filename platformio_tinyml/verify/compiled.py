"""Tensors of the compiled runtime: its kernels are functions, and the manifest says where their outputs lie."""

from __future__ import annotations

from collections.abc import Sequence

from ..emulate import WatchedCall
from ..emulate.linked_model import Invoke, LinkedModel
from ..manifest import Manifest
from .pieces import Piece, pieces_by_turn
from .trace import Untraceable, Written


class CompiledTracer:
    """The compiled runtime: each kernel is a function, and the plan in the manifest says where its output lies."""

    def __init__(self, linked: LinkedModel, manifest: Manifest) -> None:
        self._linked, self._pieces = linked, pieces_by_turn(manifest)
        # The linker's --wrap is how a project puts a kernel of its own in the place of ours.
        wrapped = {name: f"__wrap_{name}" for _, _, name, _ in manifest.calls}
        has = linked.emulator.has_symbol
        names = [manifest.calls[turn][2] for turn in manifest.turns()]
        self._functions = [wrapped[name] if has(wrapped[name]) else name for name in names]
        if missing := [each for each in self._functions if not has(each)]:
            raise Untraceable(f"{missing[0]} is no function of its own in this program (-flto may have inlined it)")
        self._arena = linked.arena.start

    def run(self, inputs: Sequence[bytes]) -> tuple[Invoke, tuple[Written, ...]]:
        """See Tracer."""
        ran: list[str] = []
        read: dict[int, tuple[Piece, list[bytes]]] = {}

        def look(call: WatchedCall) -> None:
            for piece in self._pieces[len(ran)] if len(ran) < len(self._pieces) else ():
                data = self._linked.emulator.read(self._arena + piece.offset, piece.size)
                read.setdefault(piece.tensor, (piece, []))[1].append(data)
            ran.append(call.function)

        invoke = self._linked.invoke(inputs, set(self._functions), after=look)
        if ran != self._functions:
            raise Untraceable("its invoke does not call the model's kernels one after another")
        written = (Written(p.operator, p.opcode, p.tensor, p.name, b"".join(data)) for p, data in read.values())
        return invoke, tuple(sorted(written, key=lambda each: each.operator))

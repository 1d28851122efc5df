"""The independent check of a plan: walk through the calls and watch whose bytes lie where in the arena.

It knows no planner and no lifetimes, and shares no code with them: a plan is right if every call finds its inputs
as they were written. The times of use that a plan states are compared with what the walk sees.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import TinymlError
from ..model.naming import printable
from ..program import (
    ARENA_ALIGNMENT,
    BUFFER_ALIGNMENT,
    SCRATCH_ALIGNMENT,
    ArenaPlan,
    Overlap,
    Placement,
    Program,
    Stream,
    TensorRef,
    Window,
)
from .replay import Replay


def verify(program: Program, plan: ArenaPlan) -> None:
    """Return if `plan` is a correct and truthful plan of `program`'s arena; else raise TinymlError (internal).

    Each tensor and scratch has exactly one place, inside [0, size) and aligned. No byte of a value is overwritten
    before its last read. An output shares bytes with an input of its call only by an Overlap of the program that
    the plan names, at its distance. The sizes, times of use and lower bound that the plan states are true.
    """
    _Walk(program, plan).run()


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes [start, end) of the arena. `owner` is a tensor that owns memory, or -1 for scratch."""

    start: int
    end: int
    owner: int
    name: str

    def touches(self, other: _Extent) -> bool:
        return self.start < other.end and other.start < self.end


class _Walk:
    def __init__(self, program: Program, plan: ArenaPlan) -> None:
        self.program = program
        self.plan = plan
        self.views = {view.tensor: view for view in program.views}
        self.states = {state.tensor for state in program.states}
        self.overlaps: dict[tuple[int, int, int], list[Overlap]] = {}
        for overlap in program.overlaps:
            self.overlaps.setdefault((overlap.call, overlap.input, overlap.output), []).append(overlap)
        self.planned = set(plan.overlaps)
        self.windows: dict[int, list[Window]] = {}
        for window in (each for stream in program.streams for each in stream.windows):
            self.windows.setdefault(window.tensor, []).append(window)
        self.lying: list[_Extent] = []
        """What the arena holds at the moment; disjoint."""
        self.times: dict[int, list[int]] = {}
        """Per owner, the times at which it was written or read."""

    def run(self) -> None:
        program, plan, end = self.program, self.plan, len(self.program.steps)
        places = self._places()
        written = program.model.inputs if program.holds_input else ()
        inputs = [self._extent(tensor, places) for tensor in written if self._in_arena(tensor)]
        kept = program.model.outputs if program.holds_output else ()
        outputs = [self._extent(tensor, places) for tensor in kept if self._in_arena(tensor)]
        variables = [
            self._extent(owner, places) for owner in self._owners() if program.model.tensors[owner].is_variable
        ]
        for extent in (*inputs, *variables):
            self._write(extent, -1)
        for extent in (*inputs, *variables):
            self._read(extent, -1, "the application before the first call")
        for step, calls in enumerate(program.steps):
            if stream := program.stream_of(step):
                self._stream(step, stream, places)
            else:
                self._call(step, calls.start, places)
        for extent in (*outputs, *variables, *(inputs if plan.keep_input else ())):
            self._read(extent, end, "the application after the last call")
        self._check_statements(places)

    def _call(self, step: int, call: int, places: dict[tuple[int, int], Placement]) -> None:
        who = f"call {call} ({self.program.calls[call].function})"
        read = [(tensor, self._extent(tensor, places)) for tensor in self._inputs(call)]
        outputs = [tensor for tensor in self.program.calls[call].outputs if self._in_arena(tensor)]
        self._replace(step, call, who, read, [(tensor, self._extent(tensor, places)) for tensor in outputs], places)

    def _stream(self, step: int, stream: Stream, places: dict[tuple[int, int], Placement]) -> None:
        """As a call whose outputs are the windows, whole; then its steps, one by one."""
        who = f"the stream of calls {stream.first} to {stream.last}"
        given = [(w.tensor, self._extent(w.tensor, places)) for w in stream.windows if w.given]
        made = [(w.tensor, self._buffer(w.tensor, places)) for w in stream.windows if not w.given]
        self._replace(step, stream.first, who, given, made, places)
        starts = []
        for window in stream.windows:
            place, (_, offset) = places[window.tensor, 0], self._storage(window.tensor)
            before = window.top * window.row if window.rows == window.total else 0
            after = place.offset + offset - before + window.rows * window.row
            inside = offset >= before and after <= place.offset + place.buffer.size
            _require(inside, f"{who}: the rows of tensor {window.tensor} have no room")
            starts.append(place.offset + offset - before)
        problem = Replay(self.program, stream, starts, self.plan.size).problem()
        _require(problem is None, f"{who}: {problem}")

    def _replace(
        self,
        step: int,
        call: int,
        who: str,
        read: list[tuple[int, _Extent]],
        written: list[tuple[int, _Extent]],
        places: dict[tuple[int, int], Placement],
    ) -> None:
        """What a step reads must be there; what it writes lies apart from it, or as far as the program allows."""
        for _, extent in read:
            self._read(extent, step, who)
        for source, extent in read:
            for target, other in written:
                if extent.touches(other) and extent.owner != other.owner:
                    distance = self._address(source, places) - self._address(target, places)
                    self._check_overlap(call, source, target, distance, f"{who}: {extent.name}")
        exclusive = [extent for _, extent in written]
        if (-1, step) in places:
            place = places[-1, step]
            scratch = _Extent(place.offset, place.offset + place.buffer.size, -1, f"the scratch of step {step}")
            exclusive.append(scratch)
            for _, extent in read:
                _require(not extent.touches(scratch), f"{who}: {extent.name} shares bytes with {scratch.name}")
        for index, extent in enumerate(exclusive):
            for other in exclusive[:index]:
                apart = not extent.touches(other) or extent.owner == other.owner
                _require(apart, f"{who}: {extent.name} shares bytes with {other.name}")
            self._write(extent, step)

    def _check_overlap(self, call: int, source: int, target: int, distance: int, who: str) -> None:
        key = (call, source, target)
        allowed = self.overlaps.get(key, ())
        _require(bool(allowed), f"{who} shares bytes with the output, which its kernel does not allow")
        least = max(overlap.min_distance for overlap in allowed)
        _require(distance >= least, f"{who} lies {distance} bytes above the output, its kernel wants {least}")
        _require(set(allowed) <= self.planned, f"{who} shares bytes with the output, unknown to the plan")

    def _write(self, extent: _Extent, time: int) -> None:
        """`extent` replaces whatever lay there."""
        self._note(extent, time)
        rest = []
        for old in self.lying:
            if old.touches(extent):
                rest.append(_Extent(old.start, extent.start, old.owner, old.name))
                rest.append(_Extent(extent.end, old.end, old.owner, old.name))
            else:
                rest.append(old)
        self.lying = [old for old in (*rest, extent) if old.start < old.end]

    def _read(self, extent: _Extent, time: int, who: str) -> None:
        """Every byte of `extent` must still be its own."""
        self._note(extent, time)
        own = 0
        for old in self.lying:
            if old.touches(extent):
                _require(old.owner == extent.owner, f"{who} reads {extent.name}, overwritten by {old.name}")
                own += min(old.end, extent.end) - max(old.start, extent.start)
        _require(own == extent.end - extent.start, f"{who} reads {extent.name}, which was never written")

    def _note(self, extent: _Extent, time: int) -> None:
        if extent.owner >= 0:
            self.times.setdefault(extent.owner, []).append(time)

    def _places(self) -> dict[tuple[int, int], Placement]:
        """Placements by (owner, 0), or (-1, step) for scratch: complete, unique, inside, aligned, of the right size."""
        calls = self.program.calls
        wanted = {(owner, 0): self._buffer_size(owner) for owner in self._owners()}
        for step, members in enumerate(self.program.steps):
            if scratch := max(calls[call].scratch_size for call in members):
                wanted[-1, step] = scratch

        places: dict[tuple[int, int], Placement] = {}
        for place in self.plan.placements:
            buffer = place.buffer
            name = f"'{printable(buffer.name)}'"
            key = (-1, buffer.first_used) if buffer.tensor is None else (buffer.tensor, 0)
            least = SCRATCH_ALIGNMENT if buffer.tensor is None else BUFFER_ALIGNMENT
            _require(key in wanted, f"{name} has a place but needs none")
            _require(key not in places, f"{name} has two places")
            _require(buffer.size == wanted[key], f"{name} has {buffer.size} bytes and needs {wanted[key]}")
            _require(0 <= place.offset <= self.plan.size - buffer.size, f"{name} lies outside the arena")
            aligned = buffer.alignment % least == 0 == place.offset % buffer.alignment
            _require(aligned, f"{name} is not aligned at {place.offset}")
            places[key] = place
        _require(len(places) == len(wanted), f"{len(wanted) - len(places)} buffers have no place")
        return places

    def _check_statements(self, places: dict[tuple[int, int], Placement]) -> None:
        plan, end = self.plan, len(self.program.steps)
        live = dict.fromkeys(range(-1, end + 1), 0)
        for (owner, call), place in places.items():
            times = [call] if owner == -1 else self.times[owner]
            stated = (place.buffer.first_used, place.buffer.last_used)
            name = f"'{printable(place.buffer.name)}'"
            _require(stated == (min(times), max(times)), f"{name} is in use from {min(times)} to {max(times)}")
            for time in range(min(times), max(times) + 1):
                live[time] += -(-place.buffer.size // BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT
        bound = -(-max(live.values()) // ARENA_ALIGNMENT) * ARENA_ALIGNMENT
        _require(plan.alignment == ARENA_ALIGNMENT, f"the arena's alignment is {plan.alignment}")
        _require(plan.size % ARENA_ALIGNMENT == 0, f"the size {plan.size} is not a multiple of {ARENA_ALIGNMENT}")
        _require(plan.lower_bound == bound, f"the lower bound is {bound}, not {plan.lower_bound}")
        _require(plan.planned_bound <= min(plan.size, bound), f"the planned bound {plan.planned_bound} is too large")
        _require(plan.peak in range(end) or (plan.peak == -1 and not end), f"there is no step {plan.peak}")
        _require(set(plan.overlaps) <= set(self.program.overlaps), "the plan uses an overlap that is not the program's")

    def _owners(self) -> set[int]:
        """Tensors that own memory in the arena."""
        mentioned = [*self.program.model.inputs, *self.program.model.outputs]
        for index, call in enumerate(self.program.calls):
            mentioned += [*self._inputs(index), *call.outputs]
        return {self._storage(tensor)[0] for tensor in mentioned if self._in_arena(tensor)}

    def _inputs(self, call: int) -> list[int]:
        """Tensors in the arena that a call reads, each once."""
        refs = (operand.tensor for operand in self.program.calls[call].inputs if isinstance(operand, TensorRef))
        return [tensor for tensor in dict.fromkeys(refs) if self._in_arena(tensor)]

    def _in_arena(self, tensor: int) -> bool:
        owner, _ = self._storage(tensor)
        return self.program.model.tensors[owner].data is None and owner not in self.states

    def _storage(self, tensor: int) -> tuple[int, int]:
        """(owner, byte of the owner at which the tensor begins)."""
        if tensor not in self.views:
            return tensor, self._front(tensor)
        owner, offset = self._storage(self.views[tensor].of)
        return owner, offset + self.views[tensor].offset

    def _front(self, owner: int) -> int:
        """Bytes of its buffer before a tensor that is held whole: room for the padding above it, in any stream."""
        room = [w.top * w.row for w in self.windows.get(owner, ()) if w.rows == w.total]
        return -(-max(room, default=0) // SCRATCH_ALIGNMENT) * SCRATCH_ALIGNMENT

    def _buffer_size(self, owner: int) -> int:
        for window in self.windows.get(owner, ()):
            if window.rows < window.total:
                return window.rows * window.row
        below = max((window.bottom * window.row for window in self.windows.get(owner, ())), default=0)
        room = max((window.room for window in self.windows.get(owner, ())), default=0)
        return self._front(owner) + max(self.program.model.tensors[owner].size + below, room)

    def _address(self, tensor: int, places: dict[tuple[int, int], Placement]) -> int:
        owner, offset = self._storage(tensor)
        return places[owner, 0].offset + offset

    def _buffer(self, owner: int, places: dict[tuple[int, int], Placement]) -> _Extent:
        """All of a buffer."""
        place = places[owner, 0]
        name = f"'{printable(place.buffer.name)}'"
        return _Extent(place.offset, place.offset + place.buffer.size, owner, name)

    def _extent(self, tensor: int, places: dict[tuple[int, int], Placement]) -> _Extent:
        """Where a tensor, owner or view, lies; refused if misaligned or beyond its owner."""
        owner, offset = self._storage(tensor)
        place = places[owner, 0]
        info = self.program.model.tensors[tensor]
        start = place.offset + offset
        name = f"'{printable(info.name)}'"
        _require(0 <= offset <= place.buffer.size - info.size, f"the view {name} lies outside its tensor")
        _require(start % max(info.type.bits // 8, 1) == 0, f"{name} is not aligned at {start}")
        return _Extent(start, start + info.size, owner, name)


def _require(condition: bool, message: str) -> None:
    if not condition:
        hint = "this is a defect of pio-tinyml; please report it with the model"
        raise TinymlError(f"arena plan: {message}", hint, code="arena-plan")

"""Program: what the compiled runtime executes. Made by operators/, placed by arena/, written as C by codegen/."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..model import Model, Operator
from .params import Params
from .stream import Stream, Window
from .sweep import Sweep


@dataclass(frozen=True, slots=True)
class Constant:
    """A table in flash.

    `name` is a C identifier suffix, unique in the program (`op3_filter`); codegen puts the model's name before it.
    `c_type` is `int8_t`, `int32_t`, ...; `data` is little-endian; `comment` is one line (shape, origin).
    """

    name: str
    c_type: str
    data: bytes
    alignment: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TensorRef:
    """An operand in the arena: a tensor of the model by index."""

    tensor: int


@dataclass(frozen=True, slots=True)
class ConstantRef:
    """An operand in flash: a Constant by name."""

    constant: str


@dataclass(frozen=True, slots=True)
class Omitted:
    """An operand that the model leaves out (no bias): NULL in C."""


Operand = TensorRef | ConstantRef | Omitted


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One call, `function(&params, inputs..., outputs..., [scratch])`.

    The C prototype takes `const <params.struct> *` first, then one pointer per input, one per output (always in
    the arena), then `void *scratch` if `scratch_size` (bytes) is above 0, then, if `numbered`, the number of the first
    row to make, 0 of a call that makes all. Without `sweep` it needs all rows at once. `macs` are its multiplications
    that are added to others.
    """

    function: str
    params: Params
    inputs: tuple[Operand, ...]
    outputs: tuple[int, ...]
    source: Operator
    scratch_size: int = 0
    sweep: Sweep | None = None
    numbered: bool = False
    macs: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """`tensor` is the bytes of tensor `of` from `offset` (bytes) on: it needs no memory and no call of its own."""

    tensor: int
    of: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a kernel's access order allows at call number `call`, if `input` dies there.

    The output may share bytes with the input provided `address(input) - address(output) >= min_distance` (bytes, may
    be negative): no byte of the input is overwritten before its last read. `reason` is one line for the report.
    """

    call: int
    input: int
    output: int
    min_distance: int
    reason: str


@dataclass(frozen=True, slots=True)
class State:
    """Memory beside the arena of a tensor that keeps its value from one invoke to the next.

    `offset` is in bytes from the state's base; `initial` is what it holds before the first invoke and after a reset.
    """

    tensor: int
    offset: int
    initial: bytes


@dataclass(frozen=True)
class Program:
    """A lowered model. `calls` are in execution order; operators that are views have no call.

    `streams` are disjoint and in order; a step is a stream, or a call that is in none. `copied_in`: so many rows of the
    input are handed in, and copied to where the arena holds it whole; `copied_out`: so many of an output that it holds
    whole are handed out. 0 where that is not so.
    """

    model: Model
    constants: tuple[Constant, ...]
    calls: tuple[KernelCall, ...]
    views: tuple[View, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    states: tuple[State, ...] = ()
    streams: tuple[Stream, ...] = ()
    copied_in: int = 0
    copied_out: int = 0

    @cached_property
    def steps(self) -> tuple[range, ...]:
        """The calls of each step, in order."""
        streams = {stream.first: stream for stream in self.streams}
        steps: list[range] = []
        call = 0
        while call < len(self.calls):
            end = streams[call].last + 1 if call in streams else call + 1
            steps.append(range(call, end))
            call = end
        return tuple(steps)

    @property
    def takes_rows(self) -> bool:
        """Whether the application hands in the input's rows one by one."""
        return self.copied_in > 0 or not self.holds_input

    @property
    def hands_out_rows(self) -> bool:
        """Whether the application takes the output's rows one by one."""
        return self.copied_out > 0 or not self.holds_output

    @property
    def holds_input(self) -> bool:
        """Whether the arena holds the inputs whole, before the first step: no stream is handed rows."""
        return not (self.streams and self.streams[0].is_handed_rows)

    @property
    def holds_output(self) -> bool:
        """Whether the arena holds the outputs whole, behind the last step: no stream hands out rows."""
        return not (self.streams and self.streams[-1].hands_out_rows)

    def step_of(self, call: int) -> int:
        """The number of the step that call number `call` is in."""
        return self._step_of[call]

    def call_times(self, first: int, last: int) -> tuple[int, int]:
        """The calls from the first of step `first` to the last of step `last`; times before and after all stay so."""
        first = self.steps[first].start if 0 <= first < len(self.steps) else first if first < 0 else len(self.calls)
        last = self.steps[last].stop - 1 if 0 <= last < len(self.steps) else last if last < 0 else len(self.calls)
        return first, last

    def stream_of(self, step: int) -> Stream | None:
        """The stream that a step is, if it is one."""
        return next((stream for stream in self.streams if stream.first == self.steps[step].start), None)

    def buffer_size(self, tensor: int) -> int:
        """Bytes of a tensor that owns memory: of rows in a window only these, else with the padding around it."""
        windows = self._windows.get(tensor, ())
        if moving := self.moving_window(tensor):
            return moving.rows * moving.row
        below = max((window.bottom * window.row for window in windows), default=0)
        room = max((window.room for window in windows), default=0)
        return self._front(tensor) + max(self.model.tensors[tensor].size + below, room)

    def moving_window(self, tensor: int | None) -> Window | None:
        """The window of a tensor that is never held whole, None of others."""
        windows = self._windows.get(tensor, ()) if tensor is not None else ()
        return next((window for window in windows if window.rows < window.total), None)

    def scratch_size(self, step: int) -> int:
        """Bytes of scratch that the calls of a step need, one after the other."""
        return max(self.calls[call].scratch_size for call in self.steps[step])

    @property
    def state_size(self) -> int:
        """Bytes of all states."""
        return max((state.offset + len(state.initial) for state in self.states), default=0)

    def storage(self, tensor: int) -> tuple[int, int]:
        """(tensor that owns the memory, byte offset in it) after following views, and behind the padding in front."""
        offset = 0
        while tensor in self._views:
            offset += self._views[tensor].offset
            tensor = self._views[tensor].of
        return tensor, offset + self._front(tensor)

    def constant(self, name: str) -> Constant:
        """The table of that name; KeyError if there is none."""
        return self._constants[name]

    def _front(self, tensor: int) -> int:
        """Bytes before the first of a tensor held whole: a multiple of 8, so that it stays aligned."""
        windows = [window for window in self._windows.get(tensor, ()) if window.rows == window.total]
        return max((-(-window.top * window.row // 8) * 8 for window in windows), default=0)

    @cached_property
    def overlaps_of(self) -> dict[int, tuple[Overlap, ...]]:
        """The overlaps of each call that has any."""
        found: dict[int, list[Overlap]] = {}
        for overlap in self.overlaps:
            found.setdefault(overlap.call, []).append(overlap)
        return {call: tuple(overlaps) for call, overlaps in found.items()}

    @cached_property
    def readers(self) -> dict[int, frozenset[int]]:
        """Of each tensor that owns memory the calls that read it; the number of calls stands for the application."""
        found: dict[int, set[int]] = {}
        for position, call in enumerate(self.calls):
            for operand in call.inputs:
                if isinstance(operand, TensorRef):
                    found.setdefault(self.storage(operand.tensor)[0], set()).add(position)
        for tensor in self.model.outputs:
            found.setdefault(self.storage(tensor)[0], set()).add(len(self.calls))
        return {tensor: frozenset(calls) for tensor, calls in found.items()}

    @cached_property
    def writers(self) -> dict[int, frozenset[int]]:
        """Of each tensor that owns memory the calls that write to it."""
        found: dict[int, set[int]] = {}
        for position, call in enumerate(self.calls):
            for tensor in call.outputs:
                found.setdefault(self.storage(tensor)[0], set()).add(position)
        return {tensor: frozenset(calls) for tensor, calls in found.items()}

    @cached_property
    def _windows(self) -> dict[int, list[Window]]:
        found: dict[int, list[Window]] = {}
        for stream in self.streams:
            for window in stream.windows:
                found.setdefault(window.tensor, []).append(window)
        return found

    @cached_property
    def _step_of(self) -> dict[int, int]:
        return {call: number for number, step in enumerate(self.steps) for call in step}

    @cached_property
    def _views(self) -> dict[int, View]:
        return {view.tensor: view for view in self.views}

    @cached_property
    def _constants(self) -> dict[str, Constant]:
        return {constant.name: constant for constant in self.constants}

"""A range of calls -> Stream: who reads whose rows, in which order they run, how many rows each window must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from ..program import APPLICATION, KernelCall, Overlap, Program, Reading, Stage, Stream, View, Window
from .price import price_of
from .rows import OWN, RowCall
from .steps import Step, steps

REASON = "rows of the input die as the stream makes rows"
MOST_STAGES = 127
"""The runtime numbers stages and windows in an int8_t."""


@dataclass(frozen=True)
class Built:
    """A stream, and what becomes of the program with it.

    `views` are tensors whose rows lie in the window of another. `overlaps` of dying inputs are by its first call.
    `instead` are calls that take the place of others, by their number. `asks_makers` as of steps().
    `bytes` is the most that its windows and what is left of dying inputs take at any time, however they are placed.
    """

    stream: Stream
    views: tuple[View, ...]
    overlaps: tuple[Overlap, ...]
    bytes: int
    asks_makers: bool
    instead: tuple[tuple[int, KernelCall], ...]

    @cached_property
    def price(self) -> float:
        """Instructions of the stream beyond those of its calls made whole, by estimate."""
        return price_of(self.stream)

    @property
    def tensors(self) -> set[int]:
        """Those that its windows hold rows of."""
        return {window.tensor for window in self.stream.windows} | {view.tensor for view in self.views}


def build(program: Program, first: int, last: int, calls: Mapping[int, RowCall]) -> tuple[Built, ...]:
    """Streams of calls `first` to `last`, all of which `calls` has: one that asks makers, and one that does not.

    None where their rows do not fit together. With APPLICATION in `calls` the model's input is handed in row by row,
    to the stream of the first call; with the number behind the last call its output is handed out so, by the stream of
    that one.
    """
    begin = APPLICATION if first == 0 and APPLICATION in calls else first
    end = last + 1 if last + 1 == len(program.calls) and last + 1 in calls else last
    if not all(call in calls for call in range(begin, end + 1)) or end - begin >= MOST_STAGES:
        return ()
    draft = _Draft(program, begin, end, calls)
    return draft.built() if draft.is_sound() else ()


@dataclass
class _Buffer:
    """A window in the making: of `tensors`, each of which replaces the one before it row by row."""

    tensors: list[int]
    height: int
    row: int
    pads: list[tuple[int, int]] = field(default_factory=list)
    """(rows above, rows below) that each reader wants."""
    fills: set[int] = field(default_factory=set)
    given: bool = False
    whole: bool = False
    room: int = 0


class _Draft:
    def __init__(self, program: Program, first: int, last: int, calls: Mapping[int, RowCall]) -> None:
        self.program, self.first, self.last = program, first, last
        self.calls = [calls[call] for call in range(first, last + 1)]
        self.made_by: dict[int, int] = {}
        """The last stage so far that makes rows of a tensor."""
        self.makers: list[tuple[int, ...]] = []
        """Of each stage who makes what it reads, -1 where that is given."""
        self.buffers: dict[int, _Buffer] = {}
        self.in_place: list[bool] = []
        self.leads: dict[int, int] = {}
        self.sound = self._holds_all_writers()
        for stage in range(len(self.calls)):
            if self.sound:
                self._add(stage)

    def is_sound(self) -> bool:
        """Whether all that touch a tensor see the same rows, and one byte pads it."""
        return self.sound and all(len(each.fills) < 2 for each in self.buffers.values())

    def _holds_all_writers(self) -> bool:
        """Whether no call outside writes to a tensor that one inside writes to."""
        inside = {each.tensor for each in self.calls}
        writers = (call for tensor in inside for call in self.program.writers.get(tensor, ()))
        return all(self.first <= call <= self.last for call in writers)

    def _add(self, stage: int) -> None:
        call = self.calls[stage]
        self.makers.append(tuple(self.made_by.get(reading.tensor, -1) for reading in call.readings))
        if call.continues != (call.tensor in self.made_by):
            self.sound = False
            return
        self.made_by[call.tensor] = stage
        for reading in call.readings:
            if reading.operand == OWN:
                continue
            if reading.tensor not in self.buffers:
                if any(reading.tensor == later.tensor for later in self.calls[stage:]):  # not in order
                    self.sound = False
                    return
                self.buffers[reading.tensor] = _Buffer(
                    [reading.tensor], reading.height, reading.row, given=True, whole=True
                )
            buffer = self.buffers[reading.tensor]
            if (buffer.height, buffer.row) != (reading.height, reading.row):
                self.sound = False
                return
            below = (call.height - 1) // reading.repeats * reading.stride + reading.span - reading.pad - reading.height
            buffer.pads.append((0, 0) if reading.spans else (max(reading.pad, 0), max(below, 0)))
            if reading.fill is not None:
                buffer.fills.add(reading.fill & 255)
        if call.continues:
            self.in_place.append(True)
            return
        over = next((r.tensor for r in call.readings if self._may_replace(stage, r.tensor)), None)
        self.in_place.append(over is not None)
        whole = not self._ends_inside(call.tensor)
        if over is None:
            whole |= call.folds
            self.buffers[call.tensor] = _Buffer([call.tensor], call.height, call.row, whole=whole, room=call.room)
            return
        shared = self.buffers[over]
        shared.tensors.append(call.tensor)
        shared.whole |= whole
        self.buffers[call.tensor] = shared

    def _may_replace(self, stage: int, tensor: int) -> bool:
        """Whether the stage is the only one that reads an input made in the stream, and may write its rows over it."""
        call = self.calls[stage]
        return (
            tensor in call.over
            and tensor in self.made_by
            and self._ends_inside(tensor)
            and self.program.readers[tensor] == {self.first + stage}
            and not self.buffers[tensor].pads[1:]
        )

    def _ends_inside(self, tensor: int) -> bool:
        """Whether nothing reads a tensor but calls of the stream."""
        times = self.program.readers.get(tensor, frozenset())
        return bool(times) and max(times) <= self.last

    def built(self) -> tuple[Built, ...]:
        order = list(dict.fromkeys(map(id, self.buffers.values())))
        buffers = [next(b for b in self.buffers.values() if id(b) == each) for each in order]
        number = {tensor: index for index, buffer in enumerate(buffers) for tensor in buffer.tensors}
        windows = [_window(buffer) for buffer in buffers]
        if any(r.spans and r.pad > 0 and windows[number[r.tensor]].top for call in self.calls for r in call.readings):
            return ()  # the step is given the window's start, and its kernel looks for the tensor's
        last_reader = {r.tensor: stage for stage, call in enumerate(self.calls) for r in call.readings}
        then = [last_reader.get(call.tensor, stage) for stage, call in enumerate(self.calls)]
        stages = tuple(self._stage(stage, number, windows) for stage in range(len(self.calls)))
        asking = self._run(buffers, windows, stages, then, asks_makers=True)
        if all(maker in (-1, stage - 1) for stage, makers in enumerate(self.makers) for maker in makers):
            found = asking, asking and replace(asking, asks_makers=False)  # the one before is the one that makes
        else:
            found = asking, self._run(buffers, windows, stages, then, asks_makers=False)
        return tuple(each for each in found if each is not None)

    def _run(
        self,
        buffers: Sequence[_Buffer],
        windows: Sequence[Window],
        stages: tuple[Stage, ...],
        then: Sequence[int],
        *,
        asks_makers: bool,
    ) -> Built | None:
        """None where some stage is never asked for its last rows."""
        run = Run(windows, stages, then, asks_makers)
        if any(made < stage.height for made, stage in zip(run.made, stages, strict=True)):
            return None
        sized = tuple(
            replace(window, rows=window.total if buffer.whole else min(rows, window.total))
            for window, buffer, rows in zip(windows, buffers, run.rows, strict=True)
        )
        sized = tuple(replace(window, shift=_shift(number, window, run.writes)) for number, window in enumerate(sized))
        first, last = max(self.first, 0), min(self.last, len(self.program.calls) - 1)
        stream = Stream(first, last, sized, stages, tuple(run.order))
        dying = {index for index, b in enumerate(buffers) if b.given and self._dies(b.tensors[0])}
        views = tuple(View(t, buffer.tensors[-1]) for buffer in buffers for t in buffer.tensors[:-1])
        overlaps, most = _distances(first, sized, run.writes, dying)
        instead = tuple((self.first + s, c.instead) for s, c in enumerate(self.calls) if c.instead is not None)
        return Built(stream, views, overlaps, most, asks_makers, instead)

    def _stage(self, stage: int, number: Mapping[int, int], windows: Sequence[Window]) -> Stage:
        call, position = self.calls[stage], self.first + stage
        readings = tuple(
            Reading(
                operand=r.operand,
                window=number[r.tensor],
                stage=maker,
                stride=r.stride,
                first=windows[number[r.tensor]].top - r.pad,
                span=r.span,
                repeats=r.repeats,
                spans=tuple((windows[number[r.tensor]].top + a, windows[number[r.tensor]].top + b) for a, b in r.spans),
            )
            for r, maker in zip(call.readings, self.makers[stage], strict=True)
        )
        lead = self._lead(stage)
        rest = (call.height - lead) % call.band or (lead if lead < call.band else 0)
        return Stage(
            call=position if position < len(self.program.calls) else APPLICATION,
            output=number[call.tensor],
            height=call.height,
            band=call.band,
            lead=lead,
            params=call.params_of(call.band),
            rest_params=call.params_of(rest) if rest else None,
            readings=readings,
            in_place=self.in_place[stage],
            folds=call.folds,
        )

    def _lead(self, stage: int) -> int:
        """Rows of the first step: one of two where each step then ends with the rows that its input has made.

        Rows that are made beyond that would only wait in the window.
        """
        call = self.calls[stage]
        for maker, reading in zip(self.makers[stage], call.readings, strict=True):
            if (
                call.band == 2
                and maker >= 0
                and self.calls[maker].band == 2
                and reading.repeats == 1
                and not reading.spans
            ):
                wanted = reading.span - reading.pad - self.leads[maker]
                lead = 2 if (reading.stride + wanted) % 2 == 0 or wanted % 2 else 1
                self.leads[stage] = lead
                return lead
        self.leads[stage] = call.band
        return call.band

    def _dies(self, tensor: int) -> bool:
        model = self.program.model
        return self._ends_inside(tensor) and not model.tensors[tensor].is_variable


def _window(buffer: _Buffer) -> Window:
    tops, bottoms = zip(*buffer.pads, strict=True) if buffer.pads else ((0,), (0,))
    fill = next(iter(buffer.fills), 0)
    return Window(
        tensor=buffer.tensors[-1],
        row=buffer.row,
        rows=0,
        height=buffer.height,
        top=max(tops),
        bottom=max(bottoms),
        fill=fill,
        given=buffer.given,
        room=buffer.room,
    )


class Write(NamedTuple):
    """`band` rows of window `window` before `end` are written; `live` is the first of its rows that is wanted yet,
    `given` that of each window that was there before.
    """

    window: int
    end: int
    band: int
    live: int
    given: dict[int, int]


class Run:
    """All steps of a stream.

    `rows` is how many each window must hold at least, `writes` are all that is written, in order; `order` is that of
    Stream.
    """

    def __init__(
        self, windows: Sequence[Window], stages: Sequence[Stage], then: Sequence[int], asks_makers: bool
    ) -> None:
        self.windows, self.stages = windows, stages
        self.made = [0] * len(stages)
        self.rows = [window.top + (window.height + window.bottom if window.given else 0) for window in windows]
        self.order: list[int] = []
        self.writes: list[Write] = []
        self.read_by: list[list[tuple[int, Reading]]] = [[] for _ in windows]
        for number, stage in enumerate(stages):
            for reading in stage.readings:
                self.read_by[reading.window].append((number, reading))
        self.live = [self._live(number) for number in range(len(windows))]
        """By window the first row that is wanted yet."""
        self.given = {number: self.live[number] for number, window in enumerate(windows) if window.given}
        for number, window in enumerate(windows):
            if not window.given:
                self.writes.append(Write(number, window.top, window.top, self.live[number], dict(self.given)))
        for step in steps(windows, stages, then, asks_makers):
            self._note(step)

    def _note(self, step: Step) -> None:
        stage = self.stages[step.stage]
        self.order.append(step.stage)
        if not stage.in_place:
            end, live = self.windows[stage.output].top + step.row + step.rows, self.live[stage.output]
            # Rows that nobody wants are made too.
            self.rows[stage.output] = max(self.rows[stage.output], end - live, step.rows)
            self.writes.append(Write(stage.output, end, step.rows, live, dict(self.given)))
        self.made[step.stage] += step.rows
        for reading in stage.readings:
            self.live[reading.window] = self._live(reading.window)
            if reading.window in self.given:
                self.given[reading.window] = self.live[reading.window]

    def _live(self, number: int) -> int:
        live = self.windows[number].total
        for at, reading in self.read_by[number]:
            stage, made = self.stages[at], self.made[at]
            if made < stage.height:
                begin = reading.begin(made)
            elif stage.in_place and made < stage.height + self.windows[stage.output].bottom:
                begin = self.windows[stage.output].top + made
            else:
                continue
            if begin < live:
                live = begin
        return live


def _shift(number: int, window: Window, writes: Sequence[Write]) -> int:
    """The most rows that can move out whenever there is no room: the fewer moves the better."""
    own = [(write.end, write.band, write.live) for write in writes if write.window == number]
    for shift in range(window.rows, 1, -1):
        head, fits = 0, True
        for end, band, live in own:
            over = end - head - window.rows
            if over > 0:
                head += max(over, shift)
                fits = fits and head <= min(live, end - band)
        if fits:
            return shift
    return 1


def _distances(
    call: int, windows: Sequence[Window], writes: Sequence[Write], dying: set[int]
) -> tuple[tuple[Overlap, ...], int]:
    """How far below each dying input each other window may lie, and the most bytes in use at once."""
    written = {w: 0 for w, window in enumerate(windows) if not window.given}
    sizes = {i: _size(windows[i]) for i in dying}
    before = [_before(window) for window in windows]
    least: dict[tuple[int, int], int] = {}
    most = total = 0
    for write in writes:
        window = windows[write.window]
        end = max(min(write.end, window.rows) * window.row, window.room)
        total += max(end - written[write.window], 0)
        written[write.window] = max(written[write.window], end)
        left = {i: write.given[i] * windows[i].row - before[i] for i in dying}
        most = max(most, total + sum(sizes[i] - left[i] for i in dying))
        for i in dying:
            distance = end - before[write.window] - left[i]
            least[i, write.window] = max(least.get((i, write.window), distance), distance)
    given = sum(_size(window) for i, window in enumerate(windows) if window.given and i not in dying)
    overlaps = tuple(
        Overlap(call, windows[i].tensor, windows[w].tensor, distance, REASON) for (i, w), distance in least.items()
    )
    return overlaps, most + given


def _before(window: Window) -> int:
    """Bytes of padding before the tensor where it is held whole; positions are relative to the tensor there."""
    return window.top * window.row if window.rows == window.total else 0


def _size(window: Window) -> int:
    return (window.height + window.bottom) * window.row

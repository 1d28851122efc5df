"""Stream: calls that run row by row, so that what passes between them need not be held whole."""

from __future__ import annotations

from dataclasses import dataclass

from .params import Params

APPLICATION = -1
"""In the place of a call: the application, which hands in rows of the model's input, or takes those of its output."""


def scale_of(repeats: int) -> int:
    """By what the runtime multiplies multiples of `repeats`, below 32,768, and shifts down by 15: to divide them."""
    return -(-32768 // repeats)


@dataclass(frozen=True, slots=True)
class Window:
    """The buffer of a tensor in a stream: `rows` of its rows, `row` bytes each; those in front move out as more come.

    Rows count from the `top` rows of padding above the tensor on; `bottom` more follow its `height`. Padding is rows of
    the byte `fill`. Where one more has no room, the first `shift` rows at least move out; where all rows have room none
    ever moves. `given`: the tensor is there before the stream begins.
    """

    tensor: int
    row: int
    rows: int
    height: int
    top: int = 0
    bottom: int = 0
    fill: int = 0
    given: bool = False
    shift: int = 1
    room: int = 0
    """Bytes that its maker needs there, where these are more than the tensor's."""

    @property
    def total(self) -> int:
        """Rows in all, padding included."""
        return self.top + self.height + self.bottom


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stage reads of window number `window`, as operand `operand` of its call; -1: the rows that it adds to.

    For its output row y it wants `span` rows from y // `repeats` * `stride` + `first` on. `stage` is the one that makes
    them, -1 where they are given. With repeats it is all that its stage reads, whose steps begin at multiples of them.
    With `spans` it wants those: of each output row the first that is wanted from there on and the one behind the last
    that is wanted up to there. The step is still given the former, or the first that is held.
    """

    operand: int
    window: int
    stage: int
    stride: int
    first: int
    span: int
    repeats: int = 1
    spans: tuple[tuple[int, int], ...] = ()

    def begin(self, row: int) -> int:
        """The first row that output row `row` wants."""
        return self.spans[row][0] if self.spans else self.given(row)

    def end(self, row: int, band: int) -> int:
        """The row behind the last that `band` output rows from `row` on want."""
        return self.spans[row + band - 1][1] if self.spans else self.given(row + band - 1) + self.span

    def given(self, row: int) -> int:
        """The first row that a step is given which begins with output row `row`."""
        return row // self.repeats * self.stride + self.first


@dataclass(frozen=True, slots=True)
class Stage:
    """Call number `call` of the program, `band` rows of its output at a time, `lead` in the first step; the last may be
    fewer too. Without a call, the application (APPLICATION): the first stage may be it, which hands rows in and reads
    nothing, and the last one, which takes those that it reads.

    `params` are those of a band, `rest_params` of fewer rows if a step has fewer. `in_place`: its output rows replace
    those of the input in the same window.
    """

    call: int
    output: int
    height: int
    band: int
    lead: int
    params: Params
    rest_params: Params | None
    readings: tuple[Reading, ...]
    in_place: bool
    folds: bool = False
    """All rows of the input make one output, which is there after the last."""

    def step(self, made: int) -> int:
        """Rows of the next step where so many are made."""
        return min(self.band if made else self.lead, self.height - made)


@dataclass(frozen=True, slots=True)
class Stream:
    """Calls `first` to `last` of the program. `order` is the stages, a number for each step, as they run; that of one
    which has made all its rows stands for the padding below them.

    The stream that is handed the input's rows has a stage more, in front of those of its calls; the one that hands out
    the output's has one behind them.
    """

    first: int
    last: int
    windows: tuple[Window, ...]
    stages: tuple[Stage, ...]
    order: tuple[int, ...]

    @property
    def is_handed_rows(self) -> bool:
        """Whether the application makes the rows of its first window."""
        return self.stages[0].call == APPLICATION and not self.stages[0].readings

    @property
    def hands_out_rows(self) -> bool:
        """Whether the application takes the rows of the model's output one by one."""
        return self.stages[-1].call == APPLICATION and bool(self.stages[-1].readings)

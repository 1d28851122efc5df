"""The independent check of a stream: make its steps one after another, and watch whose rows lie where in the arena.

It takes from the stream what the runtime is given, its windows, stages and their order (tinyml_stream_next.c), and from
the params of the whole calls which rows each output row depends on. It shares no code with schedule/.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from ..program import APPLICATION, ConstantRef, KernelCall, Params, Program, Reading, Stage, Stream, Window

Padding = tuple[str, int | None]
Row = tuple[int, int]
_TABLES = {"tinyml_resize_rows_params": (3, 2), "tinyml_pick_rows_params": (1, 1)}
"""Params of kernels that find rows in a table: words of a row there, and how many of them are a place in the input."""


class Replay:
    """`starts` has by window where its rows begin in the arena, padding included; `size` is the arena's."""

    def __init__(self, program: Program, stream: Stream, starts: Sequence[int], size: int) -> None:
        self.program, self.stream, self.starts = program, stream, starts
        self.codes: dict[Row | Padding, int] = {}
        """A number for each row, and for each byte of padding, that was seen in the arena or looked for."""
        self.memory = array("i", [0]) * size
        self.made = [0] * len(stream.stages)
        self.heads = [0] * len(stream.windows)

    def problem(self) -> str | None:
        """What goes wrong first, or None."""
        stream = self.stream
        for number, window in enumerate(stream.windows):
            if window.given:
                for row in range(window.height):
                    self._put(number, window.top + row, (window.tensor, row))
        for number, window in enumerate(stream.windows):
            below = range(window.top + window.height, window.total) if window.given else ()
            for row in (*range(window.top), *below):
                self._put(number, row, ("padding", window.fill))
        for at in stream.order:
            if problem := self._step(at):
                return problem
        if unfinished := [s.call for s, made in zip(stream.stages, self.made, strict=True) if made < s.height]:
            return f"call {unfinished[0]} is never finished"
        return next(filter(None, map(self._lost, range(len(stream.windows)))), None)

    def _step(self, at: int) -> str | None:
        """What goes wrong."""
        stage = self.stream.stages[at]
        window, made = self.stream.windows[stage.output], self.made[at]
        band = min(stage.band if made else stage.lead, stage.height - made)
        if band <= 0:
            return self._pad(at)
        if not stage.in_place and (problem := self._make_room(stage.output, window.top + made + band, band)):
            return problem
        for reading in stage.readings:
            if problem := self._read(stage, reading, made, band):
                return problem
        for row in range(made, made + band):
            self._put(stage.output, window.top + row, (_name(stage), row))
        self.made[at] += band
        return None

    def _pad(self, at: int) -> str | None:
        stage = self.stream.stages[at]
        window, made = self.stream.windows[stage.output], self.made[at]
        if made >= stage.height + window.bottom:
            return f"call {stage.call} has made all its rows"
        if not stage.in_place:
            if problem := self._make_room(stage.output, window.total, window.bottom):
                return problem
            for row in range(window.top + window.height, window.total):
                self._put(stage.output, row, ("padding", window.fill))
        self.made[at] += window.bottom
        return None

    def _make_room(self, number: int, end: int, band: int) -> str | None:
        window, start = self.stream.windows[number], self.starts[number]
        over = end - self.heads[number] - window.rows
        if over > 0:
            if band > window.rows:
                return f"window {number} has no room for {band} rows"
            over = max(over, window.shift)
            kept = (end - band - self.heads[number] - over) * window.row
            if kept < 0:
                return f"window {number} moves rows out that are not there yet"
            moved = self.memory[start + over * window.row : start + over * window.row + kept]
            self.memory[start : start + kept] = moved
            self.heads[number] += over
        return None

    def _read(self, stage: Stage, reading: Reading, made: int, band: int) -> str | None:
        """Each output row must find what the whole call would read, at the same distances."""
        window = self.stream.windows[reading.window]
        fill: int | None = window.fill
        if reading.operand < 0:  # rows that it adds to, or that the application takes
            given = self.program.model.outputs if stage.call == APPLICATION else self.program.calls[stage.call].outputs
            tensor, taps = given[0], [(row, row - made) for row in range(made, made + band)]
            if self.program.storage(tensor)[0] != window.tensor:
                return f"stage {stage.call} takes rows of tensor {window.tensor}"
        else:
            # A fill has no input: its rows come with those of the copy that follows.
            number = stage.call if self.program.calls[stage.call].inputs else stage.call + 1
            call, fill = self.program.calls[number], self._padding(number)
            tensor = call.inputs[reading.operand].tensor  # type: ignore[union-attr]
            row = self.stream.windows[stage.output].row
            taps = self._taps(call, window, row, range(made, made + band))
        tensor = self.program.storage(tensor)[0]
        for source, place in taps:
            inside = 0 <= source < window.height
            wanted = (self._source(reading, tensor), source) if inside else ("padding", fill)
            at = max(reading.given(made) - self.heads[reading.window], 0) + place
            start = self.starts[reading.window] + at * window.row
            if at < 0 or at >= window.rows:
                return f"call {stage.call} reads outside window {reading.window}"
            if not self._lies(start, window.row, wanted):
                return f"call {stage.call} does not find row {source} of tensor {tensor}"
        return None

    def _padding(self, number: int) -> int | None:
        """The byte that what lies outside its input equals to a call, None where no byte does.

        To a copy what the fill before it has set, to weights of int8 the zero point, to others 0, to a maximum the
        lowest value; a mean leaves it out.
        """
        call, before = self.program.calls[number], self.program.calls[number - 1] if number else None
        fields = dict(call.params.fields)
        if before and before.function == "tinyml_fill" and before.outputs == call.outputs:
            words = [dict(before.params.fields)[word] & 0xFFFFFFFF for word in ("low", "high")]
            value = b"".join(word.to_bytes(4, "little") for word in words)[: dict(before.params.fields)["width"]]
            return value[0] if len(set(value)) == 1 else None
        if call.params.struct.startswith("tinyml_pool_2d"):
            return 0x80 if call.function == "tinyml_max_pool_2d_s8" else None
        return -fields.get("input_offset", 0) & 255 if "filter_height" in fields else None

    def _taps(self, call: KernelCall, window: Window, row: int, made: range) -> list[tuple[int, int]]:
        """The input's rows that output rows, of `row` bytes, are made of, each with where the kernel looks for it: so
        many rows behind the first that it is given."""
        fields, table = dict(call.params.fields), call.inputs[-1]
        if call.params.struct in _TABLES and isinstance(table, ConstantRef):
            first = max((made.start * fields["scale"] >> 15) * fields["stride"] - fields["pad"], 0)
            words = array("i", self.program.constant(table.constant).data)
            if sys.byteorder == "big":
                words.byteswap()
            rows_at, width, used = fields.get("rows_at", 0), *_TABLES[call.params.struct]
            places = [rows_at + width * y + d for y in made for d in range(used)]
            found = [words[place] // fields["input_row"] for place in places]
            columns = words[fields["columns_at"] :][: fields["columns"]] if "columns" in fields else (0,)
            further = (max(columns) + fields.get("run", 1) - 1) // fields["input_row"]  # rows that it reaches into
            return [(row + each, row + each - first) for row in found for each in range(further + 1)]
        stride, span, pad, repeats = _geometry(call.params, window, row)
        begins = [(y // repeats * stride, (y // repeats - made.start // repeats) * stride) for y in made]
        return [(source - pad + tap, place + tap) for source, place in begins for tap in range(span)]

    def _source(self, reading: Reading, owner: int) -> int:
        return owner if reading.stage < 0 else _name(self.stream.stages[reading.stage])

    def _put(self, number: int, row: int, what: Row | Padding) -> None:
        window = self.stream.windows[number]
        start = self.starts[number] + (row - self.heads[number]) * window.row
        self.memory[start : start + window.row] = self._bytes(window.row, what)

    def _lies(self, start: int, size: int, what: Row | Padding) -> bool:
        return self.memory[start : start + size] == self._bytes(size, what)

    def _bytes(self, size: int, what: Row | Padding) -> array[int]:
        return array("i", [self.codes.setdefault(what, len(self.codes) + 1)]) * size

    def _lost(self, number: int) -> str | None:
        """Of a tensor that is read later, whether all rows are there."""
        window = self.stream.windows[number]
        if window.given or window.rows < window.total:
            return None
        maker = max(s for s, stage in enumerate(self.stream.stages) if stage.output == number)
        for row in range(window.height):
            start = self.starts[number] + (window.top + row) * window.row
            if not self._lies(start, window.row, (_name(self.stream.stages[maker]), row)):
                return f"row {row} of tensor {window.tensor} is lost"
        return None


def _name(stage: Stage) -> int:
    """Of what a stage makes: tensors that replace each other in one window are told apart by it."""
    return -2 - stage.call


def _geometry(params: Params, window: Window, row: int) -> tuple[int, int, int, int]:
    """(stride, rows from the first tap to the last, padding, output rows that are made of the same rows): of a call
    whose rows, of `row` bytes, read a window's."""
    fields = dict(params.fields)
    if "input_start" in fields:  # a copy
        loop = min(d for d in range(5) if fields[f"size_{d}"] > 1)
        step = fields[f"output_step_{loop}"]
        stride = fields[f"input_step_{loop}"] * max(row // step, 1) // window.row
        pad = fields["output_start"] // row - fields["input_start"] // window.row
        steps = [fields[f"input_step_{d}"] * (fields[f"size_{d}"] - 1) for d in range(loop + 1, 5)]
        last = fields[f"input_step_{loop}"] * (max(row // step, 1) - 1) + sum(each for each in steps if each > 0)
        end = fields["input_start"] % window.row + last + fields["run"]
        return stride, -(-end // window.row), pad, max(step // row, 1)
    if "filter_height" not in fields:
        return 1, 1, 0, 1
    flat = fields["input_height"] == fields["output_height"] == fields["filter_height"] == 1
    axis = "width" if flat else "height"
    if params.struct.startswith("tinyml_transpose_conv"):
        return _spread(fields[f"stride_{axis}"], fields[f"filter_{axis}"], fields[f"pad_{axis}"])
    span = (fields[f"filter_{axis}"] - 1) * fields.get(f"dilation_{axis}", 1) + 1
    return fields[f"stride_{axis}"], span, fields[f"pad_{axis}"], 1


def _spread(stride: int, taps: int, pad: int) -> tuple[int, int, int, int]:
    """Of a transposed convolution: input row i reaches as many output rows as there are taps, from i * stride - pad."""
    reach = [i for i in range(-taps, stride + pad) if any(0 <= y + pad - i * stride < taps for y in range(stride))]
    return 1, reach[-1] - reach[0] + 1, -reach[0], stride

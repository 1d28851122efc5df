"""Streams as rows for the template: their tables, and a case for each stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..program import APPLICATION, ArenaPlan, Params, Program, Stage, Stream, TensorRef, Window, scale_of
from .calls import Argument, Call, heading_of, operand_argument, scratch_arguments
from .literals import comment_text
from .step_order import END, packed
from .tensors import c_type


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage: the call it makes, and the initialiser of its tinyml_stage.

    `call` is None where the application hands the rows in or takes them, which `turn` says then. `followers` are calls
    that change the rows where they lie as soon as they are made: to the runtime they are no stages.
    """

    number: int
    title: str
    call: Call | None
    fields: str
    readings: tuple[str, ...]
    turn: str = ""
    followers: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamCode:
    """One stream, `name` its function, `object` its tinyml_stream. `windows` are (initialiser, comment), `order` the
    lines of the steps.

    `takes_rows` of the input, `hands_out` those of the output: either makes it `pauses`, to go on later.
    """

    name: str
    object: str
    title: str
    windows: tuple[tuple[str, str], ...]
    stages: tuple[StageRow, ...]
    order: tuple[str, ...]
    takes_rows: bool = False
    hands_out: bool = False

    @property
    def pauses(self) -> bool:
        """Whether it ends where the application has something to do."""
        return self.takes_rows or self.hands_out


@dataclass(frozen=True, slots=True)
class Rows:
    """How the input comes, or the output goes: `height` rows, each of `elements` elements and `size` bytes."""

    height: int
    elements: int
    size: int


def rows_of(program: Program) -> Rows | None:
    """None where the application fills the input at once."""
    if not program.takes_rows:
        return None
    return _rows(program, program.model.inputs, program.copied_in or program.streams[0].stages[0].height)


def rows_out_of(program: Program) -> Rows | None:
    """None where the application is given the output at once."""
    if not program.hands_out_rows:
        return None
    return _rows(program, program.model.outputs, program.copied_out or program.streams[-1].stages[-1].height)


def _rows(program: Program, tensors: tuple[int, ...], height: int) -> Rows:
    (tensor,) = (program.model.tensors[index] for index in tensors)
    return Rows(height, tensor.elements // height, tensor.size // height)


def stream_code(program: Program, plan: ArenaPlan, number: int, names: Mapping[Params, str]) -> StreamCode:
    """Stream number `number` of the program; `names` are those of params_names."""
    stream = program.streams[number]
    name = object_of(program, stream) or "s"
    groups = _groups(program, stream)
    numbers = {index: number for number, group in enumerate(groups) for index in group}
    return StreamCode(
        name=f"{program.model.name}_stream_{number}",
        object=name,
        title=_title(program, stream),
        windows=tuple((_window(program, plan, window), _describe(program, window)) for window in stream.windows),
        stages=tuple(
            _pause(group[0], stream, numbers)
            if stream.stages[group[0]].call == APPLICATION
            else _stage(program, plan, stream, group, numbers, names, name)
            for group in groups
        ),
        order=_order(stream, numbers),
        takes_rows=stream.is_handed_rows,
        hands_out=stream.hands_out_rows,
    )


def object_of(program: Program, stream: Stream) -> str:
    """The name of what keeps its place between two calls of the application; empty where it runs from end to end."""
    if stream.is_handed_rows:
        return f"{program.model.name}_rows"
    return f"{program.model.name}_rows_out" if stream.hands_out_rows else ""


def _groups(program: Program, stream: Stream) -> list[list[int]]:
    """Numbers of stages, each with those of the stages behind it that do no more than change its rows in place.

    These run whenever it has run, and nobody else is asked between.
    """
    groups: list[list[int]] = []
    for number, stage in enumerate(stream.stages):
        before = stream.stages[number - 1]
        follows = (
            number > 0
            and APPLICATION not in (stage.call, before.call)
            and stage.in_place
            and not program.calls[stage.call].numbered
            and [(r.stage, r.operand >= 0, r.stride, r.span, r.repeats) for r in stage.readings]
            == [(number - 1, True, 1, 1, 1)]
            and (stage.height, stage.band, stage.lead) == (before.height, before.band, before.lead)
            and _always_follows(stream, number)
        )
        if follows:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _order(stream: Stream, numbers: Mapping[int, int]) -> tuple[str, ...]:
    """Of the groups, in lines."""
    heads = {group: index for index, group in reversed(list(numbers.items()))}
    steps = [numbers[index] for index, _ in _working_steps(stream) if heads[numbers[index]] == index]
    words = ["TINYML_STEPS_END" if each == END else str(each) for each in packed(steps)]
    return tuple(", ".join(words[at : at + 24]) for at in range(0, len(words), 24))


def _working_steps(stream: Stream) -> Iterator[tuple[int, bool]]:
    """The stage of each step, and whether it makes padding, but for those that find their padding there."""
    made = [0] * len(stream.stages)
    for number in stream.order:
        stage = stream.stages[number]
        is_padding = made[number] >= stage.height
        made[number] += stage.step(made[number])
        if not (is_padding and stage.in_place):
            yield number, is_padding


def _always_follows(stream: Stream, number: int) -> bool:
    """Whether a stage runs right behind the one before it, each time."""
    steps = list(_working_steps(stream))
    return all(a == (number - 1, False) for a, b in pairwise(steps) if b[0] == number)


def _pause(index: int, stream: Stream, numbers: Mapping[int, int]) -> StageRow:
    title, turn = (
        ("rows of the output, to be taken", "TINYML_ROW_THERE")
        if stream.stages[index].readings
        else ("rows of the input, as handed in", "TINYML_ROW_WANTED")
    )
    return StageRow(numbers[index], title, None, *_facts([index], stream, numbers, ("NULL", "NULL")), turn=turn)


def _title(program: Program, stream: Stream) -> str:
    first, last = (program.calls[call].source.index for call in (stream.first, stream.last))
    return f"operators {first} to {last}, row by row"


def _window(program: Program, plan: ArenaPlan, window: Window) -> str:
    owner, offset = program.storage(window.tensor)
    start = plan.offset_of(owner) + offset - (window.top * window.row if window.rows == window.total else 0)
    fill = window.fill - 256 if window.fill > 127 else window.fill
    rows = (window.rows, window.top, window.height, window.bottom, window.shift)
    values = (start, window.row, *rows, fill, int(window.given))
    return ", ".join(map(str, values))


def _describe(program: Program, window: Window) -> str:
    name = comment_text(program.model.tensors[window.tensor].name)
    held = "whole" if window.rows == window.total else f"{window.rows} rows of {window.height}"
    return f'"{name}", {held}'


def _stage(
    program: Program,
    plan: ArenaPlan,
    stream: Stream,
    group: Sequence[int],
    numbers: Mapping[int, int],
    names: Mapping[Params, str],
    place: str,
) -> StageRow:
    """`place` is the name of the tinyml_stream."""
    first, *others = (stream.stages[index] for index in group)
    params = tuple(f"&{names[each]}" for each in (first.params, first.rest_params or first.params))
    followers = []
    for each in others:
        own = [f"&{names[params]}" for params in (each.params, each.rest_params or each.params)]
        chosen = own[0] if own[0] == own[1] else f"{place}.params == {params[0]} ? {own[0]} : {own[1]}"
        followers.append(_call(program, plan, each, f"{place}.out", chosen, place))
    made = _call(program, plan, first, "", f"(const {first.params.struct} *){place}.params", place)
    facts = _facts(group, stream, numbers, params)
    return StageRow(numbers[group[0]], made.heading, made, *facts, followers=tuple(followers))


def _call(program: Program, plan: ArenaPlan, stage: Stage, source: str, params: str, place: str) -> Call:
    """`source` is where its rows are, empty of a stage that the runtime knows."""
    call = program.calls[stage.call]
    slots = {reading.operand: slot for slot, reading in enumerate(stage.readings)}  # -1, its own rows, is no operand
    arguments = []
    for position, operand in enumerate(call.inputs):
        if isinstance(operand, TensorRef):
            rows = source or f"{place}.in[{slots[position]}]"
            arguments.append(Argument(f"(const {_pointer(program, operand.tensor)} *){rows}", "rows of the input"))
        else:
            arguments.append(operand_argument(program, plan, operand))
    arguments.append(Argument(f"({_pointer(program, call.outputs[0])} *){place}.out", "rows of the output"))
    arguments += scratch_arguments(program, plan, stage.call)
    if call.numbered:
        arguments.append(Argument(f"{place}.row", "number of the row"))
    return Call(
        heading=heading_of(program, call.source), function=call.function, params=params, arguments=tuple(arguments)
    )


def _facts(
    group: Sequence[int], stream: Stream, numbers: Mapping[int, int], params: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """Fields of the tinyml_stage of a group, and readings; `params` are those of all rows of a step, and of fewer."""
    stage = stream.stages[group[0]]
    scale = scale_of(max((reading.repeats for reading in stage.readings), default=1))
    fields = (*params, stage.height, scale, stage.band, stage.lead, stage.output, int(stage.in_place))
    readings = []
    for r in stage.readings:  # in Python rows count from the padding above on
        readings.append(f"{{{r.stride}, {r.first - stream.windows[r.window].top}, {r.window}}}")
    readings += ["{0, 0, -1}"] * (2 - len(readings))
    return ", ".join(map(str, fields)), tuple(readings)


def _pointer(program: Program, tensor: int) -> str:
    kind = c_type(program.model.tensors[tensor])
    return "int8_t" if kind in ("uint8_t", "bool") else kind

"""Params in flash: one struct for all calls that take the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..model import Operator
from ..program import APPLICATION, Params, Program
from .calls import heading_of
from .literals import number


@dataclass(frozen=True, slots=True)
class ParamsTable:
    """One struct: its C type and name, (member, literal) in order, and what is said of it."""

    name: str
    struct: str
    fields: tuple[tuple[str, str], ...]
    title: str


def params_tables(program: Program) -> tuple[ParamsTable, ...]:
    """All of a program, in the order in which they are first wanted."""
    users: dict[Params, list[Operator]] = {}
    for params, operator, _ in _uses(program):
        users.setdefault(params, []).append(operator)
    names = params_names(program)
    return tuple(
        ParamsTable(
            name=names[params],
            struct=params.struct,
            fields=tuple((member, number(value)) for member, value in params.fields),
            title=_title(program, operators),
        )
        for params, operators in users.items()
    )


def params_names(program: Program) -> Mapping[Params, str]:
    """The C name of each, after the first operator that takes it: `kws_op3_params`, `kws_op3_params_rest` for a
    stream's last rows, `kws_op3_params_2` where that operator has one already."""
    names: dict[Params, str] = {}
    taken: set[str] = set()
    for params, operator, suffix in _uses(program):
        if params in names:
            continue
        name = stem = f"{program.model.name}_op{operator.index}_params{suffix}"
        times = 1
        while name in taken:
            times += 1
            name = f"{stem}_{times}"
        taken.add(name)
        names[params] = name
    return names


def _uses(program: Program) -> Iterator[tuple[Params, Operator, str]]:
    """What a call wants, for which operator, and what to add to its name."""
    streams = {stream.first: stream for stream in program.streams}
    for step in program.steps:
        if step.start not in streams:
            call = program.calls[step.start]
            yield call.params, call.source, ""
            continue
        for stage in streams[step.start].stages:
            if stage.call != APPLICATION:
                source = program.calls[stage.call].source
                yield stage.params, source, ""
                if stage.rest_params is not None:
                    yield stage.rest_params, source, "_rest"


def _title(program: Program, operators: list[Operator]) -> str:
    by_index = {operator.index: operator for operator in operators}
    if len(by_index) == 1:
        return heading_of(program, operators[0])
    kinds = sorted({operator.kind for operator in operators})
    return f"operators {', '.join(map(str, sorted(by_index)))}: {' and '.join(kinds)}"

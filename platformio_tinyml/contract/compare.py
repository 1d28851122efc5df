"""Why a model cannot take the place of the one that a firmware was built for, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.naming import printable
from .contract import Contract, PortContract


def interface_differences(new: Contract, old: Contract) -> Iterator[str]:
    """Of inputs and outputs: what the application's code depends on."""
    for side, ours, theirs in (("input", new.inputs, old.inputs), ("output", new.outputs, old.outputs)):
        if len(ours) != len(theirs):
            yield f"it has {_count(len(ours), side)}, and the firmware {_count(len(theirs), side)}"
            continue
        for index, (port, expected) in enumerate(zip(ours, theirs, strict=True)):
            for what, is_, was in _port_facts(port, expected):
                yield f"{side} {index} ({printable(port.name, 40)}) has {what} {is_}, and the firmware expects {was}"


def operator_differences(new: Contract, old: Contract) -> Iterator[str]:
    """Of operators and variables: what the firmware's interpreter can run."""
    there = {each.kind: each.types for each in old.operators}
    for operator in new.operators:
        kind = printable(operator.kind, 40)
        if operator.kind not in there:
            yield f"{kind} is not among the firmware's operators: {_list(sorted(there))}"
            continue
        for types in sorted(set(operator.types) - set(there[operator.kind])):
            yield f"{kind} works on {types}, and the firmware has it for {_list(there[operator.kind])}"
    if new.variables > old.variables:
        variables = _count(new.variables, "resource variable")
        yield f"it has {variables}, and the firmware has room for {old.variables}"


def size_differences(size: int, old: Contract) -> Iterator[str]:
    """Of the file."""
    if old.largest is not None and size > old.largest:
        yield f"its file takes {size:,} bytes, and there is room for {old.largest:,}"


def _port_facts(port: PortContract, expected: PortContract) -> Iterator[tuple[str, str, str]]:
    pairs = (
        ("the type", port.type, expected.type),
        ("the shape", _shape(port.shape), _shape(expected.shape)),
        ("the scale", _number(port.scale), _number(expected.scale)),
        ("the zero point", _number(port.zero_point), _number(expected.zero_point)),
    )
    return (row for row in pairs if row[1] != row[2])


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "of a scalar"


def _number(value: float | None) -> str:
    return "of none" if value is None else repr(value)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _list(words: Sequence[str]) -> str:
    return ", ".join(printable(word, 60) for word in words) or "none"

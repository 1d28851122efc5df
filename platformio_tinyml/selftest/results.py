"""The lines of a whole run -> what each model did, by the plan of what was built; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import SetupError
from .plan import Plan, PlannedModel

PROTOCOL = "2"
UNKNOWN = "-"
_LARGEST = 0xFFFFFFFF

Words = tuple[str, ...]


class LogError(SetupError):
    """A run that came whole, and is not of this plan."""

    code = "selftest-log"

    def __init__(self, message: str) -> None:
        super().__init__(f"the log is not of this self test: {message}", "Run `pio run -t tinyml_selftest` again.")


@dataclass(frozen=True, slots=True)
class Measured:
    """A call: its status as in tinyml.h, its time in the clock's unit, its stack in bytes, None where not known."""

    status: int
    ticks: int
    stack: int | None


@dataclass(frozen=True, slots=True)
class Invoked:
    """One invoke, its outputs one after another, and of a traced one the time of each turn and the sums of pieces."""

    call: Measured
    outputs: bytes
    turns: tuple[int, ...] = ()
    pieces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRun:
    """A model on the device: its init, its invokes until one failed; `arena` in bytes.

    `persistent`: how many of them lie beside the others, where the device looked for the smallest of a split arena.
    """

    name: str
    arena: int
    init: Measured
    invokes: tuple[Invoked, ...]
    persistent: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """All models, by the counter `clock`, in its `unit`: cycles, us or ticks."""

    clock: str
    unit: str
    models: tuple[ModelRun, ...]


def read_run(lines: Sequence[Words], plan: Plan) -> DeviceRun:
    """Raises LogError."""
    reader = _Reader(lines)
    protocol, count, clock, unit = reader.take("begin", 4)
    if protocol != PROTOCOL or _number(count) != len(plan.models):
        raise LogError(f"it begins with protocol {protocol} and {count} models")
    models = tuple(_model(reader, planned, traced=plan.trace) for planned in plan.models)
    reader.take("end", 1)
    if not reader.at_end():
        raise LogError("it goes on behind its end")
    return DeviceRun(clock, unit, models)


class _Reader:
    """The lines one after another."""

    def __init__(self, lines: Sequence[Words]) -> None:
        self._lines = lines
        self._at = 0

    def at_end(self) -> bool:
        return self._at == len(self._lines)

    def next_is(self, what: str) -> bool:
        return not self.at_end() and self._lines[self._at][0] == what

    def take(self, what: str, count: int) -> Words:
        """The words behind `what`, of the next line."""
        if not self.next_is(what) or len(self._lines[self._at]) != count + 1:
            found = "its end" if self.at_end() else " ".join(self._lines[self._at])[:60]
            raise LogError(f"line {self._at} is `{found}`, where `{what}` and {count} words belong")
        self._at += 1
        return self._lines[self._at - 1][1:]


def _model(reader: _Reader, planned: PlannedModel, *, traced: bool) -> ModelRun:
    name, arena, persistent, *init = reader.take("model", 6)
    if name != planned.name:
        raise LogError(f"the model {name} stands where {planned.name} belongs")
    call = _measured(init)
    count = 0 if call.status else planned.samples
    invokes = tuple(_until_one_fails(count, lambda at: _invoke(reader, planned, at, traced=traced)))
    beside = None if persistent == UNKNOWN else _number(persistent)
    return ModelRun(name, _number(arena), call, invokes, beside or None)


def _until_one_fails(count: int, one: Callable[[int], Invoked | None]) -> Iterator[Invoked]:
    for at in range(count):
        found = one(at)
        if found is None:
            return
        yield found
        if found.call.status:
            return


def _invoke(reader: _Reader, planned: PlannedModel, sample: int, *, traced: bool) -> Invoked | None:
    """None where the device gave the model up."""
    turns: list[int] = []
    pieces: list[int] = []
    while traced and (reader.next_is("operator") or reader.next_is("piece")):
        if reader.next_is("operator"):
            turn, ticks = map(_number, reader.take("operator", 2))
            if turn != len(turns):
                raise LogError(f"operator {turn} stands where {len(turns)} belongs")
            turns.append(ticks)
        else:
            pieces.append(_number(reader.take("piece", 1)[0], 16))
    if not reader.next_is("invoke"):
        return None
    number, *rest = reader.take("invoke", 4)
    if _number(number) != sample:
        raise LogError(f"invoke {number} stands where {sample} belongs")
    call = _measured(rest)
    outputs = (
        b"" if call.status else b"".join(_output(reader, at, size) for at, size in enumerate(planned.output_bytes))
    )
    return Invoked(call, outputs, tuple(turns), tuple(pieces))


def _output(reader: _Reader, index: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        output, offset, text = reader.take("output", 3)
        try:
            piece = bytes.fromhex(text)
        except ValueError:
            piece = b""
        if _number(output) != index or _number(offset) != len(data) or not piece or len(data) + len(piece) > size:
            raise LogError(f"bytes of output {output} from {offset} on stand where {index} from {len(data)} on belong")
        data += piece
    return data


def _measured(words: Sequence[str]) -> Measured:
    status, ticks, stack = words
    return Measured(_number(status), _number(ticks), None if stack == UNKNOWN else _number(stack))


def _number(text: str, base: int = 10) -> int:
    try:
        value = int(text, base) if text.isalnum() and text.isascii() else -1
    except ValueError:
        value = -1
    if not 0 <= value <= _LARGEST:
        raise LogError(f"`{text[:20]}` is no number")
    return value

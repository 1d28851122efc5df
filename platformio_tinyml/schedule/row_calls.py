"""KernelCall -> RowCall, of those that can be made row by row; and the application, which makes and takes rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..errors import ModelError
from ..model import Tensor
from ..program import KernelCall, Kind, Params, Program, TensorRef
from .copies import copy_call, fill_call
from .folding import fold_call
from .picking import pick_call
from .resizing import resize_call
from .rows import LARGEST, OWN, RowCall, RowReading, rows_of
from .sweeps import flat_call, folded_call, loops_call, reduced_call, spread_call, window_call

_MAKERS: Mapping[Kind, Callable[[Program, int], RowCall | None]] = {
    Kind.WINDOW: window_call,
    Kind.SPREAD: spread_call,
    Kind.FLAT: flat_call,
    Kind.LOOPS: loops_call,
    Kind.COPY: copy_call,
    Kind.FILL: fill_call,
    Kind.RESIZE: resize_call,
    Kind.PICK: pick_call,
    Kind.REDUCTION: reduced_call,
}


def row_calls(program: Program) -> dict[int, RowCall]:
    """By their number the calls that can be made row by row."""
    found = ((call, row_call(program, call)) for call in range(len(program.calls)))
    return {call: rows for call, rows in found if rows is not None}


def row_call(program: Program, position: int) -> RowCall | None:
    """None where the call cannot be made row by row."""
    call = program.calls[position]
    states = {state.tensor for state in program.states}
    owners = {program.storage(tensor)[0] for tensor in _tensors(call)}
    if len(call.outputs) != 1 or any(_is_part(program, tensor) for tensor in _tensors(call)):
        return None
    if owners & states or any(program.model.tensors[owner].is_variable for owner in owners):
        return None
    found = None
    source = call.inputs[0] if call.inputs else None
    if isinstance(source, TensorRef) and (fold := fold_call(call, *_elements(program.model.tensors[source.tensor]))):
        found = folded_call(program, fold)
    elif call.sweep is not None:
        found = _MAKERS[call.sweep.kind](program, position)
    if found is None or found.height < 2 or max(found.height, *(each.height for each in found.readings)) > LARGEST:
        return None
    over = {overlap.input for overlap in program.overlaps_of.get(position, ()) if overlap.min_distance <= 0}
    exact = [each for each in found.readings if each.is_row_for_row and each.row == found.row]
    return replace(
        found, over=frozenset(each.tensor for each in exact if over & _viewed_as(program, call, each.tensor))
    )


def handed_rows(program: Program, calls: Mapping[int, RowCall]) -> RowCall:
    """The application as the maker of the input's rows, which are those that the calls want that read it.

    `calls` are those that can be made row by row. Raises ModelError, with the reason, where rows cannot be handed in.
    """
    if len(program.model.inputs) != 1:
        raise _whole(f"it has {len(program.model.inputs)} inputs")
    tensor = program.storage(program.model.inputs[0])[0]
    states = {state.tensor for state in program.states}
    if tensor in states or program.model.tensors[tensor].is_variable or _is_part(program, program.model.inputs[0]):
        raise _whole("its input is a part of what it remembers")
    rows: set[tuple[int, int]] = set()
    for position, call in enumerate(program.calls):
        if tensor not in (program.storage(each.tensor)[0] for each in call.inputs if isinstance(each, TensorRef)):
            continue
        if position not in calls:
            raise _whole(f"operator {call.source.index}, {call.source.kind}, which reads it, needs all of it at once")
        rows |= {(each.height, each.row) for each in calls[position].readings if each.tensor == tensor}
    if len(rows) != 1:
        raise _whole("operators that read it do not see the same rows" if rows else "no operator reads it")
    ((height, row),) = rows
    return RowCall(tensor, height, row, (), lambda band: Params("", ()), 1, frozenset())


def taken_rows(program: Program, calls: Mapping[int, RowCall]) -> RowCall:
    """The application as the one that takes the output's rows, which are those that its last writer makes.

    `calls` are those that can be made row by row. Raises ModelError, with the reason, where rows cannot be handed out.
    """
    if len(program.model.outputs) != 1:
        raise _at_once(f"it has {len(program.model.outputs)} outputs")
    output = program.model.outputs[0]
    tensor = program.storage(output)[0]
    makers = program.writers.get(tensor)
    if tensor in {state.tensor for state in program.states} or program.model.tensors[tensor].is_variable:
        raise _at_once("its output is a part of what it remembers")
    if not makers or _is_part(program, output):
        raise _at_once("its output is a part of another tensor")
    last = max(makers)
    source = program.calls[last].source
    if readers := program.readers[tensor] - {len(program.calls)}:
        reader = program.calls[min(readers)].source
        raise _at_once(f"operator {reader.index}, {reader.kind}, reads its output too")
    if last not in calls or calls[last].folds:
        raise _at_once(f"operator {source.index}, {source.kind}, which makes it, makes all of it at once")
    height, row = calls[last].height, calls[last].row
    own = RowReading(OWN, tensor, height, row)
    return RowCall(tensor, height, row, (own,), lambda band: Params("", ()), 1, frozenset(), continues=True)


def _whole(why: str) -> ModelError:
    return ModelError(f"rows of the input cannot be handed in: {why}", "Hand it in whole (docs/rows.md).")


def _at_once(why: str) -> ModelError:
    return ModelError(f"rows of the output cannot be handed out: {why}", "Take it whole (docs/rows.md).")


def _elements(tensor: Tensor) -> tuple[int, int]:
    """(rows, elements of one)."""
    height, _ = rows_of(tensor)
    return height, tensor.elements // max(height, 1)


def _is_part(program: Program, tensor: int) -> bool:
    """Whether a tensor is a part of another, not all of it."""
    owner, offset = program.storage(tensor)
    return bool(offset) or program.model.tensors[owner].size != program.model.tensors[tensor].size


def _tensors(call: KernelCall) -> tuple[int, ...]:
    return (*(each.tensor for each in call.inputs if isinstance(each, TensorRef)), *call.outputs)


def _viewed_as(program: Program, call: KernelCall, owner: int) -> set[int]:
    return {tensor for tensor in _tensors(call) if program.storage(tensor)[0] == owner}

"""Resource variables as tensors that keep their values: what VAR_HANDLE names, READ_VARIABLE and ASSIGN_VARIABLE copy.

The handles vanish: after `with_variables` a READ_VARIABLE reads the variable's tensor, an ASSIGN_VARIABLE writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..model import IfOptions, Model, Operator, Tensor, VarHandleOptions, WhileOptions
from ..program import BUFFER_ALIGNMENT, State
from .rules import REPLACE, model_rule, quoted

OF_VARIABLES = ("READ_VARIABLE", "ASSIGN_VARIABLE")
_NAMED = 3
"""Operators that an error names."""
Name = tuple[str, str]
"""Container and shared name."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A resource variable: the tensors that are read of it or assigned to it, and its initial value."""

    values: tuple[Tensor, ...]
    initial: bytes | None


@model_rule(REPLACE)
def known_variables(model: Model) -> Iterator[str]:
    """A resource variable has one type and shape, and is initialised, if at all, with a constant of them."""
    for graph in (model, *model.init):
        known = _handles(graph)
        for operator in graph.operators:
            if operator.opcode in OF_VARIABLES and operator.input(0) not in known:
                yield f"{operator.opcode} (operator {operator.index}) without a handle"
                return
            wanted = {"READ_VARIABLE": (1, 1), "ASSIGN_VARIABLE": (2, 0)}.get(operator.opcode)
            if wanted and (len(operator.inputs), len(operator.outputs)) != wanted:
                yield f"{operator.opcode} (operator {operator.index}) with {len(operator.inputs)} inputs"
                return
    for graph in model.init:
        for operator in graph.operators:
            if operator.opcode not in ("VAR_HANDLE", "ASSIGN_VARIABLE"):
                yield f"{operator.opcode} in the subgraph that initialises"
            elif operator.opcode == "ASSIGN_VARIABLE" and not graph.tensors[operator.inputs[1]].is_constant:
                yield f"{quoted(graph.tensors[operator.inputs[1]])}, which is computed, as an initial value"
    for name, variable in _variables(model).items():
        kinds = {(tensor.type, tensor.size) for tensor in variable.values}
        sizes = {size for _, size in kinds} | ({len(variable.initial)} if variable.initial is not None else set())
        if len(kinds) > 1 or len(sizes) > 1:
            yield f"{name[1]!r} of {', '.join(sorted(f'{kind.name} {size} bytes' for kind, size in kinds))}"


@model_rule("convert it without control flow (IF, WHILE), or run this model with the tflm runtime")
def subgraphs_that_initialise(model: Model) -> Iterator[str]:
    """Subgraphs are run by CALL_ONCE alone: there is no other control flow. What nobody runs, as the subgraphs of other
    signatures, is left out.
    """
    others = [operator for operator in model.operators if isinstance(operator.options, IfOptions | WhileOptions)]
    if others:
        names = ", ".join(f"{operator.opcode} (operator {operator.index})" for operator in others[:_NAMED])
        yield f"{model.subgraph_count} subgraphs, run by {names}{', ...' if len(others) > _NAMED else ''}"


def with_variables(model: Model) -> Model:
    """The model with a tensor for each of its resource variables, behind the others. It keeps `known_variables`."""
    variables = _variables(model)
    if not variables:
        return model
    handles = _handles(model)
    places = {name: len(model.tensors) + number for number, name in enumerate(variables)}
    tensors = tuple(
        replace(variable.values[0], index=places[name], name=name[1], data=None, is_variable=True)
        for name, variable in variables.items()
    )

    def rewired(operator: Operator) -> Operator:
        if operator.opcode == "READ_VARIABLE":
            return replace(operator, inputs=(places[handles[operator.inputs[0]]],))
        if operator.opcode == "ASSIGN_VARIABLE":
            return replace(operator, inputs=operator.inputs[1:], outputs=(places[handles[operator.inputs[0]]],))
        return operator

    return replace(
        model, tensors=(*model.tensors, *tensors), operators=tuple(rewired(operator) for operator in model.operators)
    )


def states_of(model: Model, whole: Model, first: Mapping[int, bytes]) -> tuple[State, ...]:
    """Memory for each tensor of `whole` that keeps its value between invokes.

    `whole` is `with_variables` of `model`, and perhaps has more variables behind these. `first` are values by tensor;
    what neither they nor the model initialise starts as its zero point, as TFLM sets it.
    """
    used = {index for operator in whole.operators for index in (*operator.inputs, *operator.outputs) if index >= 0}
    initial = dict(first)
    for index, variable in enumerate(_variables(model).values(), start=len(model.tensors)):
        if variable.initial is not None:
            initial[index] = variable.initial
    states, offset = [], 0
    for tensor in whole.tensors:
        if not tensor.is_variable or tensor.index not in used:
            continue
        states.append(State(tensor.index, offset, initial.get(tensor.index, _start(tensor))))
        step = max(BUFFER_ALIGNMENT, tensor.type.bits // 8)
        offset += -(-tensor.size // step) * step
        offset = -(-offset // 8) * 8
    return tuple(states)


def _start(tensor: Tensor) -> bytes:
    zero = tensor.quantization.zero_point[0] if tensor.quantization else 0
    return bytes([zero & 0xFF]) * tensor.size if tensor.type.name == "INT8" else bytes(tensor.size)


def _variables(model: Model) -> Mapping[Name, Variable]:
    handles: dict[int, Name] = _handles(model)
    values: dict[Name, list[Tensor]] = {}
    for operator in model.operators:
        if operator.opcode in OF_VARIABLES and operator.input(0) in handles:
            index = operator.outputs[0] if operator.opcode == "READ_VARIABLE" else operator.input(1)
            values.setdefault(handles[operator.input(0)], []).append(model.tensors[index])
    initial: dict[Name, bytes | None] = {}
    for graph in model.init:
        names = _handles(graph)
        for operator in graph.operators:
            if operator.opcode == "ASSIGN_VARIABLE" and operator.input(0) in names and operator.input(1) >= 0:
                initial[names[operator.input(0)]] = graph.tensors[operator.input(1)].data
    return {name: Variable(tuple(tensors), initial.get(name)) for name, tensors in values.items()}


def _handles(graph: Model) -> dict[int, Name]:
    """What each handle's tensor stands for."""
    return {
        operator.outputs[0]: (operator.options.container, operator.options.shared_name)
        for operator in graph.operators
        if operator.opcode == "VAR_HANDLE" and operator.outputs and isinstance(operator.options, VarHandleOptions)
    }

"""Kernel calls as rows for the template: arguments as C expressions, each with a comment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..model import Operator
from ..program import ArenaPlan, ConstantRef, KernelCall, Operand, Program, TensorRef
from .literals import comment_text, number
from .tensors import address_of, describe


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument after the params, and what it is."""

    text: str
    comment: str


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel call. `fields` are (member, value) of the params struct."""

    heading: str
    function: str
    params: str
    struct: str
    fields: tuple[tuple[str, str], ...]
    arguments: tuple[Argument, ...]

    @property
    def width(self) -> int:
        """Columns for an argument and what follows it, so that the comments stand in line."""
        return max(len(argument.text) for argument in self.arguments) + 2


def calls(program: Program, plan: ArenaPlan) -> tuple[Call, ...]:
    """All calls in execution order."""
    names = params_names(program)
    return tuple(_call(program, plan, position, params) for position, params in enumerate(names))


def view_headings(program: Program) -> tuple[str, ...]:
    """The operators that need no call."""
    called = {call.source.index for call in program.calls}
    return tuple(_heading(program, operator) for operator in program.model.operators if operator.index not in called)


def params_names(program: Program) -> tuple[str, ...]:
    """The C name of each call's params: `kws_op3_params`, and `kws_op3_params_2` for a second call of operator 3."""
    seen: Counter[int] = Counter()
    names = []
    for call in program.calls:
        seen[call.source.index] += 1
        times = seen[call.source.index]
        names.append(f"{program.model.name}_op{call.source.index}_params" + (f"_{times}" if times > 1 else ""))
    return tuple(names)


def _call(program: Program, plan: ArenaPlan, position: int, params: str) -> Call:
    call = program.calls[position]
    inputs = tuple(_input(program, plan, operand) for operand in call.inputs)
    outputs = tuple(_tensor(program, plan, index, "output") for index in call.outputs)
    return Call(
        heading=_heading(program, call.source),
        function=call.function,
        params=params,
        struct=call.params.struct,
        fields=tuple((member, number(value)) for member, value in call.params.fields),
        arguments=inputs + outputs + _scratch(plan, call, position),
    )


def _heading(program: Program, operator: Operator) -> str:
    return f'operator {operator.index}, {operator.kind}, "{comment_text(program.model.operator_name(operator))}"'


def _input(program: Program, plan: ArenaPlan, operand: Operand) -> Argument:
    if isinstance(operand, TensorRef):
        return _tensor(program, plan, operand.tensor, "input")
    if isinstance(operand, ConstantRef):
        comment = program.constant(operand.constant).comment
        return Argument(f"{program.model.name}_{operand.constant}", comment_text(comment))
    return Argument("NULL", "left out by the model")


def _tensor(program: Program, plan: ArenaPlan, index: int, role: str) -> Argument:
    return Argument(address_of(program, plan, index), f"{role} {describe(program.model.tensors[index])}")


def _scratch(plan: ArenaPlan, call: KernelCall, position: int) -> tuple[Argument, ...]:
    if not call.scratch_size:
        return ()
    return (Argument(f"AT(void, {plan.scratch_of(position)})", f"scratch, {call.scratch_size} bytes"),)

"""Kernel calls as rows for the template: arguments as C expressions, each with a comment."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Operator
from ..program import ArenaPlan, ConstantRef, Operand, Program, TensorRef
from .literals import comment_text
from .tensors import address_of, describe


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument after the params, and what it is."""

    text: str
    comment: str


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel call. `params` is the first argument, a C expression."""

    heading: str
    function: str
    params: str
    arguments: tuple[Argument, ...]

    @property
    def width(self) -> int:
        """Columns for an argument and what follows it, so that the comments stand in line."""
        return max(len(argument.text) for argument in self.arguments) + 2


def view_headings(program: Program) -> tuple[str, ...]:
    """The operators that need no call."""
    called = {call.source.index for call in program.calls}
    return tuple(heading_of(program, operator) for operator in program.model.operators if operator.index not in called)


def call_code(program: Program, plan: ArenaPlan, position: int, params: str) -> Call:
    """A call that is in no stream; `params` is the C name of its params."""
    call = program.calls[position]
    inputs = tuple(operand_argument(program, plan, operand) for operand in call.inputs)
    outputs = tuple(_tensor(program, plan, index, "output") for index in call.outputs)
    numbers = (Argument("0", "number of the first row"),) if call.numbered else ()
    return Call(
        heading=heading_of(program, call.source),
        function=call.function,
        params=f"&{params}",
        arguments=inputs + outputs + scratch_arguments(program, plan, position) + numbers,
    )


def heading_of(program: Program, operator: Operator) -> str:
    """What an operator is called in comments."""
    return f'operator {operator.index}, {operator.kind}, "{comment_text(program.model.operator_name(operator))}"'


def operand_argument(program: Program, plan: ArenaPlan, operand: Operand) -> Argument:
    """An operand as an argument."""
    if isinstance(operand, TensorRef):
        return _tensor(program, plan, operand.tensor, "input")
    if isinstance(operand, ConstantRef):
        comment = program.constant(operand.constant).comment
        return Argument(f"{program.model.name}_{operand.constant}", comment_text(comment))
    return Argument("NULL", "left out by the model")


def _tensor(program: Program, plan: ArenaPlan, index: int, role: str) -> Argument:
    return Argument(address_of(program, plan, index), f"{role} {describe(program.model.tensors[index])}")


def scratch_arguments(program: Program, plan: ArenaPlan, position: int) -> tuple[Argument, ...]:
    """The scratch of a call that wants one."""
    size = program.calls[position].scratch_size
    if not size:
        return ()
    return (Argument(f"AT(void, {plan.scratch_of(program.step_of(position))})", f"scratch, {size} bytes"),)

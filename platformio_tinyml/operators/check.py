"""All rules over a model, and the Program of a model that breaks none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from ..model import Model, Operator, TensorType
from ..model.refused_types import CASTS, UINT8, of_types, way_out_of_neither
from ..program import Constant, ConstantRef, KernelCall, Operand, Overlap, Program, View
from .elementwise import flip
from .known_outputs import with_known_outputs, written
from .lowering import Lowered, Support
from .model_rules import MODEL_RULES, STRUCTURE_STAGES, VARIABLE_RULES
from .refusal import describe, no_kernel, refusal, way_out
from .rules import QUANTIZE, Finding, Instance, ModelRule, Violation
from .signal.state import with_kept_samples
from .table import OPERATORS, support_of
from .uint8 import Shifted, problem, shifted
from .variables import OF_VARIABLES, states_of, with_variables
from .widening import widened


def check_model(model: Model) -> tuple[Violation, ...]:
    """Every rule that the model breaks; equal violations of several operators are one."""
    for stage in STRUCTURE_STAGES:
        broken = _model_violations(model, stage)
        if broken:
            return broken
    model = widened(model)
    broken = _model_violations(model, VARIABLE_RULES)
    model = model if broken else with_variables(model)
    inside = shifted(model).model
    by_text: dict[tuple[str, str, str], list[Operator]] = {}
    missing = [operator for operator in model.operators if operator.kind not in OPERATORS]
    for position, operator in enumerate(model.operators):
        if operator.kind not in OPERATORS or (broken and operator.opcode in OF_VARIABLES):
            continue
        for text in _operator_violations(Instance(inside, inside.operators[position])):
            by_text.setdefault(text, []).append(operator)
    return (
        broken
        + _model_violations(model, MODEL_RULES)
        + ((no_kernel(model, missing),) if missing else ())
        + tuple(
            Violation(describe(operators), model.operator_name(operators[0]), rule, found, way_out(model, step))
            for (rule, found, step), operators in by_text.items()
        )
    )


def lower_model(model: Model) -> Program:
    """The model as kernel calls. Raises ModelError that lists every violation."""
    violations = check_model(model)
    if violations:
        raise refusal(model, violations)
    model, known = with_known_outputs(widened(model))
    whole, kept = with_kept_samples(with_variables(model))
    states = states_of(model, whole, kept)
    border = shifted(whole)
    model = border.model
    constants = _ConstantPool()
    calls: list[KernelCall] = []
    views: list[View] = []
    overlaps: list[Overlap] = []
    for lowered in chain(_lowered(border), written(model, known)):
        views.extend(lowered.views)
        if lowered.call is not None:
            overlaps.extend(_overlaps(model, lowered, len(calls)))
            first = replace(lowered.call, macs=operator_macs(model, lowered.call.source))
            calls += [constants.share(call, lowered.constants) for call in (first, *lowered.then)]
    return Program(model, constants.all(), tuple(calls), tuple(views), tuple(overlaps), states)


def _lowered(border: Shifted) -> Iterator[Lowered]:
    """The operators in order; what is shifted at the border before it is first read, and when it is written."""
    model, waiting = border.model, {inside: outside for outside, inside in border.inputs.items()}
    made = {inside: outside for outside, inside in border.outputs.items()}
    for operator in model.operators:
        for inside in dict.fromkeys(operator.inputs):
            if inside in waiting:
                yield flip(model, waiting.pop(inside), inside, operator)
        yield _support(Instance(model, operator)).lower(Instance(model, operator))
        for inside in operator.outputs:
            if inside in made:
                yield flip(model, inside, made[inside], operator)


def operator_macs(model: Model, operator: Operator) -> int:
    """Multiply-accumulates of one invoke; 0 for an operator that has none, is malformed or unknown to the runtime."""
    instance = Instance(model, operator)
    support = support_of(instance)
    if support is None or any(rule.check(instance) is not None for rule in support.rules[0]):
        return 0
    return support.macs(instance)


def _model_violations(model: Model, rules: tuple[ModelRule, ...]) -> tuple[Violation, ...]:
    return tuple(
        Violation("", "", rule.text, found, way_out(model, rule.next_step))
        for rule in rules
        for found in dict.fromkeys(rule.check(model))
    )


def _operator_violations(instance: Instance) -> Iterator[tuple[str, str, str]]:
    """(rule, found, next step) of the first stage of rules that is broken."""
    operator = instance.operator
    support = support_of(instance)
    if support is None:
        first = instance.activation_type
        kind = TensorType.__members__.get(first or "")
        step = CASTS.get(operator.kind) or (kind and way_out_of_neither(operator, kind)) or QUANTIZE
        yield _taken_types(operator.kind), f"{first or 'no'} activations", step
        return
    for number, stage in enumerate(support.rules):
        broken = False
        for rule in stage:
            finding = rule.check(instance)
            if finding is not None:
                broken = True
                found = finding if isinstance(finding, Finding) else Finding(finding, rule.next_step)
                yield rule.text, found.found, found.next_step
        other = problem(instance) if number == 0 and not broken else None
        if other is not None:
            yield UINT8.rule, other, UINT8.next_step
        if broken or other is not None:
            return


def _support(instance: Instance) -> Support:
    support = support_of(instance)
    if support is None:
        raise LookupError(f"operator {instance.operator.index}")
    return support


def _taken_types(opcode: str) -> str:
    return of_types(opcode, {kind for support in OPERATORS[opcode] for kind in support.types})


def _overlaps(model: Model, lowered: Lowered, call: int) -> Iterator[Overlap]:
    """Those that let the output share at least one byte."""
    if lowered.call is None:
        return
    output = lowered.call.outputs[0]
    for entry in lowered.in_place:
        if entry.min_distance < model.tensors[output].size:
            yield Overlap(call, entry.input, output, entry.min_distance, entry.reason)


class _ConstantPool:
    """Tables by content: operators that share weights or multipliers share the table."""

    def __init__(self) -> None:
        self._by_content: dict[tuple[str, int, bytes], Constant] = {}

    def share(self, call: KernelCall, constants: tuple[Constant, ...]) -> KernelCall:
        """The call with its tables replaced by equal ones that are there already; the others are added."""
        names = {}
        for constant in constants:
            known = self._by_content.setdefault((constant.c_type, constant.alignment, constant.data), constant)
            names[constant.name] = known.name

        def renamed(operand: Operand) -> Operand:
            return ConstantRef(names[operand.constant]) if isinstance(operand, ConstantRef) else operand

        return replace(call, inputs=tuple(renamed(operand) for operand in call.inputs))

    def all(self) -> tuple[Constant, ...]:
        return tuple(self._by_content.values())

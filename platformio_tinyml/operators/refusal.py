"""What to say of a model that breaks rules: all that is missing once, in few lines, and the way out of this model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import ModelError
from ..model import Model, Operator, TensorType
from ..model.compilers import compiler_of
from ..model.refused_types import way_out_of_neither
from .left_out import TFLM
from .rules import OR_TFLM, QUANTIZE, REPLACE, Violation, shortened

MAX_NAMED = 8
"""Operators named one by one in a violation that many share."""
MOST = 4
"""Lines of reasons in an error; `inspect` lists all."""

_LAYERS = {
    "ARG_MAX": "argmax",
    "BATCH_MATMUL": "Dot, Attention, MultiHeadAttention",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "Bidirectional(LSTM)",
    "CONV_3D": "Conv3D",
    "CUMSUM": "cumsum",
    "GELU": "gelu",
    "IF": "a branch",
    "L2_NORMALIZATION": "UnitNormalization",
    "LOG": "log",
    "LOG_SOFTMAX": "log_softmax",
    "LSTM": "LSTM",
    "POW": "pow",
    "PRELU": "PReLU",
    "RESIZE_BILINEAR": "UpSampling2D or Resizing, bilinear",
    "SELECT_V2": "where",
    "TOPK_V2": "top_k",
    "TRANSPOSE_CONV": "Conv2DTranspose, Conv1DTranspose",
    "WHILE": "LSTM, GRU or RNN that is not unrolled",
}
"""What converters make the operator of, in Keras."""
_OF_TFLM = frozenset(TFLM.split())
_EVERY = "Every operator has a kernel (docs/operators.md)."
_OF_INT16 = f"convert it with int8 activations (custom_tinyml_activations = int8){OR_TFLM}"
_OF_UINT8 = "the model has the quantization of TensorFlow 1: convert the float model to int8 (custom_tinyml_data)"
_OF_QUANTIZED = (
    "the model is quantized already, but not all of it as here: convert it again for int8 alone "
    f"(TFLITE_BUILTINS_INT8), {REPLACE}"
)


def no_kernel(model: Model, operators: Sequence[Operator]) -> Violation:
    """One violation for all operators that the compiled runtime does not have."""
    by_name: dict[str, list[Operator]] = {}
    for operator in operators:
        by_name.setdefault(f"{operator.opcode} {shortened(operator.custom_code)}".strip(), []).append(operator)
    for operator in operators:
        other = compiler_of(operator.custom_code)
        if other:
            step = "set custom_tinyml_runtime = tflm, or give the .tflite file from before that compiler"
            found = (
                f"none for {shortened(operator.custom_code)} ({_numbers([operator])}), {other.done}: it runs with the "
                f"runtime tflm and {other.library}"
            )
            return Violation("", "", _EVERY, found, step)
    told = _origin if len(by_name) <= MOST else lambda _, same: _numbers(same)
    found = ", ".join(f"{name} ({told(model, same)})" for name, same in by_name.items())
    return Violation("", "", _EVERY, f"none for {found}", way_out(model, REPLACE))


def way_out(model: Model, step: str) -> str:
    """`step`, but not to quantize a model that is quantized, nor to take a runtime that does not take it either."""
    step = _unless_quantized(model, step)
    return step.removesuffix(OR_TFLM) if any(_is_beyond_tflm(model, each) for each in model.operators) else step


def _is_beyond_tflm(model: Model, operator: Operator) -> bool:
    """Of a custom operator the project's library may have a kernel."""
    kinds = [model.tensors[index].type for index in operator.inputs[:1] if 0 <= index < len(model.tensors)]
    neither = any(way_out_of_neither(operator, kind) for kind in kinds)
    return neither or (operator.opcode != "CUSTOM" and operator.opcode not in _OF_TFLM)


def _unless_quantized(model: Model, step: str) -> str:
    indices = {index for operator in model.operators for index in operator.outputs}
    types = {tensor.type for tensor in model.tensors if tensor.index in indices}
    if QUANTIZE not in step or not types & {TensorType.INT8, TensorType.UINT8, TensorType.INT16}:
        return step
    if TensorType.INT8 in types:
        return _OF_QUANTIZED
    return _OF_UINT8 if TensorType.UINT8 in types else _OF_INT16


def describe(operators: Sequence[Operator]) -> str:
    """`CONV_2D (operator 3)`, `CONV_2D, ADD (operators 0, 3, 4)`, or only a count where they are many."""
    opcodes = ", ".join(dict.fromkeys(operator.kind for operator in operators))
    return f"{opcodes} ({_numbers(operators)})"


def refusal(model: Model, violations: Sequence[Violation]) -> ModelError:
    """The error of a model that breaks these rules."""
    violations = _by_rule(violations)
    shown = violations if len(violations) <= MOST else violations[: MOST - 1]
    lines = [f"{model.name}: the compiled runtime does not run this model", *map(_sentence, shown)]
    if len(shown) < len(violations):
        lines.append(f"  and {len(violations) - len(shown)} more: pio-tinyml inspect lists them")
    steps = list(dict.fromkeys(violation.next_step for violation in shown))
    steps = [step for step in steps if step != REPLACE or _OF_QUANTIZED not in steps]
    steps = [step for step in steps if not any(step in other for other in steps if other != step)]
    return ModelError("\n".join(lines), "; ".join(steps[:2]))


def _by_rule(violations: Sequence[Violation]) -> list[Violation]:
    """What breaks a rule of the model as a whole in many places, in the first of them and a count."""
    places: dict[tuple[str, str, str], list[Violation]] = {}
    for each in violations:
        places.setdefault((each.operator, each.rule, "" if each.operator == "" else each.found), []).append(each)
    return [
        replace(first, found=f"{first.found}, and {len(more)} more") if more else first
        for first, *more in places.values()
    ]


def _origin(model: Model, operators: Sequence[Operator]) -> str:
    name, layer = shortened(model.operator_name(operators[0])), _LAYERS.get(operators[0].opcode)
    return f"{_numbers(operators)}{f' {chr(34)}{name}{chr(34)}' if name else ''}{f', of {layer}' if layer else ''}"


def _numbers(operators: Sequence[Operator]) -> str:
    if len(operators) == 1:
        return f"operator {operators[0].index}"
    if len(operators) > MAX_NAMED:
        return f"{len(operators)} operators"
    return f"operators {', '.join(str(operator.index) for operator in operators)}"


def _sentence(violation: Violation) -> str:
    where = f'{violation.operator} "{shortened(violation.name)}": ' if violation.operator else ""
    return f"  {where}{violation.rule} Found: {violation.found}."

"""Rules and readings that many operators share."""

from __future__ import annotations

from ..model import Activation, Options, Quantization, Tensor
from ..program.fixed_point import INT8_RANGE, INT16_RANGE, activation_range
from .rules import CONVERT_AGAIN, QUANTIZE, SCALE, Finding, Instance, Rule, quoted, rule

SUPPORTED_ACTIVATIONS = (Activation.NONE, Activation.RELU, Activation.RELU_N1_TO_1, Activation.RELU6)


def operands(required: int, optional: int = 0, options: type[Options] | None = None, outputs: int | None = 1) -> Rule:
    """So many outputs (None: one or more), so many inputs, and the options of the operator's kind."""
    most = required + optional
    count = f"{required} to {most} inputs" if optional else f"{required} input{'s' if required > 1 else ''}"

    def check(instance: Instance) -> str | None:
        operator = instance.operator
        if not required <= len(operator.inputs) <= most:
            return f"{len(operator.inputs)} inputs"
        if min(operator.inputs[:required]) < 0:
            return "an input is omitted"
        if len(operator.outputs) != (outputs or len(operator.outputs)) or min(operator.outputs, default=-1) < 0:
            return f"{len(operator.outputs)} outputs"
        if any(instance.model.tensors[index].is_constant for index in operator.outputs):
            return "a constant as output"
        if options is not None and not isinstance(operator.options, options):
            return "no options"
        return None

    return Rule(
        f"It has {count} and {'one output' if outputs == 1 else 'outputs'}"
        f"{', and its options are in the file' if options else ''}.",
        CONVERT_AGAIN,
        check,
    )


@rule(QUANTIZE)
def int8_activations(instance: Instance) -> str | Finding | None:
    """Activations are int8."""
    types = {tensor.type.name for tensor in (*instance.inputs, instance.output) if not tensor.is_constant}
    if types == {"INT8"}:
        return None
    constants = {tensor.type.name for tensor in instance.inputs if tensor.is_constant}
    if types == {"FLOAT32"} and "INT8" in constants:
        return Finding(
            "FLOAT32 activations with INT8 constants: a hybrid model",
            f"the converter had no representative dataset, so it quantized the constants only; {QUANTIZE}",
        )
    return f"{' and '.join(sorted(types)) or 'constant'} activations"


@rule(SCALE)
def quantized_activations(instance: Instance) -> str | None:
    """Activations have one scale, a positive finite number, and one zero point from -128 to 127."""
    for tensor in (*instance.inputs, instance.output):
        if tensor.type.name == "INT8" and not tensor.is_constant:
            problem = per_tensor_problem(tensor)
            if problem is not None:
                return problem
    return None


@rule("fold the operator into a constant when converting")
def computed_input(instance: Instance) -> str | None:
    """The first input is computed, not a constant."""
    tensor = instance.required(0)
    return f"{quoted(tensor)} is a constant" if tensor.is_constant else None


@rule(CONVERT_AGAIN)
def supported_activation(instance: Instance) -> str | None:
    """The fused activation is NONE, RELU, RELU_N1_TO_1 or RELU6, in range at the output's scale."""
    activation, scale = activation_of(instance), scale_of(instance.output)
    if activation not in SUPPORTED_ACTIVATIONS:
        return activation.name
    try:
        activation_range(activation, scale, zero_point_of(instance.output))
    except ValueError:
        return f"{activation.name} at the scale {scale}"
    return None


def per_tensor_problem(tensor: Tensor) -> str | None:
    """Why a tensor is not quantized per tensor as int8, or None."""
    quantization = tensor.quantization
    if quantization is None or not quantization.scale:
        return f"{quoted(tensor)} has no scale"
    if len(quantization.scale) != 1 or len(quantization.zero_point) != 1:
        return f"{quoted(tensor)} has {len(quantization.scale)} scales and {len(quantization.zero_point)} zero points"
    scale, zero_point = quantization.scale[0], quantization.zero_point[0]
    if not positive(scale):
        return f"{quoted(tensor)} has the scale {scale}"
    if not -128 <= zero_point <= 127:
        return f"{quoted(tensor)} has the zero point {zero_point}"
    return None


def activation_of(instance: Instance) -> Activation:
    """The fused activation of an operator that has one."""
    activation = getattr(instance.operator.options, "activation", None)
    if not isinstance(activation, Activation):
        raise LookupError(f"activation of operator {instance.operator.index}")
    return activation


def output_range(instance: Instance) -> tuple[int, int]:
    """Smallest and largest value of the output, int8 or int16, that the fused activation lets through."""
    limits = INT16_RANGE if instance.output.type.name == "INT16" else INT8_RANGE
    return activation_range(activation_of(instance), scale_of(instance.output), zero_point_of(instance.output), limits)


def positive(scale: float) -> bool:
    """Whether a number is finite and above 0."""
    return 0 < scale < float("inf")


def scale_of(tensor: Tensor) -> float:
    """The scale of a tensor that is quantized per tensor."""
    return _quantization(tensor).scale[0]


def zero_point_of(tensor: Tensor) -> int:
    """The zero point of a tensor that is quantized per tensor."""
    return _quantization(tensor).zero_point[0]


def _quantization(tensor: Tensor) -> Quantization:
    if tensor.quantization is None:
        raise LookupError(f"quantization of tensor {tensor.index}")
    return tensor.quantization

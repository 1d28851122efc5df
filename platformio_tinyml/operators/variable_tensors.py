"""Operators that keep state in variable tensors among their inputs: SVDF, UNIDIRECTIONAL_SEQUENCE_LSTM."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..model import Tensor
from .common import positive
from .rules import CONVERT_AGAIN, QUANTIZE, Instance, Rule, quoted


def constants(positions: Mapping[int, Collection[str]]) -> Rule:
    """Inputs, by position, are constants of one of these types."""
    listed = "; ".join(f"{position}: {' or '.join(kinds).lower()}" for position, kinds in positions.items())

    def check(instance: Instance) -> str | None:
        for position, kinds in positions.items():
            tensor = instance.required(position)
            if not tensor.is_constant:
                return f"{quoted(tensor)} is computed"
            if tensor.type.name not in kinds:
                return f"{quoted(tensor)} is {tensor.type.name}"
        return None

    return Rule(f"These inputs are constants of these types: {listed}.", QUANTIZE, check)


def variables(positions: Mapping[int, Collection[str]]) -> Rule:
    """Inputs, by position, are state of one of these types."""
    listed = "; ".join(f"{position}: {' or '.join(kinds).lower()}" for position, kinds in positions.items())

    def check(instance: Instance) -> str | None:
        for position, kinds in positions.items():
            tensor = instance.required(position)
            if not tensor.is_variable or tensor.is_constant:
                return f"{quoted(tensor)} is no variable"
            if tensor.type.name not in kinds:
                return f"{quoted(tensor)} is {tensor.type.name}"
        return None

    return Rule(f"These inputs are variable tensors of these types: {listed}.", CONVERT_AGAIN, check)


def quantized(positions: Sequence[int], symmetric: Collection[int]) -> Rule:
    """Inputs, by position, and the output, -1, have one scale; the `symmetric` ones a zero point of 0 (int16: all)."""

    def check(instance: Instance) -> str | None:
        for position in (*positions, -1):
            tensor = instance.required(position) if position >= 0 else instance.output
            if problem := _problem(tensor, symmetric=position in symmetric):
                return f"{quoted(tensor)} has {problem}"
        return None

    listed, zeros = (", ".join(map(str, each)) for each in (positions, sorted(symmetric)))
    points = f"one zero point; that of inputs {zeros} is 0, of others from -128 to 127"
    if {*positions, -1} <= set(symmetric):
        points = "the zero point 0"
    return Rule(
        f"Inputs {listed} and the output have one scale each, a positive finite number, and {points}.", QUANTIZE, check
    )


def _problem(tensor: Tensor, *, symmetric: bool) -> str | None:
    quantization = tensor.quantization
    if quantization is None or len(quantization.scale) != 1 or len(quantization.zero_point) != 1:
        return f"{len(quantization.scale) if quantization else 0} scales"
    if not positive(quantization.scale[0]):
        return f"the scale {quantization.scale[0]}"
    zero_point = quantization.zero_point[0]
    low, high = (0, 0) if symmetric else (-128, 127)
    return None if low <= zero_point <= high else f"the zero point {zero_point}"


def shapes(wanted: Mapping[int, tuple[int, ...]], instance: Instance) -> str | None:
    """What input has another shape than `wanted` by position says; the output is -1."""
    for position, shape in wanted.items():
        tensor = instance.required(position) if position >= 0 else instance.output
        if tensor.shape != shape:
            return f"{quoted(tensor)} is {list(tensor.shape)}, not {list(shape)}"
    return None

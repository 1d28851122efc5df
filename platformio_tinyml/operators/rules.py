"""Rules: what an operator must look like so that its kernel may run it.

A rule's docstring is its text in errors and in docs/operators.md. Kernels trust their params, so the rules are what
keeps generated C from reading or writing out of bounds, whatever the file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..model import Model, Operator, Tensor
from ..model.naming import printable

Checked = TypeVar("Checked")

CONVERT_AGAIN = "the file contradicts itself: convert the model again, or get a fresh copy of the file"
QUANTIZE = (
    "quantize the model to int8, with samples of its input: name them in custom_tinyml_data and the build does it, or "
    "run pio-tinyml quantize MODEL --data SAMPLES -o OUT.tflite (docs/quantize.md)"
)
SCALE = (
    "convert the model again with a representative_dataset and inference_input_type = inference_output_type = tf.int8 "
    "(or tf.uint8): then every tensor has its scale"
)
OR_TFLM = ", or set custom_tinyml_runtime = tflm"
REPLACE = f"replace the operator in the model{OR_TFLM}"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a model breaks.

    `operator` says which operators, `name` what the file calls the first of them (both empty where the whole model is
    meant); `rule`, `found` and `next_step` are one sentence each.
    """

    operator: str
    name: str
    rule: str
    found: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What breaks a rule, where the way out is another than the rule's own."""

    found: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` returns None, or what it found."""

    text: str
    next_step: str
    check: Callable[[Instance], str | Finding | None]


@dataclass(frozen=True, slots=True)
class ModelRule:
    """A rule about the model as a whole; `check` yields all that breaks it."""

    text: str
    next_step: str
    check: Callable[[Model], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Instance:
    """One operator of a model together with its tensors."""

    model: Model
    operator: Operator

    def input(self, position: int) -> Tensor | None:
        """None where the input is omitted."""
        index = self.operator.input(position)
        return self.model.tensors[index] if index >= 0 else None

    def required(self, position: int) -> Tensor:
        """An input that the rules have shown to be there."""
        tensor = self.input(position)
        if tensor is None:
            raise LookupError(f"input {position} of operator {self.operator.index}")
        return tensor

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """All inputs but the omitted ones."""
        return tuple(self.model.tensors[index] for index in self.operator.inputs if index >= 0)

    @property
    def output(self) -> Tensor:
        """The only output."""
        return self.model.tensors[self.operator.outputs[0]]

    @property
    def activation_type(self) -> str:
        """Of the first input that is computed, else of the first output: what decides on the kernel."""
        activations = (tensor for tensor in self.inputs if not tensor.is_constant)
        outputs = (self.model.tensors[index] for index in self.operator.outputs if index >= 0)
        return next((tensor.type.name for tensor in (*activations, *outputs)), "")

    def options(self, kind: type[Checked]) -> Checked:
        """The options, which the rules have shown to be of this kind."""
        if not isinstance(self.operator.options, kind):
            raise LookupError(f"options of operator {self.operator.index}")
        return self.operator.options


def rule(next_step: str) -> Callable[[Callable[[Instance], str | Finding | None]], Rule]:
    """Make a function with a docstring a Rule."""

    def decorate(check: Callable[[Instance], str | Finding | None]) -> Rule:
        return Rule(_text(check.__doc__), next_step, check)

    return decorate


def model_rule(next_step: str) -> Callable[[Callable[[Model], Iterator[str]]], ModelRule]:
    """Make a generator with a docstring a ModelRule."""

    def decorate(check: Callable[[Model], Iterator[str]]) -> ModelRule:
        return ModelRule(_text(check.__doc__), next_step, check)

    return decorate


def quoted(tensor: Tensor) -> str:
    """What the file calls a tensor, fit for a terminal and of bounded length."""
    return f'"{shortened(tensor.name)}"'


def shortened(text: str) -> str:
    """Text of a file, fit for a terminal, of at most 60 characters."""
    text = printable(text)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _text(docstring: str | None) -> str:
    return " ".join((docstring or "").split())

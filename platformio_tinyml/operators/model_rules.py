"""Rules about the model as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ..model import Model, Operator, Tensor, TensorType
from ..model.refused_types import SPARSE
from .lowering import C_TYPES
from .rules import CONVERT_AGAIN, QUANTIZE, ModelRule, model_rule, quoted
from .variables import known_variables, subgraphs_that_initialise

LARGEST_TENSOR = (1 << 30) - 1
"""Bytes. Kernels count elements in 32 bits and add a window's reach to that."""


@model_rule(CONVERT_AGAIN)
def known_tensors(model: Model) -> Iterator[str]:
    """Operators, inputs and outputs name tensors that exist."""
    indices = [*model.inputs, *model.outputs]
    for operator in model.operators:
        indices += [index for index in operator.inputs if index != -1] + list(operator.outputs)
    for index in indices:
        if not 0 <= index < len(model.tensors):
            yield f"tensor {index} of {len(model.tensors)}"


@model_rule(CONVERT_AGAIN)
def inputs_and_outputs(model: Model) -> Iterator[str]:
    """The model has at least one input and one output, each listed once; no input is a constant, and none
    keeps its value."""
    for role, indices in (("input", model.inputs), ("output", model.outputs)):
        if not indices:
            yield f"no {role} (of several signatures the first one is run)"
        for index in indices:
            tensor = model.tensors[index]
            if tensor.is_variable or (tensor.is_constant and (role == "input" or not model.operators)):
                yield f"{role} {_name(tensor)} is a {'variable' if tensor.is_variable else 'constant'}"
    if len(set(model.inputs)) != len(model.inputs):
        yield "an input listed twice"


@model_rule(QUANTIZE)
def input_and_output_types(model: Model) -> Iterator[str]:
    """Inputs and outputs of the model are int8, uint8, int16, int32, int64, uint32, uint64, bool or float."""
    for index in (*model.inputs, *model.outputs):
        tensor = model.tensors[index]
        if tensor.type.name not in C_TYPES:
            yield f"{_name(tensor)} is {tensor.type.name}"


@model_rule(CONVERT_AGAIN)
def produced_before_read(model: Model) -> Iterator[str]:
    """Every activation is written once, by an operator or as an input of the model, before it is read.

    Custom operators, which have no kernel, list their scratch among the inputs (Vela's, for an Ethos-U).
    """
    written = {*model.inputs, *(tensor.index for tensor in model.tensors if tensor.is_variable)}
    for operator in model.operators:
        for index in operator.inputs:
            known = index == -1 or index in written or model.tensors[index].is_constant
            if not known and not _is_foreign(operator):
                yield f"{_name(model.tensors[index])} is read by operator {operator.index} before it is written"
        for index in operator.outputs:
            if (index in written and not model.tensors[index].is_variable) or model.tensors[index].is_constant:
                yield f"{_name(model.tensors[index])} is written by operator {operator.index} a second time"
            written.add(index)
    for index in model.outputs:
        if index not in written and not model.tensors[index].is_constant:
            yield f"output {_name(model.tensors[index])} is never written"


@model_rule("convert the model with fixed shapes: give the batch size and every other dimension")
def fixed_shapes(model: Model) -> Iterator[str]:
    """All shapes are fixed, no dimension is below 1, and no tensor reaches 1 GiB."""
    for tensor in _used(model):
        if tensor.is_dynamic or any(size < 1 for size in tensor.shape):
            yield f"{_name(tensor)} has the shape {list(tensor.shape)}{', dynamic' if tensor.is_dynamic else ''}"
        elif tensor.size > LARGEST_TENSOR:
            yield f"{_name(tensor)} has {tensor.size} bytes"


@model_rule(CONVERT_AGAIN)
def whole_constants(model: Model) -> Iterator[str]:
    """A constant has as many bytes as its type and shape ask for."""
    for tensor in _used(model):
        if tensor.data is not None and not tensor.is_sparse and len(tensor.data) != tensor.size:
            yield f"{_name(tensor)} has {len(tensor.data)} of {tensor.size} bytes"


def _sparse(model: Model) -> Iterator[str]:
    for tensor in _used(model):
        if tensor.is_sparse:
            yield f"{_name(tensor)} is sparse"


dense_tensors = ModelRule(SPARSE.rule, SPARSE.next_step, _sparse)


@model_rule("train or convert the model again: a number that is none spoils every output")
def finite_constants(model: Model) -> Iterator[str]:
    """Float constants are finite."""
    for tensor in _used(model):
        if tensor.data is not None and tensor.type is TensorType.FLOAT32:
            strange = next((value for value in memoryview(tensor.data).cast("f") if not isfinite(value)), None)
            if strange is not None:
                yield f"{_name(tensor)} holds {strange}"


def _used(model: Model) -> Iterator[Tensor]:
    indices = {*model.inputs, *model.outputs}
    for operator in model.operators:
        indices.update(index for index in (*operator.inputs, *operator.outputs) if index >= 0)
    return (model.tensors[index] for index in sorted(indices))


def _name(tensor: Tensor) -> str:
    return f"{quoted(tensor)} (tensor {tensor.index})"


def _is_foreign(operator: Operator) -> bool:
    """A custom operator of which nothing is known here."""
    return operator.opcode == "CUSTOM" and operator.options is None


STRUCTURE_STAGES = ((known_tensors,), (fixed_shapes, whole_constants, dense_tensors))
"""What every other rule relies on; the second stage relies on the first."""

VARIABLE_RULES = (subgraphs_that_initialise, known_variables)
"""What `with_variables` relies on."""

MODEL_RULES = (inputs_and_outputs, input_and_output_types, produced_before_read, finite_constants)

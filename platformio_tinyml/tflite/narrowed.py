"""A file whose CONCATENATIONs have as few inputs as TensorFlow Lite Micro joins: of more, some before others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model import ConcatenationOptions, Model, Operator
from .checked import Damaged, checked_items
from .prepended import Prepended
from .reader import read_model

# Fields of schema.fbs by their number: of Model, of SubGraph.
_SUBGRAPHS = 2
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS, _NAME = range(5)


def narrowed(data: bytes, most: int) -> bytes | None:
    """`data`, a file that read_model takes, with CONCATENATIONs of at most `most` inputs in its first subgraph.

    What they make is the same; new tensors come behind those that are there. None where none has more inputs, or the
    file's layout is not known here.
    """
    model = read_model(data, "model")
    if not any(_is_wide(operator, most) for operator in model.operators):
        return None
    try:
        return _narrowed(data, model, most)
    except Damaged:
        return None


def _is_wide(operator: Operator, most: int) -> bool:
    return operator.opcode == "CONCATENATION" and len(operator.inputs) > most


def _narrowed(data: bytes, model: Model, most: int) -> bytes:
    file = Prepended(data, 256 * len(model.operators) + 8 * len(model.tensors))
    graph, *_ = checked_items(file.root.SubgraphsLength(), file.root.Subgraphs, file.meter)
    old_tensors = list(checked_items(graph.TensorsLength(), graph.Tensors, file.meter))
    old_operators = checked_items(graph.OperatorsLength(), graph.Operators, file.meter)
    tensors, operators = file.tables(graph, _TENSORS), list[int]()
    for operator, kept, old in zip(model.operators, file.tables(graph, _OPERATORS), old_operators, strict=True):
        if not _is_wide(operator, most):
            operators.append(kept)
            continue
        for join in _joins(model, operator, len(tensors), most):
            if join.shape is not None:
                tensors.append(_tensor(file, old_tensors[operator.outputs[0]], join.shape))
            operators.append(_concatenation(file, old, join))
    kept_fields = {field: file.of(graph, field) for field in (_INPUTS, _OUTPUTS, _NAME)}
    made = {_TENSORS: file.vector(tensors), _OPERATORS: file.vector(operators)}
    graphs = [file.table({**kept_fields, **made}, {}, {}), *file.tables(file.root, _SUBGRAPHS)[1:]]
    return file.finished({_SUBGRAPHS: file.vector(graphs)})


@dataclass(frozen=True)
class _Join:
    """Some inputs, the tensor that they are joined into, and its shape where it is a new one."""

    inputs: tuple[int, ...]
    output: int
    shape: tuple[int, ...] | None


def _joins(model: Model, operator: Operator, first: int, most: int) -> Iterator[_Join]:
    """In their order; new tensors are numbered from `first` on."""
    options = operator.options
    if not isinstance(options, ConcatenationOptions) or len(operator.outputs) != 1:
        raise Damaged("a CONCATENATION without its options")
    shapes = {index: model.tensors[index].shape for index in operator.inputs}
    inputs = operator.inputs
    while len(inputs) > most:
        joined = list[int]()
        for group in (inputs[start : start + most] for start in range(0, len(inputs), most)):
            shape = list(shapes[group[0]])
            if not -len(shape) <= options.axis < len(shape):
                raise Damaged("an axis that is not there")
            shape[options.axis] = sum(shapes[index][options.axis] for index in group)
            index = first + len(shapes) - len(set(operator.inputs))
            shapes[index] = tuple(shape)
            joined.append(index)
            yield _Join(group, index, shapes[index])
        inputs = tuple(joined)
    yield _Join(inputs, operator.outputs[0], None)


def _tensor(file: Prepended, like: Any, shape: tuple[int, ...]) -> int:
    """An activation of another shape; it shares the name and the quantization."""
    return file.table({0: file.int32s(shape), 3: file.of(like, 3), 4: file.of(like, 4)}, {}, {1: like.Type()})


def _concatenation(file: Prepended, like: Any, join: _Join) -> int:
    vectors = {1: file.int32s(join.inputs), 2: file.int32s((join.output,))}
    return file.table({**vectors, 4: file.of(like, 4)}, {0: like.OpcodeIndex()}, {3: like.BuiltinOptionsType()})

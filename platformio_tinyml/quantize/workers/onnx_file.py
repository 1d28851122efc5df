"""What an ONNX file holds, told from its bytes, and a copy of it with the weights that lie beside it.

Standard library only; nothing of onnx is imported before the file is known.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from . import protobuf
from .limits import LARGEST_MODEL, Bounds
from .onnx_operators import DOMAINS, OPERATORS
from .say import Refusal

BESIDE = ".data"
"""What the name of the one file beside a model ends with, where its weights may be: PyTorch writes `net.onnx.data`."""

# Field numbers of onnx.proto.
_GRAPH, _FUNCTIONS = 7, 25
_GRAPH_NODES, _FUNCTION_NODES, _INITIALIZERS, _SPARSE_INITIALIZERS = 1, 7, 5, 15
_OPERATOR, _DOMAIN, _ATTRIBUTES = 4, 7, 5
_TENSOR, _SUBGRAPH, _TENSORS, _SUBGRAPHS, _SPARSE, _SPARSES = 5, 6, 10, 11, 22, 23
_DIMS, _EXTERNAL, _KEY, _VALUE = 1, 13, 1, 2
_DEEPEST = 8
"""Graphs in graphs."""


def copy(path: Path, folder: Path) -> Path:
    """The model, and its weights where they lie in a file of their own, in `folder` under the names they have.

    ValueError for a link; Refusal where they are too large.
    """
    bounds = Bounds(path.name, LARGEST_MODEL)
    made = folder / "model"
    made.mkdir()
    for file in (path, path.with_name(path.name + BESIDE)):
        if file != path and not os.path.lexists(file):
            continue
        if not stat.S_ISREG(os.lstat(file).st_mode) and file != path:
            raise ValueError(f"{file.name} is no file")
        bounds.add(file.stat().st_size)
        shutil.copyfile(file, made / file.name)
    return made / path.name


def foreign_in(path: Path) -> Iterator[str]:
    """What of a file is not known to be harmless, in words. ValueError where it is damaged or has no graph."""
    data = memoryview(path.read_bytes())
    graphs = list(protobuf.at(data, _GRAPH))
    if len(graphs) != 1:
        raise ValueError("it holds no graph of ONNX")
    bounds = Bounds(path.name, LARGEST_MODEL)
    yield from _graph(graphs[0], _GRAPH_NODES, path.name, bounds, 0)
    for function in protobuf.at(data, _FUNCTIONS):
        yield from _graph(function, _FUNCTION_NODES, path.name, bounds, 0)


def _graph(graph: memoryview, nodes: int, name: str, bounds: Bounds, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("graphs lie too deep in each other")
    for tensor in protobuf.at(graph, _INITIALIZERS):
        _check_tensor(tensor, name, bounds)
    if any(True for _ in protobuf.at(graph, _SPARSE_INITIALIZERS)):
        yield "sparse weights"
    for node in protobuf.at(graph, nodes):
        bounds.count()
        foreign = [name for name in map(protobuf.text, protobuf.at(node, _DOMAIN)) if name not in DOMAINS]
        for operator in map(protobuf.text, protobuf.at(node, _OPERATOR)):
            if foreign or operator not in OPERATORS:
                yield ".".join(("the operator " + foreign[0], operator) if foreign else ("the operator " + operator,))
        for attribute in protobuf.at(node, _ATTRIBUTES):
            for field in (_TENSOR, _TENSORS):
                for tensor in protobuf.at(attribute, field):
                    _check_tensor(tensor, name, bounds)
            for field in (_SUBGRAPH, _SUBGRAPHS):
                for inner in protobuf.at(attribute, field):
                    yield from _graph(inner, _GRAPH_NODES, name, bounds, depth + 1)
            if any(number in (_SPARSE, _SPARSES) for number, _ in protobuf.fields(attribute)):
                yield "sparse weights"


def _check_tensor(tensor: memoryview, name: str, bounds: Bounds) -> None:
    """Refusal where its values lie in another file than the one that may be beside the model."""
    bounds.count()
    for entry in protobuf.at(tensor, _EXTERNAL):
        keys, values = ([*map(protobuf.text, protobuf.at(entry, field))] or [""] for field in (_KEY, _VALUE))
        elsewhere = [value for value in values if value != name + BESIDE]
        if "location" in keys and elsewhere:
            raise Refusal(
                "model",
                f"{name} has weights in the file {elsewhere[0][:60]}, and only {name}{BESIDE} beside it is read",
                f"Save it in one file: onnx.save(onnx.load('{name}'), 'one.onnx', save_as_external_data=False).",
                "model-unsafe",
            )

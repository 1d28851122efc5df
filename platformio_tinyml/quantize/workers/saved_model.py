"""What a SavedModel holds, read from its saved_model.pb, and a copy of what a conversion needs of it."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from . import protobuf
from .graph_operators import OPERATORS, SAVER_OPERATORS
from .keras_config import code_in
from .limits import LARGEST_MODEL, Bounds

GRAPH_FILE, VARIABLES = "saved_model.pb", "variables"

# Field numbers of tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph,saved_metadata}.proto and
# tensorflow/core/framework/{graph,function,node_def,attr_value,tensor,tensor_shape}.proto.
_META_GRAPHS, _GRAPH, _ASSETS, _OBJECTS = 2, 2, 6, 7
_NODES = (_GRAPH, 1)
_FUNCTIONS = (_GRAPH, 2, 1)
_FUNCTION_NODE, _FUNCTION_NAME = 3, (1, 1)
_OPERATOR, _ATTRIBUTES = 2, 5
_TENSORS = ((2, 8), (2, 1, 8))
"""In an attribute: its tensor, and the tensors of its list."""
_DIMENSIONS, _SIZE = (2, 2), 1
_ASSET_NAME = 2
_NODE_OBJECTS = (_OBJECTS, 1)
_USER_OBJECT, _REGISTERED_NAME, _REGISTERED_SAVER = 4, 13, 16
_IDENTIFIER, _METADATA = 1, 3
_KERAS_METADATA = (1, 5)
_REGISTERED = frozenset({"", "tf.TrackableConstant"})
"""Classes beside TensorFlow's own kinds of object, by the names that they register."""
_SWAPPED = b"implements"
"""In the name of an attribute by which TensorFlow puts one function in place of another."""


def foreign_in(path: Path) -> Iterator[str]:
    """What of a SavedModel is not known to be harmless, in words. ValueError, OSError where it is damaged."""
    data = read(path)
    graphs = list(protobuf.at(data, _META_GRAPHS))
    if len(graphs) != 1 or not list(protobuf.at(data, _META_GRAPHS, _OBJECTS)):
        yield "a graph of TensorFlow 1, which loads and saves files itself (load and save it in TensorFlow 2)"
    bounds = Bounds(path.name, LARGEST_MODEL)
    for graph in graphs:
        names = [
            protobuf.text(name) for asset in protobuf.at(graph, _ASSETS) for name in protobuf.at(asset, _ASSET_NAME)
        ]
        yield from (f"the file {name} beside it" for name in names)
        yield from _operators(protobuf.at(graph, *_NODES), OPERATORS | SAVER_OPERATORS, bounds)
        yield from _functions(graph, bounds)
        for entry in protobuf.at(graph, *_NODE_OBJECTS):
            for field, allowed in ((_REGISTERED_NAME, _REGISTERED), (_REGISTERED_SAVER, {""})):
                for name in map(protobuf.text, protobuf.at(entry, field)):
                    if name not in allowed:
                        yield f"an object of the registered class {name}"
            for text in protobuf.at(entry, _USER_OBJECT, _METADATA):
                yield from _lambdas(protobuf.text(text))
    beside = path / "keras_metadata.pb"
    if beside.is_file():
        for text in protobuf.at(memoryview(beside.read_bytes()), *_KERAS_METADATA):
            yield from _lambdas(protobuf.text(text))


def is_legacy(path: Path) -> bool:
    """Whether Keras 2 wrote it."""
    found = protobuf.at(read(path), _META_GRAPHS, *_NODE_OBJECTS, _USER_OBJECT, _IDENTIFIER)
    return any(name == "optimizer" or name.startswith("_tf_keras_") for name in map(protobuf.text, found))


def read(path: Path) -> memoryview:
    """The bytes of saved_model.pb."""
    return memoryview((path / GRAPH_FILE).read_bytes())


def copy(path: Path, made: Path) -> None:
    """The graph and the variables, and nothing else: TensorFlow prefers other files (saved_model.cpb) where they are.

    ValueError for a link that leads out of the folder and for what is no file; Refusal where they are too large.
    """
    bounds = Bounds(path.name, LARGEST_MODEL)
    files = [path / GRAPH_FILE]
    if (path / VARIABLES).is_dir():
        files += sorted((path / VARIABLES).iterdir())
    inside = Path(os.path.realpath(path))
    (made / VARIABLES).mkdir(parents=True)
    for file in files:
        bounds.count()
        real = Path(os.path.realpath(file))
        if not real.is_relative_to(inside):
            raise ValueError(f"{file.name} is a link that leads out of the folder")
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{file.name} is no file")
        bounds.add(status.st_size)
        shutil.copyfile(real, made / file.relative_to(path))
    if (path / "keras_metadata.pb").is_file():
        shutil.copyfile(path / "keras_metadata.pb", made / "keras_metadata.pb")


def _functions(graph: memoryview, bounds: Bounds) -> Iterator[str]:
    """What the functions of a graph run. Those that save and restore may be there, if nothing else names them."""
    functions = [bytes(function) for function in protobuf.at(graph, *_FUNCTIONS)]
    objects = b"".join(bytes(entry) for entry in protobuf.at(graph, _OBJECTS))
    for index, function in enumerate(functions):
        view = memoryview(function)
        nodes = list(protobuf.at(view, _FUNCTION_NODE))
        used = {protobuf.text(name) for node in nodes for name in protobuf.at(node, _OPERATOR)}
        if used & SAVER_OPERATORS:
            names = [bytes(name) for name in protobuf.at(view, *_FUNCTION_NAME)]
            others = (objects, *functions[:index], *functions[index + 1 :])
            aside = len(names) == 1 and _SWAPPED not in function and not any(names[0] in other for other in others)
            allowed = OPERATORS | SAVER_OPERATORS if aside else OPERATORS
        else:
            allowed = OPERATORS
        yield from _operators(nodes, allowed, bounds)


def _operators(nodes: Iterable[memoryview], allowed: Container[str], bounds: Bounds) -> Iterator[str]:
    for node in nodes:
        bounds.count()
        for name in map(protobuf.text, protobuf.at(node, _OPERATOR)):
            if name not in allowed:
                yield f"the operator {name}"
        for attribute in protobuf.at(node, _ATTRIBUTES):
            for tensor in _TENSORS:
                for value in protobuf.at(attribute, *tensor):
                    sizes = [max(protobuf.numbers(dim, _SIZE), default=0) for dim in protobuf.at(value, *_DIMENSIONS)]
                    bounds.add(4, *sizes)


def _lambdas(text: str) -> Iterator[str]:
    """Of what Keras wrote beside the graph, which is not loaded: a Lambda layer, whose code the graph may hold."""
    try:
        config: Any = json.loads(text)
    except ValueError:  # metadata of objects that Keras did not write is any text
        return
    yield from (found for found in code_in(config) if found.startswith("a Lambda layer"))

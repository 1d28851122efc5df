"""A .pt2 archive (torch.export.save) made anew of what a conversion needs, and what of it is not known to be harmless.

PyTorch's own loader unpickles, evaluates expressions and guards as Python, and takes operators by any name below
`torch`. What is loaded is therefore written anew: the graph without what came of the Python code that it was exported
from, the weights as plain numbers, no samples. Standard library only.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .limits import LARGEST_CONFIG, LARGEST_MODEL, Bounds
from .say import Refusal
from .torch_operators import ATEN, PYTHON

_GRAPH = "models/model.json"
_WEIGHTS, _CONSTANTS = "data/weights/", "data/constants/"
_CONFIGS = (f"{_WEIGHTS}model_weights_config.json", f"{_CONSTANTS}model_constants_config.json")
_SAMPLES = "data/sample_inputs/model.pt"
_PLAIN = {"archive_format": b"pt2", "archive_version": b"0", ".data/version": b"3\n", "byteorder": b"little"}
_NAME = re.compile(r"(weight|tensor)_\d{1,6}")
_ATEN = re.compile(r"torch\.ops\.aten\.(\w+)\.\w+")
_SPECS = frozenset({"builtins.tuple", "builtins.list", "builtins.dict", None})
"""What inputs and outputs may lie in."""
_OF_PYTHON = {
    "as_custom_obj": "an object of Python's",
    "as_operator": "an operator as a value",
    "as_graph": "control flow",
    "custom_obj": "an object of Python's",
    "token": "an operator with effects",
}


def rebuild(path: Path, made: Path) -> Path:
    """Write `made`. KeyError, ValueError, BadZipFile, OSError; Refusal where it is too large or of another version."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as copy:
        root = _root(archive, path.name)
        bounds = Bounds(path.name, LARGEST_MODEL)

        def read(name: str) -> bytes:
            member = archive.getinfo(root + name)
            bounds.count()
            bounds.add(member.file_size)
            return archive.read(member)

        def read_json(name: str) -> Any:
            if archive.getinfo(root + name).file_size > LARGEST_CONFIG:
                raise ValueError(f"{name} unpacks to more than {LARGEST_CONFIG:,} bytes")
            return json.loads(read(name))

        for name, data in _PLAIN.items():
            copy.writestr(f"model/{name}", data)
        copy.writestr(f"model/{_GRAPH}", json.dumps(_without_python(read_json(_GRAPH))))
        copy.writestr(f"model/{_SAMPLES}", b"")
        for config in _CONFIGS:
            described = read_json(config)
            copy.writestr(f"model/{config}", json.dumps(described))
            folder = config.rpartition("/")[0] + "/"
            for file in dict.fromkeys(str(entry["path_name"]) for entry in described["config"].values()):
                if _NAME.fullmatch(file):
                    copy.writestr(f"model/{folder}{file}", read(folder + file))
    return made


def foreign_in(path: Path) -> Iterator[str]:
    """What of a rebuilt archive is not known to be harmless, in words. KeyError, ValueError, TypeError: damaged."""
    with zipfile.ZipFile(path) as archive:
        for config in _CONFIGS:
            for name, entry in json.loads(archive.read(f"model/{config}"))["config"].items():
                if entry["use_pickle"] or not _NAME.fullmatch(str(entry["path_name"])):
                    yield f"the pickled {'weight' if config.startswith(_WEIGHTS) else 'constant'} {name}"
        program = json.loads(archive.read(f"model/{_GRAPH}"))
    if program["range_constraints"]:
        raise _open_shapes(path.name)
    for found in _walk(program, path.name):
        yield from found
    for call in program["graph_module"]["module_call_graph"]:
        signature = call["signature"] or {}
        for spec in ("in_spec", "out_spec"):
            yield from _spec(json.loads(signature.get(spec) or "null"))


def _root(archive: zipfile.ZipFile, name: str) -> str:
    """What all names of the archive begin with."""
    roots = {member.partition("/")[0] for member in archive.namelist()}
    if len(roots) != 1 or f"{(root := roots.pop())}/{_GRAPH}" not in archive.namelist():
        raise Refusal(
            "model",
            f"{name} is no archive of one exported network, or of a PyTorch before 2.9",
            "Save it with PyTorch 2.9 or newer: torch.export.save(torch.export.export(model.eval(), (sample,)), "
            "'model.pt2').",
            "model-format",
        )
    return f"{root}/"


def _without_python(program: Any) -> Any:
    """The program without code, and without what tells where in the code it came from."""
    program["guards_code"] = []
    program["graph_module"]["metadata"] = {}
    program["graph_module"]["treespec_namedtuple_fields"] = {}
    for node in program["graph_module"]["graph"]["nodes"]:
        node["metadata"] = {}
    program["graph_module"]["module_call_graph"] = program["graph_module"]["module_call_graph"][:1]
    return program


def _walk(value: Any, name: str) -> Iterator[list[str]]:
    """What of any part of the program is not known to be harmless."""
    if isinstance(value, list):
        for part in value:
            yield from _walk(part, name)
    if not isinstance(value, dict):
        return
    if "expr_str" in value or value.get("as_expr"):
        raise _open_shapes(name)
    target = value.get("target")
    if target is not None:
        known = _ATEN.fullmatch(str(target))
        if not (known and known[1] in ATEN) and target not in PYTHON:
            yield [f"the operator {target}"]
    yield [words for key, words in _OF_PYTHON.items() if value.get(key) is not None]
    for part in value.values():
        yield from _walk(part, name)


def _spec(spec: Any) -> Iterator[str]:
    if isinstance(spec, list):
        for part in spec:
            yield from _spec(part)
    elif isinstance(spec, dict):
        if spec.get("type") not in _SPECS:
            yield f"inputs or outputs in a {spec.get('type')}"
        yield from _spec(spec.get("children_spec"))


def _open_shapes(name: str) -> Refusal:
    return Refusal(
        "model",
        f"{name} was exported with open dimensions",
        "Export it with fixed shapes and a batch of 1: torch.export.export without dynamic_shapes.",
        "model-shape",
    )

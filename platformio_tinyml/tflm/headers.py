"""What a project's TensorFlow Lite Micro offers, read from the text of its headers.

Versions since 2021 differ in constructors, in the operators they have and in what registers them; ports seldom say
which version they are. So nothing here asks for a version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ..errors import SetupError, UsageError

MICRO = "tensorflow/lite/micro"
RESOLVER = f"{MICRO}/micro_mutable_op_resolver.h"
INTERPRETER = f"{MICRO}/micro_interpreter.h"
ERROR_REPORTER = f"{MICRO}/micro_error_reporter.h"
RESOURCE_VARIABLES = f"{MICRO}/micro_resource_variable.h"
ALLOCATOR = f"{MICRO}/micro_allocator.h"

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ADD = re.compile(r"\bTfLiteStatus\s+(Add\w+)\s*\(")
_BUILTIN = re.compile(r"\bBuiltinOperator_([A-Z0-9_]+)\b")
_CUSTOM = re.compile(r"\bAddCustom\s*\(\s*\"([^\"\\]{1,100})\"")
_REGISTRATION = re.compile(r"\bAddCustom\s*\(\s*const\s+char\s*\*\s*\w+\s*,\s*(?:const\s+)?(\w+)\s*\*")
_CONSTRUCTOR = re.compile(r"\bMicroInterpreter\s*\([^;{]*?tensor_arena_size[^;{]*")
_TWO_ARENAS = re.compile(r"\bCreate\s*\([^;)]*\bnon_persistent\w*\b[^;)]*\)")
# `#else inline T Register_X_INT8() { return Register_X(); }`: the name is there whatever the kernels are.
_INT8 = re.compile(r"\binline\s+\w+\s+Register_([A-Z0-9_]+)_INT8\s*\(\s*\)\s*\{")


@dataclass(frozen=True, slots=True)
class AddMethod:
    """A resolver's method, `TfLiteStatus AddConv2D(...)`. `takes_registration`: another registration may be passed."""

    name: str
    takes_registration: bool


@dataclass(frozen=True, slots=True)
class Library:
    """TFLM as its headers describe it.

    `builtins` by the opcode's name in schema.fbs, `customs` by the custom code. `int8` maps opcodes to the header
    (path to include) with the int8-only registration `tflite::Register_<opcode>_INT8()`. `registration` is the type
    that AddCustom takes a pointer to. `error_reporter`: constructors want one. `resource_variables`: they take some.
    `reset`: the interpreter's method that forgets its state. `two_arenas`: MicroAllocator::Create takes two.
    """

    folder: Path
    builtins: dict[str, AddMethod]
    customs: dict[str, AddMethod]
    int8: dict[str, str]
    registration: str
    error_reporter: bool
    resource_variables: bool
    reset: str
    two_arenas: bool = False


def find_library(folders: Sequence[Path]) -> Path:
    """The include folder with TFLM's headers. UsageError where none or several of them have it."""
    found = {folder.resolve(): folder for folder in reversed(folders) if (folder / INTERPRETER).is_file()}
    if not found:
        raise UsageError(
            f"no folder of --tflm-include has {INTERPRETER}",
            "Give the folder that holds `tensorflow/`, or take --runtime compiled.",
        )
    if len(found) > 1:
        raise UsageError(
            "several folders have a TensorFlow Lite Micro: " + ", ".join(map(str, found.values())),
            "Leave one of these libraries out of the project.",
        )
    return next(iter(found.values()))


def read_library(folder: Path) -> Library:
    """What the headers below `folder` offer. SetupError where they are not as in any version known."""
    resolver, interpreter = _text(folder / RESOLVER), _text(folder / INTERPRETER)
    builtins, customs = _add_methods(resolver)
    constructor = _CONSTRUCTOR.search(interpreter)
    registration = _REGISTRATION.search(resolver)
    if not builtins or constructor is None or registration is None:
        missing = RESOLVER if constructor else INTERPRETER
        raise SetupError(
            f"{folder / missing} is not like that of any TensorFlow Lite Micro since 2021",
            "Update that library, or take --runtime compiled.",
        )
    return Library(
        folder=folder,
        builtins=builtins,
        customs=customs,
        int8=_int8_registrations(folder),
        registration=registration.group(1),
        error_reporter="ErrorReporter" in constructor.group(),
        resource_variables="MicroResourceVariables" in constructor.group() and (folder / RESOURCE_VARIABLES).is_file(),
        reset="Reset" if re.search(r"\bReset\s*\(\s*\)", interpreter) else "ResetVariableTensors",
        two_arenas=(folder / ALLOCATOR).is_file() and bool(_TWO_ARENAS.search(_text(folder / ALLOCATOR))),
    )


def _text(path: Path) -> str:
    try:
        return _COMMENT.sub(" ", path.read_text("utf-8", errors="replace"))
    except OSError as error:
        raise SetupError(
            f"cannot read {path}: {error.strerror}", "Complete the TensorFlow Lite Micro library, or install it again."
        ) from error


def _add_methods(resolver: str) -> tuple[dict[str, AddMethod], dict[str, AddMethod]]:
    """(by opcode, by custom code): each method tells in its body what it adds."""
    builtins: dict[str, AddMethod] = {}
    customs: dict[str, AddMethod] = {}
    starts = [*_ADD.finditer(resolver)]
    for match, following in zip_longest(starts, starts[1:]):
        end = following.start() if following else len(resolver)
        arguments, _, body = resolver[match.end() : end].partition("{")
        method = AddMethod(match.group(1), "registration" in arguments)
        if method.name in ("AddBuiltin", "AddCustom"):
            continue
        if custom := _CUSTOM.search(body):
            customs[custom.group(1)] = method
        elif "GetString_ETHOSU" in body:
            customs["ethos-u"] = method
        elif builtin := _BUILTIN.search(body):
            builtins[builtin.group(1)] = method
    return builtins, customs


def _int8_registrations(folder: Path) -> dict[str, str]:
    return {opcode: header for header in _kernel_headers(folder) for opcode in _INT8.findall(_text(folder / header))}


def _kernel_headers(folder: Path) -> Iterator[str]:
    for path in sorted((folder / MICRO / "kernels").glob("*.h")):
        yield f"{MICRO}/kernels/{path.name}"

"""Which registrations a model needs of a library, and which it does not have."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..custom_operators import nearest
from ..errors import ModelError
from ..model import Model, Operator, TensorType
from ..model.naming import printable
from .headers import Library

_PLAIN = frozenset(string.ascii_letters + string.digits + "_-")
_INT8_OPERANDS = {TensorType.INT8, TensorType.INT32}
"""Types an int8-only kernel may see: activations and weights; biases, shapes and permutations."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One slot of the resolver.

    `method` is called with `argument` (C++ text, may be empty). `header` is what to include for it. `declare` is the
    function of the application to be declared first, as (namespaces, name).
    """

    opcode: str
    method: str
    argument: str = ""
    header: str = ""
    declare: tuple[tuple[str, ...], str] | None = None


def registrations(model: Model, library: Library, custom: Mapping[str, str]) -> tuple[Registration, ...]:
    """One per kind of operator, in order of first use; `custom` maps custom codes to functions of the application.

    ModelError that lists every operator that the library does not have, and for a model with several subgraphs.
    """
    if model.subgraph_count > 1:
        raise ModelError(
            f"the model has {model.subgraph_count} subgraphs; the resolver is made for the first alone",
            "Convert it without control flow (IF, WHILE, CALL_ONCE), or write the resolver by hand.",
        )
    kinds: dict[tuple[str, str], list[Operator]] = {}
    for operator in model.operators:
        kinds.setdefault((operator.opcode, operator.custom_code), []).append(operator)
    found = {kind: _registration(model, operators, library, custom) for kind, operators in kinds.items()}
    missing = [kinds[kind] for kind, registration in found.items() if registration is None]
    if missing:
        raise ModelError(
            f"the project's TensorFlow Lite Micro ({library.folder}) does not have "
            + "; ".join(_describe(operators) for operators in missing),
            " ".join(_advice(missing, custom)),
            code="operators-missing",
        )
    return tuple(registration for registration in found.values() if registration is not None)


def _registration(
    model: Model, operators: list[Operator], library: Library, custom: Mapping[str, str]
) -> Registration | None:
    opcode, code = operators[0].opcode, operators[0].custom_code
    if opcode == "CUSTOM":
        if code in custom:
            *namespaces, function = custom[code].split("::")
            argument = f'"{_literal(code)}", {custom[code]}()'
            return Registration(code, "AddCustom", argument, declare=(tuple(namespaces), function))
        method = library.customs.get(code)
        return Registration(code, method.name) if method else None
    method = library.builtins.get(opcode)
    if method is None:
        return None
    if method.takes_registration and opcode in library.int8 and all(_is_int8(model, each) for each in operators):
        return Registration(opcode, method.name, f"tflite::Register_{opcode}_INT8()", library.int8[opcode])
    return Registration(opcode, method.name)


def _literal(text: str) -> str:
    """The inside of a C string literal; octal escapes have three digits, so that none runs into the next."""
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"\\{byte:03o}" for byte in text.encode())


def _is_int8(model: Model, operator: Operator) -> bool:
    tensors = [model.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
    written = [model.tensors[index] for index in operator.outputs]
    first = model.tensors[operator.inputs[0]] if operator.inputs and operator.inputs[0] >= 0 else None
    return (
        first is not None
        and first.type is TensorType.INT8
        and all(tensor.type in _INT8_OPERANDS for tensor in tensors)
        and all(tensor.type is TensorType.INT8 for tensor in written)
    )


def _describe(operators: list[Operator]) -> str:
    name = operators[0].opcode
    if operators[0].custom_code:
        name += f" {printable(operators[0].custom_code, 60)!r}"
    numbers = ", ".join(str(operator.index) for operator in operators[:8]) + (", ..." if len(operators) > 8 else "")
    return f"{name} (operator{'s' if len(operators) > 1 else ''} {numbers})"


def _advice(missing: list[list[Operator]], custom: Mapping[str, str]) -> Iterator[str]:
    if {operators[0].opcode for operators in missing} != {"CUSTOM"}:
        yield "Update the library, or change the model so that it does without."
    codes = [operators[0].custom_code for operators in missing if operators[0].opcode == "CUSTOM"]
    if codes:
        yield "Name a custom operator's registration: --custom-op NAME=FUNCTION, or custom_tinyml_custom_operators."
    yield from filter(None, (nearest(name, codes) for name in custom))

"""Which registrations a model needs of a library, and which it does not have."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..custom_operators import nearest
from ..errors import ModelError
from ..model import Model, Operator, TensorType
from ..model.compilers import compiler_of
from ..model.naming import printable
from .headers import Library

_PLAIN = frozenset(string.ascii_letters + string.digits + "_-")
_INT8_OPERANDS = {TensorType.INT8, TensorType.INT32}
"""Types an int8-only kernel may see: activations and weights; biases, shapes and permutations."""


Use = tuple[Model, Operator]
"""An operator in the subgraph that it is in."""


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

    Of all subgraphs. ModelError that lists every operator that the library does not have, and for resource variables
    if it does not know these.
    """
    if model.variables and not library.resource_variables:
        raise ModelError(
            f"the model has resource variables, which the project's TensorFlow Lite Micro ({library.folder}) does not "
            "have",
            "Update the library, or take --runtime compiled.",
            code="operators-missing",
        )
    kinds: dict[tuple[str, str], list[Use]] = {}
    for graph in (model, *model.subgraphs):
        for operator in graph.operators:
            kinds.setdefault((operator.opcode, operator.custom_code), []).append((graph, operator))
    found = {kind: _registration(operators, library, custom) for kind, operators in kinds.items()}
    missing = [kinds[kind] for kind, registration in found.items() if registration is None]
    if missing:
        raise ModelError(
            f"the project's TensorFlow Lite Micro ({library.folder}) does not have "
            + "; ".join(_describe(model, uses) for uses in missing),
            " ".join(_advice([uses[0][1] for uses in missing], custom)),
            code="operators-missing",
        )
    return tuple(registration for registration in found.values() if registration is not None)


def _registration(uses: list[Use], library: Library, custom: Mapping[str, str]) -> Registration | None:
    opcode, code = uses[0][1].opcode, uses[0][1].custom_code
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
    if method.takes_registration and opcode in library.int8 and all(_is_int8(*use) for use in uses):
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


def _describe(model: Model, uses: list[Use]) -> str:
    name = uses[0][1].opcode
    if uses[0][1].custom_code:
        name += f" {printable(uses[0][1].custom_code, 60)!r}"
    places = [f"{each.index}{'' if graph is model else ' of a subgraph'}" for graph, each in uses]
    numbers = ", ".join(places[:8]) + (", ..." if len(places) > 8 else "")
    other = compiler_of(uses[0][1].custom_code)
    return f"{name} (operator{'s' if len(uses) > 1 else ''} {numbers}{f': {other.done}' if other else ''})"


def _advice(missing: list[Operator], custom: Mapping[str, str]) -> Iterator[str]:
    if {operator.opcode for operator in missing} != {"CUSTOM"}:
        yield "Update the library, or change the model so that it does without."
    codes = [operator.custom_code for operator in missing if operator.opcode == "CUSTOM"]
    others = dict.fromkeys(filter(None, map(compiler_of, codes)))
    for other in others:
        yield f"Take {other.library}, or give the .tflite file from before that compiler."
    if any(compiler_of(code) is None for code in codes):
        yield (
            "Name a custom operator's registration in custom_tinyml_custom_operators "
            "(command line: --custom-op NAME=FUNCTION)."
        )
    yield from filter(None, (nearest(name, codes) for name in custom))

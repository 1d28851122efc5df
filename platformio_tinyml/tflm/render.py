"""Model, its bytes and a library in, C++ files and manifest out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..codegen.about import About, about_values
from ..codegen.environment import GeneratedFile, template_text
from ..codegen.facts import arena_symbol, init_of, label_symbols, table_info, tensor_info
from ..codegen.literals import braced, is_string, string_literal
from ..codegen.render import common_type
from ..codegen.tensors import Port, inline_names, interpreter_ports, runs_on_floats
from ..contract.contract import contract_of
from ..errors import SetupError
from ..manifest import OWN, SHARED, SHARED_ARENA, USER, ArenaInfo, CallInfo, Manifest, Peak, StaticArena
from ..model import Model, Operator
from ..model.naming import header_name
from ..program import ARENA_ALIGNMENT
from .activations import activations, loads
from .headers import ALLOCATOR, ERROR_REPORTER, RESOURCE_VARIABLES, Library
from .resolver import Registration
from .state import state_size

_TYPES = {
    "INT8": "kTfLiteInt8",
    "FLOAT32": "kTfLiteFloat32",
    "UINT8": "kTfLiteUInt8",
    "INT16": "kTfLiteInt16",
    "INT32": "kTfLiteInt32",
    "UINT32": "kTfLiteUInt32",
    "UINT64": "kTfLiteUInt64",
    "INT64": "kTfLiteInt64",
    "BOOL": "kTfLiteBool",
}
"""TFLM's names (tensorflow/lite/c/common.h) of the types that inputs and outputs may have."""


def render(
    model: Model,
    data: bytes,
    library: Library,
    registrations: Sequence[Registration],
    *,
    source: str,
    macs: Sequence[int],
    static: StaticArena | None = None,
    portable_weights: bool = False,
    whose: str = OWN,
    split: bool = False,
    about: About | None = None,
) -> tuple[GeneratedFile, ...]:
    """Header, model, resolver, byte array, manifest. What the probe adds is in `arena_file`.

    `data` is the model's file, `source` what to call it, `macs` has one entry per operator. `split`: what is persistent
    lies in an array of its own. SetupError where the library cannot do so.
    """
    if split and not library.two_arenas:
        raise SetupError(
            f"{library.folder / ALLOCATOR} has no MicroAllocator::Create with two arenas: the arena cannot be split",
            "Update the TensorFlow Lite Micro library, or leave custom_tinyml_split_arena out.",
        )
    manifest = make_manifest(
        model, data, registrations, source=source, macs=macs, static=static, whose=whose, split=split, about=about
    )
    arena = SHARED_ARENA if whose == SHARED else f"{model.name}_arena"
    inputs, outputs = interpreter_ports(model, "input"), interpreter_ports(model, "output")
    stem = manifest.header.removesuffix(".h")
    contract = contract_of(model).identity
    values: dict[str, object] = {
        **_names(model.name),
        "source": source,
        "interpreter": True,
        "operators": manifest.operators,
        "tflm_header": f"{model.name}_tflm.h",
        "keep_input": False,
        "whose": whose,
        "arena": arena,
        "split": split,
        "displaced": whose == SHARED and not split,
        "missing": f"interpreter == nullptr || {arena}_user != interpreter"
        if whose == SHARED and not split
        else "interpreter == nullptr",
        "state_size": 0,  # it is in the arena
        "variables": len(model.variables),
        "contract": contract,
        "contract_bytes": ", ".join(f"0x{each:02x}" for each in bytes.fromhex(contract)),
        "runs_on_floats": runs_on_floats(inputs, outputs),
        "rows": None,
        "rows_out": None,
        **about_values(model, about),
        "inputs": inputs,
        "outputs": outputs,
        "input_type": common_type(inputs),
        "output_type": common_type(outputs),
        "ports": [(port, _TYPES[port.tensor.type.name]) for port in (*inputs, *outputs)],
        "registrations": registrations,
        "registration_type": library.registration,
        "includes": sorted({registration.header for registration in registrations} - {""}),
        "variables_header": RESOURCE_VARIABLES,
        "reset": library.reset,
        "error_reporter": ERROR_REPORTER if library.error_reporter else "",
    }
    return (
        GeneratedFile(manifest.header, template_text("model.h.j2", **values)),
        GeneratedFile(f"{stem}.cc", template_text("tflm_model.cc.j2", **values)),
        GeneratedFile(f"{model.name}_tflm.h", template_text("tflm.h.j2", **values)),
        array_file(model.name, data, source=source, portable_weights=portable_weights),
        GeneratedFile(f"{stem}.json", manifest.to_json()),
    )


def array_file(name: str, data: bytes, *, source: str, portable_weights: bool = False) -> GeneratedFile:
    """`<name>_tflite.c`: the model's bytes as an aligned constant array."""
    as_string = is_string("uint8_t", data, portable_weights)
    text = template_text(
        "tflite.c.j2",
        **_names(name),
        source=source,
        size=len(data),
        is_string=as_string,
        initializer=string_literal(data) if as_string else " " + braced("uint8_t", data),
    )
    return GeneratedFile(f"{name}_tflite.c", text)


def of_array(name: str, data: bytes) -> dict[str, Any]:
    """What a manifest says of the array of `array_file`."""
    return {
        "weights": len(data),
        "largest_constant": len(data),
        "tables": (table_info(f"{name}_tflite", data),),
    }


def arena_file(name: str, arena: ArenaInfo) -> GeneratedFile:
    """`<name>_arena.c`: the array that `<name>_init` gives to the interpreter, or both where the arena is split."""
    values = {"size": arena.head, "persistent": arena.persistent, "method": arena.method, "whose": arena.whose}
    text = template_text("arena.c.j2", **_names(name), **values)
    return GeneratedFile(f"{name}_arena.c", text)


def make_manifest(
    model: Model,
    data: bytes,
    registrations: Iterable[Registration],
    *,
    source: str,
    macs: Sequence[int],
    static: StaticArena | None = None,
    whose: str = OWN,
    split: bool = False,
    about: About | None = None,
) -> Manifest:
    """The manifest of what `render` writes; the arena's size is 0, its method None, until it is measured."""
    name = model.name
    header = header_name(name)
    inputs, outputs = interpreter_ports(model, "input"), interpreter_ports(model, "output")
    bound = max(loads(model))
    methods = {registration.opcode: registration.method for registration in registrations}
    return Manifest(
        name=name,
        source=source,
        runtime="tflm",
        operators=len(model.operators),
        macs=sum(macs),
        header=header,
        sources=(header.removesuffix(".h") + ".cc", f"{name}_tflite.c", f"{name}_arena.c"),
        kernels=(),
        **of_array(name, data),
        arena=ArenaInfo(
            size=0,
            lower_bound=bound,
            planned_bound=bound,
            alignment=ARENA_ALIGNMENT,
            method=None,
            peak=_peak(model),
            static=static,
            whose=whose,
            persistent=0 if split else None,
        ),
        init=init_of(name, whose),
        invoke=f"{name}_invoke",
        inputs=tuple(tensor_info(name, port) for port in inputs),
        outputs=tuple(tensor_info(name, port) for port in outputs),
        symbols={**_symbols(name, inputs, outputs, whose, split=split), **label_symbols(name, about)},
        calls=tuple(
            (operator.index, operator.opcode, methods[operator.custom_code or operator.opcode], macs[operator.index])
            for operator in model.operators
        ),
        call_infos=tuple(_call_info(model, operator) for operator in model.operators),
        custom_operators=tuple(dict.fromkeys(each.custom_code for each in model.operators if each.custom_code)),
        state=state_size(model),
    )


def _call_info(model: Model, operator: Operator) -> CallInfo:
    inputs = {index for index in operator.inputs if index >= 0}
    constants = sum(model.tensors[index].size for index in inputs if model.tensors[index].is_constant)
    tensors = {index for index in inputs if not model.tensors[index].is_constant} | set(operator.outputs)
    return CallInfo(
        name=model.operator_name(operator),
        shape=model.tensors[operator.outputs[0]].shape if operator.outputs else (),
        constants=constants,
        moved=constants + sum(model.tensors[index].size for index in tensors),
    )


def _names(name: str) -> dict[str, object]:
    upper = name.upper()
    return {"name": name, "upper": upper, "guard": f"TINYML_MODEL_{upper}", "header": header_name(name)}


def _peak(model: Model) -> Peak:
    during = loads(model)[1:-1]
    operator = model.operators[during.index(max(during))]
    live = (buffer for buffer in activations(model) if buffer.first_used <= operator.index <= buffer.last_used)
    largest_first = sorted(live, key=lambda buffer: (-buffer.size, buffer.name))
    return Peak(
        operator=operator.index,
        opcode=operator.opcode,
        name=model.operator_name(operator),
        tensors=tuple((buffer.name, buffer.size) for buffer in largest_first),
        call=operator.index,
    )


def _symbols(name: str, inputs: Sequence[Port], outputs: Sequence[Port], whose: str, *, split: bool) -> dict[str, str]:
    """Owner of each symbol with C linkage that the generated files define. The static ones are C++ and not named."""
    code = ["init", "init_with", "init_from", "init_model", "invoke", "reset", "input", "output", "arena_size", "ports"]
    for port in (*inputs, *outputs):
        code += [port.accessor, *([port.alias] if port.alias else [])]
    code += inline_names(inputs, outputs)
    owners = {f"{name}_{suffix}": "tinyml" for suffix in code}
    owners |= {f"{name}_tflite": f"weights:{name}", f"{name}_tflite_len": f"weights:{name}"}
    if split:
        owners |= {f"{name}_persistent": f"arena:{name}", f"{name}_persistent_size": "tinyml"}
    return owners | (arena_symbol(name, whose) if whose != USER else {})

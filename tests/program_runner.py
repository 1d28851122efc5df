"""Run a Program on this machine: the kernels as one shared library, called through ctypes, each tensor in memory of
its own.

With TINYML_SANITIZE=1 the library is built with the address and undefined behaviour sanitizers; the process then needs
libasan preloaded (tests/runtime/test_sanitizers.py does it).
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from built_once import RUNTIME, SANITIZERS, WARNINGS, compile_kernels, once, sanitized_kernels

from platformio_tinyml.program import ConstantRef, KernelCall, Omitted, Operand, Program, TensorRef

KERNEL_HEADERS = sorted((RUNTIME / "include").glob("tinyml_kernels*.h"))
MVE_MODEL = str(Path(__file__).parent / "mve_model")
CORES = {"plain": (), "dsp": ("-DTINYML_DSP_MODEL",), "helium": ("-D__ARM_FEATURE_MVE=1", "-I", MVE_MODEL)}
"""Whose variant of the kernels runs: those with special instructions by a model of these (tinyml_core.h)."""
C_TYPES = {"int8_t": ctypes.c_int8, "int16_t": ctypes.c_int16, "int32_t": ctypes.c_int32}


State = dict[int, ctypes.Array]
"""By tensor the memory that keeps its value from one invoke to the next."""


def initial_state(program: Program) -> State:
    """Before the first invoke."""
    return {state.tensor: ctypes.create_string_buffer(state.initial, len(state.initial)) for state in program.states}


def run_program(
    program: Program, inputs: Sequence[np.ndarray], core: str = "plain", state: State | None = None
) -> dict[int, bytes]:
    """The bytes of every tensor that the program computes or is given, by index, after one invoke on one of CORES.

    `state` is what the invokes before left, None before the first.
    """
    memory = {
        index: ctypes.create_string_buffer(program.model.tensors[index].size)
        for call in program.calls
        for index in (*call.outputs, *(o.tensor for o in call.inputs if isinstance(o, TensorRef)))
        if program.storage(index)[0] == index
    }
    for index, value in zip(program.model.inputs, inputs, strict=True):
        memory[index] = ctypes.create_string_buffer(value.tobytes(), value.nbytes)
    memory |= initial_state(program) if state is None else state
    constants = constant_buffers(program)

    def address(tensor: int) -> int:
        storage, offset = program.storage(tensor)
        return ctypes.addressof(memory[storage]) + offset

    for call in program.calls:
        run_call(call, constants, address, core)
    known = [*memory, *(view.tensor for view in program.views)]
    return {index: ctypes.string_at(address(index), program.model.tensors[index].size) for index in known}


def run_call(
    call: KernelCall, constants: Mapping[str, ctypes.Array], address: Callable[[int], int], core: str = "plain"
) -> None:
    """One call; `address` says where each tensor lies."""
    scratch = ctypes.create_string_buffer(b"\xa5" * call.scratch_size, call.scratch_size)

    def pointer(operand: Operand) -> ctypes.c_void_p:
        if isinstance(operand, Omitted):
            return ctypes.c_void_p(None)
        if isinstance(operand, ConstantRef):
            return ctypes.c_void_p(ctypes.addressof(constants[operand.constant]))
        return ctypes.c_void_p(address(operand.tensor))

    function = getattr(library(core), call.function)
    function.restype = None
    params = params_struct(call.params.struct)(*(value for _, value in call.params.fields))
    last = (ctypes.byref(scratch),) if call.scratch_size else ()
    outputs = map(ctypes.c_void_p, map(address, call.outputs))
    function(ctypes.byref(params), *map(pointer, call.inputs), *outputs, *last)


def constant_buffers(program: Program) -> dict[str, ctypes.Array]:
    """Each table in memory of its own, exactly as large as it is."""
    return {c.name: ctypes.create_string_buffer(c.data, len(c.data)) for c in program.constants}


@functools.cache
def params_struct(name: str) -> type[ctypes.Structure]:
    """The params struct of this name, as the header declares it."""
    fields = [(member, C_TYPES[c_type]) for c_type, member in struct_members()[name]]
    return type(name, (ctypes.Structure,), {"_fields_": fields})


@functools.cache
def struct_members() -> dict[str, tuple[tuple[str, str], ...]]:
    """(type, member) of each struct of params."""
    text = "".join(path.read_text(encoding="utf-8") for path in KERNEL_HEADERS)
    return {
        name: tuple(re.findall(r"^\s*(\w+) (\w+);", body, re.MULTILINE))
        for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, re.DOTALL)
    }


@functools.cache
def library(core: str) -> ctypes.CDLL:
    """All kernels, compiled once per core, for all processes of a session."""
    if os.environ.get("TINYML_SANITIZE"):
        kernels = sanitized_kernels(core, CORES[core])
        return ctypes.CDLL(str(once(f"{core}-sanitized.so", functools.partial(_link, kernels))))
    command = ["gcc", "-std=c99", "-O1", "-shared", "-fPIC", *WARNINGS, *CORES[core]]
    return ctypes.CDLL(str(once(f"{core}.so", functools.partial(compile_kernels, command))))


def _link(kernels: Path, target: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.run(["gcc", "-shared", *SANITIZERS, kernels, "-o", target], env=environment, check=True)

"""What a model takes of flash and RAM with either runtime: what is certain, and what is bounded."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..codegen import make_manifest
from ..model import Model
from ..operators import lower_model, operator_macs
from ..schedule import schedule_arena
from ..simplify import simplify
from ..tflite.metadata import read_offline_plan
from ..tflm.kernel_sets import Kernels
from ..tflm.refused import refuse
from ..tflm.static_plan import static_plan
from ..tflm.typical_sizes import typical_sizes

_PER_CALL = 192
"""Bytes of flash for a call and its params, rounded up: 25 to 60 of params and 30 to 110 of code were seen."""
_ROUND_IT = 1024
"""Bytes for accessors, what kernels pull in of libgcc and libc, and padding."""
_MARGIN = 1.25
"""On kernels measured for the same core: other compilers and versions."""
_MARGIN_UNKNOWN = 1.5
"""On the largest of all 32-bit cores, for a core that nobody measured."""
_TFLM_CORE, _TFLM_OPERATOR = 24 * 1024, 10 * 1024
"""Bytes for the interpreter and for each opcode: above what six models took on a Cortex-M4, with the reference kernels
and with CMSIS-NN (docs/benchmarks.md: 18 to 56 KB)."""

_ARM_KERNELS = (Kernels.REFERENCE, Kernels.CMSIS_NN)
_TFLM_KERNELS = {
    **dict.fromkeys(("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"), _ARM_KERNELS),
    **dict.fromkeys(("xtensa-lx6", "rv32imc", "rv32imac"), (Kernels.REFERENCE, Kernels.ESP_NN)),
}
"""Those that a TFLM for a core may have; any, for other cores."""

_IN_PLACE = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")

OTHER = ""
"""Stands for all cores that bounds do not list."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes. `constants` (flash) are exact; of RAM at least `arena_least` is needed, at most what `arena_bounds` say.

    `largest_object` is the largest C array; `code_bounds` are upper estimates of the flash that code takes. Bounds are
    by core.
    """

    model: str
    runtime: str
    constants: int
    arena_least: int
    largest_object: int
    arena_bounds: Mapping[str, int]
    code_bounds: Mapping[str, int]

    def arena_bound(self, core: str) -> int:
        """Of RAM on `core`; exact with the compiled runtime."""
        return self.arena_bounds.get(core, self.arena_bounds[OTHER])

    def code_bound(self, core: str) -> int:
        """An upper estimate of the flash that code takes on `core`, beside the constants; not measured."""
        return self.code_bounds.get(core, self.code_bounds[OTHER])


def cost_of(model: Model) -> Cost:
    """With the compiled runtime, whose arena is exact. Raises ModelError for a model that it refuses."""
    scheduled = schedule_arena(lower_model(simplify(model).model))
    program, plan = scheduled.program, scheduled.plan
    macs = tuple(operator_macs(program.model, operator) for operator in program.model.operators)
    manifest = make_manifest(program, plan, source="", macs=macs)

    def code(core: str) -> int:
        sizes, margin = kernel_sizes(core)
        kernels = sum(sizes[kernel] for kernel in manifest.kernels)
        return int(margin * kernels) + _PER_CALL * len(manifest.calls) + _ROUND_IT

    return Cost(
        model=manifest.name,
        runtime="compiled",
        constants=manifest.weights,
        arena_least=manifest.least_ram,
        largest_object=max(manifest.largest_constant, manifest.arena.size, manifest.state),
        arena_bounds={OTHER: manifest.least_ram},
        code_bounds={core: code(core) for core in (*_measured(), "cortex-m0", OTHER)},
    )


def tflm_cost_of(model: Model, data: bytes) -> Cost:
    """With TensorFlow Lite Micro, whichever kernels it has on a core; `data` is the .tflite file.

    Raises ModelError for a model that it does not run, or whose arena has no bound.
    """
    refuse(model)
    offline = read_offline_plan(data)
    sizes = {kernels: static_plan(model, typical_sizes(32), kernels, offline).size for kernels in Kernels}
    opcodes = {operator.opcode for operator in model.operators}
    return Cost(
        model=model.name,
        runtime="tflm",
        constants=len(data),
        arena_least=_most_live(model),
        largest_object=len(data),
        arena_bounds={
            **{core: max(sizes[each] for each in kernels) for core, kernels in _TFLM_KERNELS.items()},
            OTHER: max(sizes.values()),
        },
        code_bounds={OTHER: _TFLM_CORE + _TFLM_OPERATOR * len(opcodes)},
    )


def _most_live(model: Model) -> int:
    """Bytes of activations that are needed at once, however they are placed: the most over all operators.

    At a reshape, which may work in place, its input and output would count twice: such operators are left out.
    """
    last = {index: step for step, operator in enumerate(model.operators) for index in operator.inputs}
    last |= dict.fromkeys(model.outputs, len(model.operators))
    live = {index for index in model.inputs if index in last}
    most = 0
    for step, operator in enumerate(model.operators):
        live |= set(operator.outputs)
        if operator.opcode not in _IN_PLACE:
            most = max(most, sum(model.tensors[index].size for index in live))
        live = {index for index in live if last.get(index, -1) > step}
    return most


def kernel_sizes(core: str) -> tuple[dict[str, int], float]:
    """Bytes by kernel on `core`, and the factor that makes a bound of them."""
    measured = _measured()
    if core == "cortex-m0":
        core = "cortex-m0plus"  # the same instructions
    if core in measured:
        return measured[core], _MARGIN
    others = [sizes for name, sizes in measured.items() if name != "avr"]
    return {kernel: max(sizes[kernel] for sizes in others) for kernel in others[0]}, _MARGIN_UNKNOWN


@functools.cache
def _measured() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, dict[str, int]]] = json.loads(
        (Path(__file__).parent / "kernels.json").read_text("utf-8")
    )
    return table["bytes"]

"""What a model takes of flash and RAM: tables and arena exactly, code as a bound made of measured kernels."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from ..arena import plan_arena
from ..codegen import make_manifest
from ..model import Model
from ..operators import lower_model, operator_macs

_PER_CALL = 192
"""Bytes of flash for a call and its params, rounded up: 25 to 60 of params and 30 to 110 of code were seen."""
_ROUND_IT = 1024
"""Bytes for accessors, what kernels pull in of libgcc and libc, and padding."""
_MARGIN = 1.25
"""On kernels measured for the same core: other compilers and versions."""
_MARGIN_UNKNOWN = 1.5
"""On the largest of all 32-bit cores, for a core that nobody measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes, whatever the board: `tables` and `arena` are exact, `largest_object` is the bigger of arena and tables."""

    model: str
    tables: int
    arena: int
    largest_object: int
    calls: int
    kernels: tuple[str, ...]

    def code_bound(self, core: str) -> int:
        """An upper estimate of the flash that code takes on `core`, beside the tables; not measured for this model."""
        sizes, margin = kernel_sizes(core)
        kernels = sum(sizes[kernel] for kernel in self.kernels)
        return int(margin * kernels) + _PER_CALL * self.calls + _ROUND_IT


def cost_of(model: Model) -> Cost:
    """Of the compiled runtime. Raises ModelError for a model that it refuses."""
    program = lower_model(model)
    plan = plan_arena(program)
    macs = tuple(operator_macs(model, operator) for operator in model.operators)
    manifest = make_manifest(program, plan, source="", macs=macs)
    return Cost(
        model=manifest.name,
        tables=manifest.weights,
        arena=manifest.arena.size,
        largest_object=max(manifest.largest_constant, manifest.arena.size),
        calls=len(manifest.calls),
        kernels=manifest.kernels,
    )


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

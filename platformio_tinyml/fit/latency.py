"""Time of one invoke as a range: instructions counted in the emulator, cycles per instruction assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..firmware.boards import Board
from ..profile.cpi import cpi_of

_COUNTED_ON = {
    "cortex-m0": "microbit",
    "cortex-m0plus": "microbit",
    "cortex-m3": "stm32vldiscovery",
    "cortex-m4": "netduinoplus2",
    "cortex-m7": "netduinoplus2",
    "cortex-m33": "netduinoplus2",
}
"""Core -> the emulated board that runs (nearly, for M7 and M33) the same instructions."""


@dataclass(frozen=True, slots=True)
class Latency:
    """An estimate: `instructions` is an exact count at -Os, of the core or its nearest; milliseconds are a range."""

    instructions: int
    cpi: tuple[float, float]
    milliseconds: tuple[float, float]


def count_instructions(model: Path, boards: Iterable[Board]) -> dict[str, int]:
    """Instructions of one invoke, by core, for the cores of `boards` that an emulator is here for.

    Raises SetupError where the compiler or the emulator is missing.
    """
    from ..bench import bench_model  # imports the emulator
    from ..standalone.targets import find_target

    cores = {board.core for board in boards if board.core in _COUNTED_ON}
    counted = {
        name: bench_model(model, find_target(name)).instructions for name in {_COUNTED_ON[core] for core in cores}
    }
    return {core: counted[_COUNTED_ON[core]] for core in cores}


def latency_on(board: Board, counted: Mapping[str, int]) -> Latency | None:
    """None for a core that nobody counted on or whose CPI nobody assumed, or without a clock."""
    if board.core not in counted or not board.mhz:
        return None
    instructions = counted[board.core]
    cpi = cpi_of(board.core)
    if cpi is None:
        return None
    low, high = (instructions * cycles / (board.mhz * 1000) for cycles in cpi)
    return Latency(instructions, cpi, (low, high))

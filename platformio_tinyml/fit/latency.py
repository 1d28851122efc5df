"""Time of one invoke as a range: counted in the emulator, cycles by the timings of the core and the chip's flash."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..firmware.boards import Board
from ..timing import Work, find_timing
from ..timing.flash import UNKNOWN, Flash

_COUNTED_ON = {
    "cortex-m0": "microbit",
    "cortex-m0plus": "microbit",
    "cortex-m3": "stm32vldiscovery",
    "cortex-m4": "netduinoplus2",
    "cortex-m7": "mps2_an500",
    "cortex-m33": "mps2_an505",
    "rv32imc": "hifive1-revb",
    "rv32imac": "hifive1-revb",
}
"""Core -> the emulated board that runs the same instructions."""


@dataclass(frozen=True, slots=True)
class Latency:
    """An estimate: `instructions` is an exact count at -Os; `cpi` (cycles per instruction) and time are ranges."""

    instructions: int
    cpi: tuple[float, float]
    milliseconds: tuple[float, float]


def count_work(model: Path, boards: Iterable[Board]) -> dict[str, Work]:
    """The work of one invoke, by core, for the cores of `boards` that an emulator and a compiler are here for.

    Raises SetupError where the compiler of all of them or the emulator is missing.
    """
    from ..bench import bench_model  # imports the emulator
    from ..standalone.targets import find_target

    cores = {board.core for board in boards if board.core in _COUNTED_ON}
    targets = [find_target(name) for name in sorted({_COUNTED_ON[core] for core in cores})]
    here = [target for target in targets if shutil.which(target.compiler)] or targets[:1]
    counted = {target.board.name: Work(bench_model(model, target, flash=UNKNOWN).work) for target in here}
    return {core: counted[_COUNTED_ON[core]] for core in cores if _COUNTED_ON[core] in counted}


def latency_on(board: Board, counted: Mapping[str, Work]) -> Latency | None:
    """None for a core that nobody counted on or that no timings are known of, or without a clock."""
    if board.core not in counted or not board.mhz:
        return None
    timing = find_timing((board.core,), board.mcu, board.mhz * 1_000_000)
    if timing is None:
        return None
    work = _by_lines_of(timing.counted_with, counted[board.core])
    low, high = timing.bound(work)
    count = work["instructions"]
    return Latency(count, (low / count, high / count), (low / (board.mhz * 1000), high / (board.mhz * 1000)))


def _by_lines_of(flash: Flash, work: Work) -> Work:
    """`work`, counted with UNKNOWN, as if each of its lines were read by those of `flash` once."""
    return Work(work | {"flash_lines": round(work["flash_lines"] * UNKNOWN.line / flash.line)})

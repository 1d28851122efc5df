"""Cost and boards -> which boards a model fits, with what headroom."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..firmware.boards import Board
from .cost import Cost

FITS, TIGHT, NO = "fits", "tight", "no"
"""Fits: with the allowance. Tight: it may, in a firmware smaller than the allowance. No: certainly not."""

_AVR_OBJECT = 32_767
_AVR_CONSTANTS = 65_536


@dataclass(frozen=True, slots=True)
class Allowance:
    """Bytes that are set aside for the rest of the firmware. An assumption."""

    flash: int
    ram: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A board's verdict. `free_flash` and `free_ram` are estimates: what is left beside the model's bound and the
    allowance; below 0, what is missing. `reasons` say why it is not FITS."""

    board: Board
    verdict: str
    flash_bound: int
    ram_bound: int
    allowance: Allowance
    free_flash: int
    free_ram: int
    reasons: tuple[str, ...]

    @property
    def headroom(self) -> float:
        """The smaller of the free shares of flash and RAM."""
        return min(self.free_flash / (self.board.flash or 1), self.free_ram / (self.board.ram or 1))


def allowance_of(platform: str) -> Allowance:
    """For a firmware on a platform (allowances.json)."""
    table = _allowances()
    return table.get(platform) or table[""]


def rank(cost: Cost, boards: Iterable[Board], allowance: Callable[[str], Allowance]) -> tuple[Fit, ...]:
    """Boards with limits: those that it fits first, most headroom first."""
    order = (FITS, TIGHT, NO)
    fits = [_fit(cost, board, board.flash, board.ram, allowance(board.platform)) for board in boards if _real(board)]
    return tuple(sorted(fits, key=lambda fit: (order.index(fit.verdict), -fit.headroom, fit.board.name)))


def _real(board: Board) -> bool:
    return bool(board.flash and board.ram)


def _fit(cost: Cost, board: Board, flash: int | None, ram: int | None, allowance: Allowance) -> Fit:
    flash, ram = flash or 0, ram or 0
    flash_bound = cost.constants + cost.code_bound(board.core)
    ram_bound = cost.arena_bound(board.core)
    free_flash, free_ram = flash - flash_bound - allowance.flash, ram - ram_bound - allowance.ram
    certain: list[str] = []
    if cost.constants > flash:
        certain.append(f"constants of {cost.constants:,} in {flash:,} of flash")
    if cost.arena_least > ram:
        certain.append(f"arena of {cost.arena_least:,} in {ram:,} of RAM")
    if board.core == "avr":
        certain += _avr(cost)
    likely = [
        f"{-free:,} bytes of {kind} short of the allowance of {allowed:,}"
        for kind, free, allowed in (("flash", free_flash, allowance.flash), ("RAM", free_ram, allowance.ram))
        if free < 0
    ]
    verdict = NO if certain else TIGHT if likely else FITS
    return Fit(board, verdict, flash_bound, ram_bound, allowance, free_flash, free_ram, tuple(certain or likely))


def _avr(cost: Cost) -> Iterator[str]:
    if cost.runtime == "tflm":
        yield "TensorFlow Lite Micro has no AVR"
    elif cost.largest_object > _AVR_OBJECT:
        yield f"one object of {cost.largest_object:,}, AVR has {_AVR_OBJECT:,} at most"
    elif cost.constants > _AVR_CONSTANTS:
        yield f"constants of {cost.constants:,}, AVR reads {_AVR_CONSTANTS:,} at most"


@functools.cache
def _allowances() -> dict[str, Allowance]:
    table = json.loads((Path(__file__).parent / "allowances.json").read_text("utf-8"))
    rows = {name: Allowance(**row) for name, row in table["platforms"].items()}
    return {**rows, "": Allowance(**table["other"])}

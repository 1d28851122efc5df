"""What the firmware takes of each kind that there are budgets for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..budgets import BudgetKind
from ..firmware.footprint import Footprint
from ..manifest import Manifest
from .owners import arena_owner, weights_owner


@dataclass(frozen=True, slots=True)
class Figure:
    """Of a kind, in its unit. Where `value` is None, `problem` says why, and `next_step` what to do about that."""

    value: int | None
    problem: str = ""
    next_step: str = ""


_NO_SYMBOLS = Figure(None, "the ELF has no symbols", "link without -s")


@dataclass(frozen=True, slots=True)
class Figures:
    """What is judged: a footprint, the models it was made with; `early` if that is not of a link, but expected."""

    footprint: Footprint
    manifests: Sequence[Manifest]
    early: bool = False

    def of(self, kind: BudgetKind, model: str = "") -> Figure:
        """Of the model, or of the whole firmware."""
        if not kind.model_meaning:
            return Figure(getattr(self.footprint, kind.name))
        if not self.footprint.has_symbols and not self.early:
            return _NO_SYMBOLS
        figures = [_MEASURES[kind.name](self, manifest) for manifest in self.manifests if model in ("", manifest.name)]
        values = [figure.value for figure in figures if figure.value is not None]
        return next((figure for figure in figures if figure.value is None), Figure(kind.together(values)))

    def _owned(self, owner: str, memory: str) -> Figure:
        return Figure(sum(getattr(entry, memory) for entry in self.footprint.entries if entry.owner == owner))

    def model_size(self, manifest: Manifest) -> Figure:
        """Flash of the constants."""
        return self._owned(weights_owner(manifest.name), "flash")

    def arena(self, manifest: Manifest) -> Figure:
        """RAM of the arena."""
        return self._owned(arena_owner(manifest.name), "ram")


_MEASURES: dict[str, Callable[[Figures, Manifest], Figure]] = {"model_size": Figures.model_size, "arena": Figures.arena}

"""What is allowed: the board's limits, in bytes, and the project's budgets, in the units of their kinds."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..budgets import KINDS, BudgetKind, is_of_baseline, no_baseline, parse_budget
from ..errors import UsageError
from ..options import option_name
from .baseline import Baseline


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of flash and of RAM; None where unknown, or where nothing is said.

    Of limits the sources are "" for the board's own, else what has less: `region FLASH of the linker script`.
    """

    flash: int | None = None
    ram: int | None = None
    flash_source: str = ""
    ram_source: str = ""

    def source(self, kind: str) -> str:
        """Whose limit of flash or of RAM it is, in words."""
        return {"flash": self.flash_source, "ram": self.ram_source}[kind] or "the board"

    def words(self, kind: str) -> str:
        """What to call the limit of flash or of RAM."""
        source = self.source(kind)
        return "the board's limit" if source == "the board" else f"the limit of {source}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What the project allows itself of a kind, for the model `model`, "" for the whole firmware."""

    kind: BudgetKind
    allowed: int
    model: str = ""

    @property
    def option(self) -> str:
        """As it is called in platformio.ini, but for a model with a name other than its file's."""
        return option_name(self.kind.option, self.model)

    @property
    def check(self) -> str:
        """Name of its check."""
        return f"{self.kind.option}:{self.model}" if self.model else self.kind.option


@dataclass(frozen=True, slots=True)
class Budgets:
    """All budgets, each kind and model once; those of the firmware first."""

    rows: tuple[Budget, ...] = ()

    def allowed(self, kind: str, model: str = "") -> int | None:
        """What the budget of the kind called `kind` allows, None without one."""
        return next((row.allowed for row in self.rows if (row.kind.name, row.model) == (kind, model)), None)


def read_budgets(
    limits: Sizes, models: Sequence[str], given: Mapping[str, Sequence[str]], baseline: Baseline | None = None
) -> Budgets:
    """Budgets from text by kind: "40 KB", "50 percent", "baseline + 2 KB", or of a model "kws=40 KB"; the last counts.

    Raises UsageError: not a figure of its kind, above a limit, of no model in `models`, or of a baseline that
    is not known or does not have the figure.
    """
    rows = {
        (row.kind.name, row.model): row
        for kind in KINDS
        for text in given.get(kind.name, ())
        for row in (_budget(kind, text, limits, models, baseline),)
    }
    order = ["", *models]
    return Budgets(tuple(sorted(rows.values(), key=lambda row: order.index(row.model))))


def _budget(kind: BudgetKind, text: str, limits: Sizes, models: Sequence[str], baseline: Baseline | None) -> Budget:
    model, equals, figure = text.rpartition("=")
    if equals and not (kind.model_meaning and model in models):
        raise _of_no_model(kind, model, models)
    limit, words = (getattr(limits, kind.memory), limits.words(kind.memory)) if kind.memory else (None, "")
    option = option_name(kind.option, model)
    before = baseline.figure(kind, model) if baseline else None
    try:
        if baseline and before is None and is_of_baseline(figure):
            raise no_baseline(figure, f"the baseline has no {kind.words} of {model or 'all models'}")
        allowed = parse_budget(figure, kind, limit, before)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", error.next_step, code="budget") from error
    if limit is not None and allowed > limit:
        if not is_of_baseline(figure):
            raise UsageError(
                f"{option}: {kind.unit.amount(allowed)} is above {words} of {kind.unit.shown(limit)}",
                f"allow at most {kind.unit.amount(limit)}, or 100 percent",
                code="budget",
            )
        allowed = limit
    return Budget(kind, allowed, model)


def _of_no_model(kind: BudgetKind, model: str, models: Sequence[str]) -> UsageError:
    if not kind.model_meaning:
        problem, hint = "is of the whole firmware, not of a model", f"write {kind.argument} {kind.example!r}"
    else:
        near = difflib.get_close_matches(model, models, n=1, cutoff=0)
        problem, hint = f"no model is called {model!r}", f"did you mean {near[0]}?" if near else "there is no model"
    return UsageError(f"{kind.argument}: {problem}", hint, code="budget")

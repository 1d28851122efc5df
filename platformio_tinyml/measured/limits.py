"""What is allowed: the board's limits, in bytes, and the project's budgets, in the units of their kinds."""

from __future__ import annotations

from dataclasses import dataclass

from ..budgets import BudgetKind
from ..options import option_name


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

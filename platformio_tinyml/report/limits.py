"""What is allowed: the board's limits and the project's budgets, in bytes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from ..sizes import is_of_baseline, parse_budget
from .baseline import Baseline


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of flash and of RAM; None where unknown, or where nothing is said."""

    flash: int | None = None
    ram: int | None = None


@dataclass(frozen=True, slots=True)
class Budgets:
    """What the project allows itself: for the whole firmware, and per model by name."""

    firmware: Sizes = Sizes()
    models: tuple[tuple[str, Sizes], ...] = ()

    def of_model(self, name: str) -> Sizes:
        """The budget of the model `name`."""
        return dict(self.models).get(name, Sizes())


def read_budgets(
    limits: Sizes,
    models: Sequence[str],
    flash: str | None = None,
    ram: str | None = None,
    model_flash: Iterable[str] = (),
    model_ram: Iterable[str] = (),
    baseline: Baseline | None = None,
) -> Budgets:
    """Budgets from text ("40 KB", "50 percent", "baseline + 2 KB"; per model "kws=40 KB").

    Raises UsageError: not a size, above the board's limit, of no model in `models`, or of no known baseline.
    """
    flash_of = _per_model(model_flash, models, "flash", limits.flash, baseline)
    ram_of = _per_model(model_ram, models, "ram", limits.ram, baseline)
    before = Sizes(baseline.flash, baseline.ram) if baseline else Sizes()
    return Budgets(
        Sizes(
            _budget(flash, limits.flash, before.flash, "custom_tinyml_flash_budget"),
            _budget(ram, limits.ram, before.ram, "custom_tinyml_ram_budget"),
        ),
        tuple((name, Sizes(flash_of.get(name), ram_of.get(name))) for name in models),
    )


def _budget(text: str | None, limit: int | None, baseline: int | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        size = parse_budget(text, limit, baseline)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", error.next_step, code="budget") from error
    if limit is not None and size > limit:
        if is_of_baseline(text):
            return limit
        raise UsageError(
            f"{option}: {size:,} bytes is above the board's limit of {limit:,}",
            f"allow at most {limit:,} bytes, or 100 percent",
            code="budget",
        )
    return size


def _per_model(
    texts: Iterable[str], models: Sequence[str], kind: str, limit: int | None, baseline: Baseline | None
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for text in texts:
        name, equals, size = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not NAME=SIZE", f"write --model-{kind}-budget kws=40KB", code="budget")
        if name not in models:
            near = difflib.get_close_matches(name, models, n=1, cutoff=0)
            hint = f"did you mean {near[0]}?" if near else "there is no model"
            raise UsageError(f"--model-{kind}-budget: no model is called {name!r}", hint, code="budget")
        before = baseline.of_model(name) if baseline else None
        found[name] = _budget(size, limit, getattr(before, kind, None), f"custom_tinyml_{name}_{kind}_budget")
    return found

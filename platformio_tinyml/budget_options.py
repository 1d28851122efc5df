"""The options of platformio.ini that limit: budgets, the baseline that some go by, the drop in accuracy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .budgets import KINDS, BudgetKind, WrittenBudget, beyond_baseline, is_of_baseline, no_baseline, parse_budget
from .errors import UsageError
from .model.naming import printable
from .options import given, option_name, shown

BASELINE = "tinyml-baseline.json"
"""File of a project that is compared with without being named."""
_DROP = r"(\d+(\.\d+)?|\.\d+)\s*(%|percent)?"


def parse_baseline(ours: Mapping[str, str], project: Path, is_made: bool) -> Path | None:
    """The baseline's file, None where there is none; UsageError where one is named and is not there yet."""
    option = option_name("baseline")
    path = project / ours.get(option, BASELINE)
    if is_made or path.is_file():
        return path
    if option in ours:
        raise UsageError(
            f"{option}: there is no file {printable(str(path))}",
            "Make it with `pio run -t tinyml_baseline`.",
        )
    return None


def parse_budgets(
    ours: Mapping[str, str], models: Mapping[str, str], limits: Mapping[str, int | None], baseline: Path | None
) -> Iterator[WrittenBudget]:
    """All budgets, in bytes and seconds below the limits; `models` are their names by key."""
    for kind in KINDS:
        for key, name in ((None, ""), *(models.items() if kind.model_meaning else ())):
            option = option_name(kind.option, key)
            if option in ours:
                _check_budget(option, ours[option], kind, limits.get(kind.memory or ""), baseline)
                yield WrittenBudget(kind, ours[option], name)


def _check_budget(option: str, text: str, kind: BudgetKind, limit: int | None, baseline: Path | None) -> None:
    try:
        # The figures of a baseline are the gate's to read; whether there are any is known.
        budget = parse_budget(text, kind, limit, 0 if baseline else None)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", error.next_step) from error
    if limit is not None and budget > limit and not is_of_baseline(text):
        raise UsageError(
            f"{option} = {shown(text)} is {kind.unit.amount(budget)}, and the board has {kind.unit.shown(limit)}",
            "Take a budget within the board's limit.",
        )


def parse_drop(ours: Mapping[str, str], key: str, baseline: Path | None) -> str | None:
    """The largest drop in accuracy as it is written, for the model called `key`."""
    option, text = given(ours, "max_accuracy_drop", key) or ("", "")
    for name in (option_name("max_accuracy_drop", key), option_name("max_accuracy_drop")):
        if ours.get(name) == "":  # of a variable that is not set, say: no limit at all would pass silently
            raise UsageError(f"{name} is empty", "Write 0.02, `2 percent` or `baseline + 1 percent`, or leave it out.")
    beyond = beyond_baseline(text)
    if text and not re.fullmatch(_DROP, beyond or "0" if beyond is not None else text):
        raise UsageError(f"{option} = {shown(text)} is no drop", "Write 0.02, `2 percent` or `baseline + 1 percent`.")
    if beyond is not None and baseline is None:
        error = no_baseline(text, "there is no baseline of this environment and board")
        raise UsageError(f"{option}: {error.message}", error.next_step)
    return text or None

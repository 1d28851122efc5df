"""Budgets from the text of options."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from ..budgets import KINDS, BudgetKind, is_of_baseline, no_baseline, parse_budget
from ..errors import UsageError
from ..measured.baseline import Baseline
from ..measured.limits import Budget, Budgets, Sizes
from ..options import option_name


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

"""The kinds of budgets: the one table that options, command line, gate, checks and baseline go by.

A further kind is a row here and a measure of a model in judgement/figures.py. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import UsageError
from .sizes import parse_size, parse_time, quoted, shown_time, within

_BASELINE = re.compile(r"baseline *(?:\+ *(.+))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """What figures are counted in, integers. `parse(text, whole)`: percentages are of `whole`, if that is known."""

    name: str
    parse: Callable[[str, int | None], int]
    shown: Callable[[int], str]
    suffix: str = ""

    def amount(self, figure: int) -> str:
        """`1,616 bytes`, `12.5 ms`; in tables `shown` is enough."""
        return self.shown(figure) + self.suffix


BYTES = Unit("bytes", parse_size, "{:,}".format, " bytes")
MICROSECONDS = Unit("us", parse_time, shown_time)
UNITS = {unit.name: unit for unit in (BYTES, MICROSECONDS)}


def largest(figures: Iterable[int]) -> int:
    """0 of none."""
    return max(figures, default=0)


@dataclass(frozen=True)
class BudgetKind:
    """One kind of budget: `<name>_budget` is its option and its check, `--<name>-budget` its argument of `check`.

    `memory`, flash or ram, is the board's that it is a share of. `default`, `example`, `meaning` and those of the
    model are for docs/options.md; without `model_meaning` it is of the firmware alone. The firmware's figure is
    `together` of the models' figures. With `early` the models' constants and arenas are the least it can be.
    """

    name: str
    title: str
    meaning: str
    example: str
    model_meaning: str | None = None
    model_example: str = ""
    default: str = "none"
    memory: str | None = None
    unit: Unit = BYTES
    together: Callable[[Iterable[int]], int] = sum
    early: bool = False
    named: str = ""
    """Its option, where that is another than `<name>_budget`."""

    @property
    def words(self) -> str:
        """In a sentence: `model size`."""
        return self.name.replace("_", " ")

    @property
    def option(self) -> str:
        """What follows `custom_tinyml_` or `custom_tinyml_<model>_`; also the kind of its check."""
        return self.named or f"{self.name}_budget"

    @property
    def argument(self) -> str:
        """The argument of `check`."""
        return "--" + self.option.replace("_", "-")


TASK_STACK = "task_stack"

KINDS = (
    BudgetKind(
        "flash",
        "Flash budget",
        "The flash that the whole firmware may take.",
        "128 KB",
        default="the board's flash",
        memory="flash",
        early=True,
    ),
    BudgetKind(
        "ram",
        "RAM budget",
        "The RAM that the whole firmware may take.",
        "50 percent",
        default="the board's RAM",
        memory="ram",
        early=True,
    ),
    BudgetKind(
        "model_size",
        "Model size budget",
        "The flash that the constants of all models may take.",
        "96 KB",
        "The flash that this model's constants may take.",
        "48 KB",
        memory="flash",
        early=True,
    ),
    BudgetKind(
        "arena",
        "Arena budget",
        "The RAM that all arenas may take.",
        "32 KB",
        "The RAM that this model's arena may take.",
        "24 KB",
        memory="ram",
        early=True,
    ),
    BudgetKind(
        "stack",
        "Stack budget",
        "The stack that the deepest call may take, of init and invoke of any model, without its caller's.",
        "4 KB",
        "The stack that this model's init and invoke may take.",
        "2 KB",
        memory="ram",
        together=largest,
    ),
    BudgetKind(
        TASK_STACK,
        "Task stack",
        "Bytes of stack of the task that calls the models: what their deepest call takes, and a margin, has to fit. "
        "The macro `TINYML_TASK_STACK` has the figure (header.md).",
        "4 KB",
        "The same of the task that calls this model, `<MODEL>_TASK_STACK`.",
        "2 KB",
        together=largest,
        named=TASK_STACK,
    ),
    BudgetKind(
        "latency",
        "Latency budget",
        "The time that one invoke of each model may take, all together; the upper end of the estimate counts.",
        "20 ms",
        "The time that one invoke of this model may take.",
        "500 us",
        unit=MICROSECONDS,
    ),
)


def kind_of_budget(option: str) -> BudgetKind | None:
    """`arena_budget` -> its row; None for anything else."""
    return next((kind for kind in KINDS if kind.option == option), None)


@dataclass(frozen=True)
class WrittenBudget:
    """A budget as written in platformio.ini. `model` is a model's C name, "" for the whole firmware."""

    kind: BudgetKind
    text: str
    model: str = ""

    @property
    def value(self) -> str:
        """The value of its argument: `40 KB`, `kws=24 KB`."""
        return f"{self.model}={self.text}" if self.model else self.text


def task_stacks(budgets: Iterable[WrittenBudget]) -> dict[str, int]:
    """Bytes of the tasks that a project names, by the macro that tells its code. UsageError: it is no figure."""
    return {
        f"{(budget.model or 'tinyml').upper()}_TASK_STACK": parse_budget(budget.text, budget.kind, None, None)
        for budget in budgets
        if budget.kind.name == TASK_STACK
    }


def beyond_baseline(text: str) -> str | None:
    """`2 KB` of "baseline + 2 KB", "" of "baseline"; None of what does not go by a baseline."""
    match = _BASELINE.fullmatch(text.strip())
    return None if match is None else match.group(1) or ""


def is_of_baseline(text: str) -> bool:
    """Whether it is of the form "baseline", "baseline + 2 KB" or "baseline + 1 percent"."""
    return beyond_baseline(text) is not None


def parse_budget(text: str, kind: BudgetKind, limit: int | None, baseline: int | None) -> int:
    """As `kind.unit` parses, or "baseline + 2 KB": more than `baseline` by so much, or by percent of it.

    `limit` is the board's, for percentages; `baseline` is None where nothing is known to compare with. Raises
    UsageError.
    """
    beyond = beyond_baseline(text)
    if beyond is None:
        return kind.unit.parse(text, limit if kind.memory else None)
    if baseline is None:
        raise no_baseline(text, "there is no baseline of this environment and board")
    allowed = baseline + (kind.unit.parse(beyond, baseline) if beyond else 0)
    return within(allowed, text, "budget", "make the baseline anew with `pio run -t tinyml_baseline`")


def no_baseline(text: str, problem: str) -> UsageError:
    """For a budget by the baseline that has nothing to go by."""
    step = "make one anew with `pio run -t tinyml_baseline` or `pio-tinyml baseline`, or write a budget without it"
    return UsageError(f"{quoted(text)}: {problem}", step, code="baseline")

"""The baseline: figures of an earlier firmware that the project committed, to compare with (tinyml-baseline.json)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..budgets import BudgetKind
from ..errors import UsageError
from ..files import read_text
from ..firmware.footprint import OwnerSize
from ..typed_json import parse
from .fingerprint import Part

SCHEMA = "tinyml-baseline/1"


@dataclass(frozen=True, slots=True)
class BaselineModel:
    """What a model's constants (`flash`) and arena (`ram`) took in the firmware.

    `stack` is that of its deepest call, `latency` the upper end in microseconds, `accuracy_drop` what int8 lost by the
    measure `accuracy_metric`; None where it was not known, and in a file of a version that did not keep it.
    `fingerprint` is what decided on the figures, `outputs` a sum of what the emulator saw (Profile.outputs).
    """

    name: str
    flash: int
    ram: int
    stack: int | None = None
    latency: int | None = None
    accuracy_drop: float | None = None
    accuracy_metric: str | None = None
    fingerprint: tuple[Part, ...] = ()
    outputs: str | None = None

    @property
    def model_size(self) -> int:
        """`flash`, as its budget is called."""
        return self.flash

    @property
    def arena(self) -> int:
        """`ram`, as its budget is called."""
        return self.ram


@dataclass(frozen=True, slots=True)
class Baseline:
    """Figures of one firmware, of one environment and board."""

    environment: str | None
    board: str | None
    flash: int
    ram: int
    owners: tuple[OwnerSize, ...]
    models: tuple[BaselineModel, ...]

    def of_model(self, name: str) -> BaselineModel | None:
        """None for a model that was not in it."""
        return next((model for model in self.models if model.name == name), None)

    def figure(self, kind: BudgetKind, model: str = "") -> int | None:
        """What a budget of that kind is compared with; None for a model, or a figure, that is not in it."""
        if not kind.model_meaning:
            return int(getattr(self, kind.name))
        figures = [getattr(row, kind.name, None) for row in self.models if model in ("", row.name)]
        known = [figure for figure in figures if figure is not None]
        return kind.together(known) if len(known) == len(figures) and (figures or not model) else None


@dataclass(frozen=True, slots=True)
class _File:
    schema: str
    baselines: tuple[Baseline, ...]


def read_baselines(path: Path) -> tuple[Baseline, ...]:
    """All of a file. Raises UsageError for anything but a baseline of this version."""
    try:
        return parse(_File, read_text(path), SCHEMA).baselines
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "make it with `pio-tinyml baseline REPORT.json`", code="baseline"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{path} is no baseline: {error}", "make it anew with `pio-tinyml baseline REPORT.json`", code="baseline"
        ) from error


def metric_on(metric: str, data: str) -> str:
    """What a drop was measured by: drops by another are not to be compared."""
    return f"{metric}, {data} data"


def find_baseline(baselines: Iterable[Baseline], environment: str | None, board: str | None) -> Baseline | None:
    """That of the same environment on the same board."""
    return next((row for row in baselines if (row.environment, row.board) == (environment, board)), None)


def merge(baselines: Iterable[Baseline], new: Iterable[Baseline]) -> tuple[Baseline, ...]:
    """`new` ones in the place of those of the same environment, whatever its board was; sorted by environment."""
    merged = {row.environment or "": row for row in (*baselines, *new)}
    return tuple(merged[name] for name in sorted(merged))


def as_json(baselines: Iterable[Baseline]) -> str:
    """JSON text ending in a newline; the same figures give the same text."""
    rows = [asdict(row) for row in baselines]
    return json.dumps({"schema": SCHEMA, "baselines": rows}, indent=1, ensure_ascii=True) + "\n"


def changes(owners: Sequence[OwnerSize], baseline: Baseline) -> tuple[OwnerSize, ...]:
    """What each owner takes more than in the baseline, largest change first; no row for no change."""
    before = {row.owner: (row.flash, row.ram) for row in baseline.owners}
    now = {row.owner: (row.flash, row.ram) for row in owners}
    rows = []
    for owner in {**now, **before}:
        (flash, ram), (old_flash, old_ram) = now.get(owner, (0, 0)), before.get(owner, (0, 0))
        if (flash, ram) != (old_flash, old_ram):
            rows.append(OwnerSize(owner, flash - old_flash, ram - old_ram))
    return tuple(sorted(rows, key=lambda row: (-abs(row.flash) - abs(row.ram), row.owner)))

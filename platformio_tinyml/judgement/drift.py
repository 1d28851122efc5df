"""What moved since the baseline without the model moving: a library, a compiler, a flag -> Checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..budgets import KINDS
from ..manifest import Manifest
from ..measured.baseline import Baseline, BaselineModel
from ..measured.fingerprint import CLOCK, CODE, MODEL, Fingerprint, Part, changes
from .check import Check
from .figures import Figures
from .owners import is_used

_ADVICE = (
    "pin the version that was, or look at what the new one changes, and run `pio run -t tinyml_verify`",
    "if it is right, make it the baseline: `pio run -t tinyml_baseline`, or `pio-tinyml baseline`",
)
_KINDS = ("model_size", "arena")
"""Budgets' kinds whose figures a library decides on alone."""


def judge_drift(
    figures: Figures, fingerprints: Sequence[Fingerprint], outputs: dict[str, str | None], baseline: Baseline
) -> Iterator[Check]:
    """`drift:<model>` for each whose code is known, now and in the baseline. `outputs` are sums by model."""
    for each in fingerprints:
        manifest = next((row for row in figures.manifests if row.name == each.name), None)
        before = baseline.of_model(each.name)
        if manifest is None or before is None or not before.fingerprint or not is_used(figures.footprint, manifest):
            continue
        if _of(before.fingerprint, MODEL) != _of(each.parts, MODEL):
            continue
        causes = list(changes(before.fingerprint, each.parts, without=(MODEL, CODE, CLOCK)))
        moved = list(_moved(figures, manifest, before, outputs.get(each.name)))
        message = f"{each.name} {', '.join(moved)}: {', '.join(causes)}" if moved and causes else ""
        yield Check(f"drift:{each.name}", not message, None, None, message, _ADVICE if message else ())


def _of(parts: Sequence[Part], name: str) -> Part | None:
    return next((part for part in parts if part.name == name), None)


def _moved(figures: Figures, manifest: Manifest, before: BaselineModel, outputs: str | None) -> Iterator[str]:
    for kind in KINDS:
        if kind.name in _KINDS:
            now, then = figures.of(kind, manifest.name).value, getattr(before, kind.name)
            if now is not None and now != then:
                yield f"{kind.name.replace('_', ' ')} {then:,} -> {now:,}"
    if None not in (outputs, before.outputs) and outputs != before.outputs:
        yield "outputs"

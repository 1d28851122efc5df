"""The arguments of `check` about models that were made int8."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..budgets import beyond_baseline, no_baseline
from ..errors import UsageError
from ..files import read_text
from ..measured.baseline import Baseline, metric_on
from ..measured.quantization import Quantization
from ..model.naming import printable


def read_quantizations(
    given: Sequence[str], drops: Sequence[str], baseline: Baseline | None = None
) -> tuple[Quantization, ...]:
    """From NAME=FILE, the JSON of `quantize --report` or a lock, and NAME=DROP. UsageError for anything else."""
    limits = dict(map(_pair, drops))
    found = tuple(_read(name, Path(file)) for name, file in map(_pair, given))
    return tuple(
        replace(each, max_drop=_limit(each, limits[each.model], baseline)) if each.model in limits else each
        for each in found
    )


def _limit(found: Quantization, text: str, baseline: Baseline | None) -> float:
    from ..quantize.text import parse_drop  # with what reads .tflite files, which no other check needs

    beyond = beyond_baseline(text)
    try:
        if beyond is None:
            return parse_drop(text)
        return _before(found, text, baseline) + (parse_drop(beyond) if beyond else 0)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--max-accuracy-drop: {error}", "Write NAME=0.02.") from error


def _before(found: Quantization, text: str, baseline: Baseline | None) -> float:
    """The drop in the baseline, of the same metric on the same kind of data."""
    if baseline is None:
        raise no_baseline(text, "there is no baseline of this environment and board")
    before, metric = baseline.of_model(found.model), metric_on(found.metric, found.data)
    if before is None or before.accuracy_drop is None:
        raise no_baseline(text, f"the baseline has no accuracy drop of {found.model}")
    if before.accuracy_metric != metric:
        was = printable(str(before.accuracy_metric), 40)
        raise no_baseline(text, f"the baseline's accuracy drop of {found.model} is of {was}, that of now of {metric}")
    return before.accuracy_drop


def _read(name: str, path: Path) -> Quantization:
    from ..quantize.result import Calibration, accuracy_from
    from ..quantize.text import describe

    try:
        document = json.loads(read_text(path))
        source = document["source"]
        calibration = {key: value for key, value in document["calibration"].items() if key != "calibrated"}
        method, accuracy = Calibration(**calibration), accuracy_from(document["accuracy"])
        return Quantization(
            model=name,
            source=Path(source["path"] if isinstance(source, dict) else source).name,
            calibration=method.method,
            samples=method.samples,
            metric=accuracy.metric,
            data=accuracy.data,
            float_value=accuracy.float_value,
            int8_value=accuracy.int8_value,
            drop=_finite(accuracy.drop),
            max_drop=None,
            summary=describe(accuracy),
            worst=next((f"{each.opcode} {printable(each.name, 40)}" for each in accuracy.operators), None),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{printable(str(path))} does not say how {printable(name)} was made int8",
            "Give what `quantize --report` wrote, or a lock.",
        ) from error


def _finite(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no number")
    return value


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise UsageError(f"{printable(text)} is not NAME=VALUE", "Name the model first: kws=...")
    return name, value

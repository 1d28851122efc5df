"""The arguments of `check` about models that were made int8."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..model.naming import printable
from ..report.quantization import Quantization


def read_quantizations(given: Sequence[str], drops: Sequence[str]) -> tuple[Quantization, ...]:
    """From NAME=FILE, the JSON of `quantize --report` or a lock, and NAME=DROP. UsageError for anything else."""
    if not given and not drops:
        return ()
    from ..quantize.text import parse_drop  # with what reads .tflite files, which no other check needs

    try:
        limits = {name: parse_drop(text) for name, text in map(_pair, drops)}
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--max-accuracy-drop: {error}", "Write NAME=0.02.") from error
    return tuple(_read(name, Path(file), limits.get(name)) for name, file in map(_pair, given))


def _read(name: str, path: Path, max_drop: float | None) -> Quantization:
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
            drop=accuracy.drop,
            max_drop=max_drop,
            summary=describe(accuracy),
            worst=next((f"{each.opcode} {printable(each.name, 40)}" for each in accuracy.operators), None),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{printable(str(path))} does not say how {printable(name)} was made int8",
            "Give what `quantize --report` wrote, or a lock.",
        ) from error


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise UsageError(f"{printable(text)} is not NAME=VALUE", "Name the model first: kws=...")
    return name, value

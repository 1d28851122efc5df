"""Instructions of a model that cannot be run here, as a range from its MACs and the bytes that it moves."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from ..manifest import Manifest

REFERENCE = "reference"
"""TensorFlow Lite Micro's own kernels; others are a vendor's."""

_FACTORS = (0.5, 2.0)
"""On the lowest and the highest ratio of the compiled runtime: other compilers, shapes, cores of the same kind."""
_VECTOR = 1 / 16
"""Instructions for each MAC and byte at least: vendors' kernels with vectors of 128 bits."""
_CALL = 200
"""Instructions around a kernel call at most."""


def estimate(manifest: Manifest, machine: str, kernels: str | None = None) -> tuple[tuple[int, int] | None, ...]:
    """(lowest, highest) of each of Manifest.calls, on a `machine` as in firmware.Image; None where the manifest has
    no figures of a call. `kernels` are those of TensorFlow Lite Micro, None where nobody knows. It assumes code
    that was optimised.
    """
    table = _read("tflm_ratios.json" if manifest.runtime == "tflm" else "ratios.json")
    if manifest.runtime == "tflm":
        ratios, (least, most) = table["ratios"], table["factors"]
    else:
        ratios, (least, most) = table["ratios"]["avr" if machine == "avr" else "32-bit"], _FACTORS
    unmeasured = min(low for low, _ in ratios.values()), max(high for _, high in ratios.values())
    bounds: list[tuple[int, int] | None] = []
    infos = manifest.call_infos or (None,) * len(manifest.calls)
    for (_, opcode, _, macs), info in zip(manifest.calls, infos, strict=True):
        if info is None:
            bounds.append(None)
            continue
        low, high = ratios.get(opcode, unmeasured)
        vector = manifest.runtime == "tflm" and kernels != REFERENCE
        work = macs + info.moved
        bounds.append((int(work * (_VECTOR if vector else low * least)), int(work * high * most) + _CALL))
    return tuple(bounds)


def total(bounds: tuple[tuple[int, int] | None, ...]) -> tuple[int, int] | None:
    """Of one invoke; None if one call is not known."""
    known = [bound for bound in bounds if bound is not None]
    if len(known) < len(bounds):
        return None
    return sum(low for low, _ in known), sum(high for _, high in known)


@functools.cache
def _read(name: str) -> Any:
    return json.loads((Path(__file__).parent / name).read_text("utf-8"))

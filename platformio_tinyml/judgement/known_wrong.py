"""Kernels that are known to be wrong (known_wrong.json): a warning by name where a model calls one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..manifest import Manifest
from ..measured.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class KnownWrong:
    """`library` of the versions `least` to `most` (None: without end) on `chips`, operators `opcode` (None: any).

    A FULLY_CONNECTED only where its row or its number of outputs is no multiple of `multiple`. `source` is public.
    """

    library: str
    chips: tuple[str, ...]
    least: str | None
    most: str | None
    opcode: str | None
    multiple: int
    wrong: str
    source: str


@cache
def known_wrong() -> tuple[KnownWrong, ...]:
    """The table."""
    rows = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return tuple(KnownWrong(**{**row, "chips": tuple(row["chips"])}) for row in rows)


def warnings(manifests: Sequence[Manifest], fingerprints: Sequence[Fingerprint], chip: str) -> Iterator[str]:
    """A line for each model and row. A library of unknown version may be any."""
    libraries = {each.name: {part.name: part.version for part in each.parts} for each in fingerprints}
    for manifest in manifests:
        versions = libraries.get(manifest.name, {})
        for row in known_wrong():
            if (
                row.library not in versions
                or chip.lower() not in row.chips
                or not _is_within(row, versions[row.library])
            ):
                continue
            operators = [str(operator) for operator in _operators(manifest, row)]
            if operators:
                called = ", ".join(operators[:3]) + (", ..." if len(operators) > 3 else "")
                which = f"operator {called}, {row.opcode}" if row.opcode else "any operator"
                version = versions[row.library] or "of unknown version"
                yield (
                    f"{manifest.name}: {which} may be wrong: {row.library} {version}: {row.wrong} ({row.source}); "
                    "`pio run -t tinyml_selftest` tells"
                )


def _is_within(row: KnownWrong, version: str | None) -> bool:
    if version is None:
        return True
    found = _numbers(version)
    return (row.least is None or found >= _numbers(row.least)) and (row.most is None or found <= _numbers(row.most))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]{1,6}", version)[:3])


def _operators(manifest: Manifest, row: KnownWrong) -> Iterator[int]:
    """Indices of those that it is of."""
    infos = manifest.call_infos or (None,) * len(manifest.calls)
    for (operator, opcode, _, macs), info in zip(manifest.calls, infos, strict=True):
        if row.opcode not in (None, opcode):
            continue
        if row.multiple == 1 or info is None or not info.shape:
            yield operator
            continue
        outputs, width = math.prod(info.shape), info.shape[-1]
        row_length = macs // outputs if outputs else 0
        if row_length % row.multiple or width % row.multiple:
            yield operator

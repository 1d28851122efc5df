"""Sizes as people write them in platformio.ini and on the command line. Standard library only."""

from __future__ import annotations

import re

from .errors import UsageError

_UNITS = {"": 1, "b": 1, "byte": 1, "bytes": 1}
_UNITS.update(dict.fromkeys(("k", "kb", "kib"), 1024))
_UNITS.update(dict.fromkeys(("m", "mb", "mib"), 1024 * 1024))
_PERCENT = ("%", "%%", "percent")
_SIZE = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(\.[0-9]{1,6})? *([A-Za-z]*|%%?)", re.ASCII)
_HEX = re.compile(r"0[xX]([0-9a-fA-F]{1,10})", re.ASCII)
_BASELINE = re.compile(r"baseline *(?:\+ *(.+))?", re.ASCII | re.IGNORECASE)
_ACCEPTED = "write 40960, 40 KB, 1.5 KiB, 0x8000, or 50 percent of the board (KB, K and KiB are 1,024 bytes)"


def parse_size(text: str, limit: int | None) -> int:
    """Bytes from "40960", "40 KB", "40K", "1.5 KiB", "0x8000", "50%" or "50 percent"; a fraction of a byte is dropped.

    Percent are of `limit`, the board's, and at most 100; None where no limit is known. Raises UsageError.
    """
    stripped = text.strip()
    as_hex = _HEX.fullmatch(stripped)
    if as_hex:
        return int(as_hex.group(1), 16)
    match = _SIZE.fullmatch(stripped)
    if match is None:
        raise UsageError(f"{_shown(text)} is not a size", _ACCEPTED, code="size")
    whole, fraction, unit = match.groups()
    # Integers all the way: 0.1 of a float would move a budget by a byte.
    scale = 10 ** len(fraction[1:]) if fraction else 1
    number = int(whole.replace(",", "")) * scale + (int(fraction[1:]) if fraction else 0)
    unit = unit.lower()
    if unit in _PERCENT:
        if limit is None:
            raise UsageError(f"{_shown(text)}: the limit it is a share of is not known", _ACCEPTED, code="size")
        if number > 100 * scale:
            raise UsageError(f"{_shown(text)} is more than the board has", _ACCEPTED, code="size")
        return limit * number // (100 * scale)
    if unit not in _UNITS:
        raise UsageError(f"{_shown(text)}: {unit} is not a unit", _ACCEPTED, code="size")
    return number * _UNITS[unit] // scale


def is_of_baseline(text: str) -> bool:
    """Whether it is of the form "baseline", "baseline + 2 KB" or "baseline + 1 percent"."""
    return _BASELINE.fullmatch(text.strip()) is not None


def parse_budget(text: str, limit: int | None, baseline: int | None) -> int:
    """As parse_size, or "baseline + 2 KB": more than `baseline` bytes by a size, or by percent of themselves.

    `baseline` is None where nothing is known to compare with. Raises UsageError.
    """
    match = _BASELINE.fullmatch(text.strip())
    if match is None:
        return parse_size(text, limit)
    if baseline is None:
        raise UsageError(
            f"{_shown(text)}: there is no baseline of this environment and board",
            "make one with `pio run -t tinyml_baseline` or `pio-tinyml baseline`, or write a size",
            code="baseline",
        )
    return baseline + (parse_size(match.group(1), baseline) if match.group(1) else 0)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")

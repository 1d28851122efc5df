"""Sizes and times as people write them in platformio.ini and on the command line. Standard library only."""

from __future__ import annotations

import re

from .errors import UsageError

_BYTES = {"": 1, "b": 1, "byte": 1, "bytes": 1}
_BYTES.update(dict.fromkeys(("k", "kb", "kib"), 1024))
_BYTES.update(dict.fromkeys(("m", "mb", "mib"), 1024 * 1024))
_MICROSECONDS = {"us": 1, "ms": 1000, "s": 1_000_000}
LARGEST = 1 << 50
"""Bytes, or microseconds: more is a mistake, and no integer of every reader of JSON."""
_PERCENT = ("%", "%%", "percent")
_FIGURE = re.compile(r"([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})(\.[0-9]{1,6})? *([A-Za-z]*|%%?)", re.ASCII)
_HEX = re.compile(r"0[xX]([0-9a-fA-F]{1,10})", re.ASCII)
_SIZES = "write 40960, 40 KB, 1.5 KiB, 0x8000, or 50 percent of the board (KB, K and KiB are 1,024 bytes)"
_NO_SHARE = "write a size (40960, 40 KB, 1.5 KiB, 0x8000); a share needs the limit of a board"
_TIMES = "write 20 ms, 500 us or 0.5 s"


def parse_size(text: str, limit: int | None) -> int:
    """Bytes from "40960", "40 KB", "40K", "1.5 KiB", "0x8000", "50%" or "50 percent"; a fraction of a byte is dropped.

    Percent are of `limit`, the board's, and at most 100; None where no limit is known. Raises UsageError.
    """
    as_hex = _HEX.fullmatch(text.strip())
    if as_hex:
        return int(as_hex.group(1), 16)
    number, scale, unit = _split(text, "size", _SIZES)
    if unit in _PERCENT:
        if limit is None:
            raise UsageError(f"{quoted(text)}: the limit it is a share of is not known", _NO_SHARE, code="size")
        if number > 100 * scale:
            raise UsageError(f"{quoted(text)} is more than the board has", _SIZES, code="size")
        return limit * number // (100 * scale)
    if unit not in _BYTES:
        raise UsageError(f"{quoted(text)}: {unit} is not a unit", _SIZES, code="size")
    return within(number * _BYTES[unit] // scale, text, "size", _SIZES)


def parse_time(text: str, whole: int | None) -> int:
    """Microseconds from "20 ms", "500 us", "0.5 s"; a fraction of a microsecond is dropped.

    Percent are of `whole`, None where there is nothing that they could be of: a board has no time. Raises UsageError.
    """
    number, scale, unit = _split(text, "time", _TIMES)
    if unit in _PERCENT:
        if whole is None:
            raise UsageError(
                f"{quoted(text)}: a time is no share of the board", f"{_TIMES}, or baseline + 10 percent", code="time"
            )
        return within(whole * number // (100 * scale), text, "time", _TIMES)
    if unit not in _MICROSECONDS:
        problem = f"{unit} is not a unit of time" if unit else "a time has a unit"
        raise UsageError(f"{quoted(text)}: {problem}", _TIMES, code="time")
    return within(number * _MICROSECONDS[unit] // scale, text, "time", _TIMES)


def within(figure: int, text: str, what: str, accepted: str) -> int:
    """`figure`, which `text` says, where it is at most LARGEST. Raises UsageError."""
    if figure > LARGEST:
        raise UsageError(f"{quoted(text)} is too large for a {what}", accepted, code=what)
    return figure


def shown_time(microseconds: int) -> str:
    """12500 -> "12.5 ms", 65 -> "65 us", exactly; parse_time reads it."""
    if abs(microseconds) < 1000:
        return f"{microseconds} us"
    whole, rest = divmod(abs(microseconds), 1000)
    sign = "-" if microseconds < 0 else ""
    return f"{sign}{whole:,}" + f".{rest:03}".rstrip("0").rstrip(".") + " ms"


def quoted(text: str) -> str:
    """What somebody wrote, for a message."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _split(text: str, what: str, accepted: str) -> tuple[int, int, str]:
    """(n, scale, unit) of "1.5 KB" are (15, 10, "kb"). Integers all the way: 0.1 as a float would move a figure."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{quoted(text)} is not a {what}", accepted, code=what)
    whole, fraction, unit = match.groups()
    digits = fraction[1:] if fraction else ""
    return int(whole.replace(",", "") + digits), 10 ** len(digits), unit.lower()

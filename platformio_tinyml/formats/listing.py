"""What `footprint` prints: sections, owners, and the biggest symbols of an ELF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..firmware.footprint import Footprint, SizeEntry
from ..judgement.check import Check
from ..measured.limits import Sizes
from ..model.naming import printable
from .json_report import SCHEMA, check_rows, owner_rows

_SYMBOLS = 15


def as_text(footprint: Footprint, limits: Sizes) -> str:
    """Tables of 80 columns."""
    return "".join(printable(line).rstrip()[:80] + "\n" for line in _lines(footprint, limits))


def as_document(footprint: Footprint, limits: Sizes, checks: Sequence[Check]) -> dict[str, object]:
    """For JSON; bytes as integers, all symbols."""
    return {
        "schema": SCHEMA,
        "ok": all(check.ok for check in checks),
        "memories": footprint.memory.origin,
        "flash": {"used": footprint.flash, "limit": limits.flash},
        "ram": {"used": footprint.ram, "limit": limits.ram},
        "sections": [
            {"name": row.name, "region": row.region or None, "flash": row.flash, "ram": row.ram}
            for row in footprint.sections
        ],
        "owners": owner_rows(footprint),
        "symbols": [
            {
                "symbol": entry.symbol or None,
                "section": entry.section,
                "owner": entry.owner,
                "address": entry.address,
                "flash": entry.flash,
                "ram": entry.ram,
            }
            for entry in _by_size(footprint)
        ],
        "checks": check_rows(checks),
        "notes": list(footprint.notes),
    }


def _lines(footprint: Footprint, limits: Sizes) -> Iterator[str]:
    yield f"memories: {footprint.memory.origin}"
    yield _row("section", "region", "flash", "ram")
    for section in footprint.sections:
        yield _row(section.name, section.region or "-", section.flash, section.ram)
    yield _row("total", "", footprint.flash, footprint.ram)
    for kind in ("flash", "ram"):
        limit = getattr(limits, kind)
        if limit:
            yield f"{kind}: {100 * footprint.main(kind) / limit:.1f}% of {limit:,} bytes, {limits.source(kind)}"
    yield ""
    yield _row("owner", "", "flash", "ram")
    for owner in footprint.owners():
        yield _row(owner.owner, "", owner.flash, owner.ram)
    yield ""
    yield _row("symbol", "section", "flash", "ram")
    for entry in [entry for entry in _by_size(footprint) if entry.symbol][:_SYMBOLS]:
        yield _row(entry.symbol, entry.section, entry.flash, entry.ram)
    for note in footprint.notes:
        yield f"note: {note}"


def _by_size(footprint: Footprint) -> list[SizeEntry]:
    return sorted(footprint.entries, key=lambda entry: (-entry.flash - entry.ram, entry.section, entry.address))


def _row(name: str, place: str, flash: int | str, ram: int | str) -> str:
    def cell(value: int | str) -> str:
        return f"{value:,}" if isinstance(value, int) else value

    return f"{name[:37]:<38}{place[:17]:<18}{cell(flash):>12}{cell(ram):>12}"

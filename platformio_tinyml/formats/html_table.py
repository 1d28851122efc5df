"""Parts of tables."""

from __future__ import annotations

from ..budgets import BYTES, UNITS
from .markup import Markup, element


def number_cell(value: int | None, unit: str = BYTES.name) -> Markup:
    """A figure that a column is sorted by; a dash for None."""
    if value is None:
        return element("td", "-", class_="number", data_value=-1)
    return element("td", UNITS.get(unit, BYTES).shown(value), class_="number", data_value=value)


def scroller(label: str, table: Markup) -> Markup:
    """What is wider than a telephone scrolls in itself, also by keyboard."""
    return element("div", table, class_="scroller", role="region", tabindex=0, aria_label=label)

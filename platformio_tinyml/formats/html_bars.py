"""Bars as SVG. Widths are attributes in percent: a page that forbids inline styles shows them too."""

from __future__ import annotations

from collections.abc import Iterable

from .markup import Markup, element

FAMILIES = {
    "weights": "weights",
    "arena": "arena",
    "tinyml": "tinyml",
    "tflm": "kernels",
    "cmsis-nn": "kernels",
    "esp-nn": "kernels",
    "framework": "framework",
    "libc": "libc",
    "application": "application",
    "stack+heap": "reserved",
    "unattributed": "unattributed",
}
"""Class of an owner's colour by what stands before its colon."""


def owner_class(owner: str) -> str:
    """CSS class of an owner's colour."""
    return f"owner-{FAMILIES.get(owner.partition(':')[0], 'other')}"


def swatch(owner: str) -> Markup:
    """A small square in an owner's colour."""
    square = element("rect", width="100%", height="100%", rx=3, class_=owner_class(owner))
    return element("svg", square, class_="swatch", aria_hidden="true")


def percent(part: int, whole: int) -> str:
    """For attributes: `12.345%`, between 0 and 100."""
    return f"{100 * min(max(part / whole, 0), 1) if whole else 0:.3f}%"


def shown_percent(part: int, whole: int) -> str:
    """For people: `12.3%`."""
    return f"{100 * part / whole:.1f}%" if whole else "-"


def stacked(parts: Iterable[tuple[str, int]], whole: int, label: str) -> Markup:
    """(owner, bytes) side by side in a bar that stands for `whole` bytes."""
    segments, before = [], 0
    for owner, size in parts:
        tip = element("title", f"{owner}: {size:,} bytes")
        segments.append(
            element(
                "rect",
                tip,
                x=percent(before, whole),
                width=percent(size, whole),
                height="100%",
                class_=f"segment {owner_class(owner)}",
            )
        )
        before += size
    return element("svg", *segments, class_="bar", role="img", aria_label=label)


def meter(used: int, limit: int | None, budget: int | None, *, failed: bool) -> Markup:
    """What is used of a limit, with a mark at the budget."""
    whole = max(used, limit or 0, budget or 0)
    fill = element("rect", width=percent(used, whole), height="100%", class_="fill failed" if failed else "fill")
    mark = None
    if budget is not None and budget != whole:
        tip = element("title", f"budget {budget:,} bytes")
        mark = element("rect", tip, x=percent(budget, whole), width=2, height="100%", class_="mark")
    label = f"{used:,} bytes used" + "".join(
        f", {name} {size:,}" for name, size in (("limit", limit), ("budget", budget)) if size is not None
    )
    return element("svg", fill, mark, class_="bar meter", role="img", aria_label=label)


def part_bar(part: int, whole: int, class_: str) -> Markup:
    """A cell's bar; the number beside it says the same."""
    fill = element("rect", width=percent(part, whole), height="100%", rx=2, class_=class_)
    return element("svg", fill, class_="cell-bar", aria_hidden="true")

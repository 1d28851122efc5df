"""The memory map: each region to scale, and what it holds by owner and section."""

from __future__ import annotations

from collections.abc import Sequence

from .document import RegionRow
from .html_bars import percent, shown_percent, stacked, swatch
from .markup import Markup, element, join

_ENLARGE_BELOW = 0.5
"""A region less full than this gets a second bar, of what is used alone."""


def memory_map(regions: Sequence[RegionRow]) -> Markup:
    """All regions that hold something; the others by name."""
    used = [_region(region) for region in regions if region.used]
    unused = ", ".join(f"{row.name} ({row.size:,})" for row in regions if not row.used and row.size is not None)
    return join(*used, element("p", f"Not used: {unused}.", class_="muted") if unused else None)


def _region(region: RegionRow) -> Markup:
    parts = [(owner.name, owner.bytes) for owner in region.owners]
    whole = max(region.used, region.size or 0)
    label = f"{region.name}: {region.used:,} bytes used" + (f" of {region.size:,}" if region.size else "")
    bars = [stacked(parts, whole, label)]
    if region.used < _ENLARGE_BELOW * whole:
        bars += [_funnel(region.used, whole), stacked(parts, region.used, f"{region.name}: the used part, enlarged")]
    return element(
        "div",
        element(
            "h3",
            region.name,
            " ",
            element("span", region.kind.upper() if region.kind == "ram" else region.kind, class_="chip"),
            element("span", _address(region), class_="address"),
            element("span", _usage(region), class_="usage"),
            _excess(region),
        ),
        *bars,
        element("ul", *(_legend(name, size, region.used) for name, size in parts), class_="legend"),
        _sections(region),
        class_="region",
    )


def _address(region: RegionRow) -> str:
    if region.start is None or not region.size:
        return "no single memory"
    return f"{region.start:#010x} to {region.start + region.size - 1:#010x}"


def _usage(region: RegionRow) -> str:
    if not region.size:
        return f"{region.used:,} bytes"
    free = f", {region.free:,} free" if region.free else ""
    return f"{region.used:,} of {region.size:,} bytes, {shown_percent(region.used, region.size)}{free}"


def _excess(region: RegionRow) -> Markup | None:
    if not region.size or region.used <= region.size:
        return None
    return element("span", f"{region.used - region.size:,} bytes too many", class_="excess")


def _funnel(used: int, whole: int) -> Markup:
    edge = percent(used, whole).rstrip("%")
    shape = element("polygon", points=f"0,0 {edge},0 100,10 0,10")
    return element("svg", shape, class_="funnel", viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def _legend(owner: str, size: int, whole: int) -> Markup:
    return element(
        "li",
        swatch(owner),
        element("span", owner, class_="name"),
        element("span", f"{size:,}", class_="number"),
        element("span", shown_percent(size, whole), class_="muted number"),
    )


def _sections(region: RegionRow) -> Markup:
    rows = [
        element("tr", element("th", part.name, scope="row"), element("td", part.bytes, class_="number"))
        for part in region.sections
    ]
    head = element("tr", element("th", "Section", scope="col"), element("th", "Bytes", scope="col", class_="number"))
    table = element("table", element("thead", head), element("tbody", *rows))
    origin = element("p", f"Known from: {region.origin}.", class_="muted") if region.origin else None
    return element("details", element("summary", f"Sections of {region.name}"), table, origin)

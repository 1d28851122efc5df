"""The arena over time as a picture: calls downwards, bytes across, a buffer a block from its first to its last use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .document import ArenaRow, ModelRow, PlacementRow
from .html_bars import percent
from .markup import Markup, element, join

_ROW, _DENSE_ROW = 24, 14
"""Pixels per call; page.css has the same for the labels beside the picture."""
_DENSE_ABOVE = 60
_LABEL = 60
_LETTER, _WIDE, _NARROW = 6.5, 900, 220
"""Pixels: of a letter at most, of the picture on a screen and on a telephone. What has no room there is not shown."""


def arena_picture(model: ModelRow) -> Markup | None:
    """None where placements are unknown (another runtime) or the model has no calls."""
    placements = model.arena.placements
    size = model.arena.size
    if not size or not placements or not model.calls:
        return None
    dense = len(model.calls) > _DENSE_ABOVE
    row = _DENSE_ROW if dense else _ROW
    peak = model.arena.peak.call if model.arena.peak else None
    moving = any(place.held for place in placements)
    return join(
        element("div", *(_key(role, text) for role, text in (*_KEYS, *([_MOVING] if moving else []))), class_="key"),
        element(
            "div",
            _axis(size),
            _labels(model, peak),
            _drawing(model, placements, size, row, peak),
            _live(model, peak),
            class_="arena dense" if dense else "arena",
        ),
        _table(model, placements, peak),
    )


_KEYS = (
    ("peak", "in use at the peak"),
    ("input", "input or output"),
    ("activation", "activation"),
    ("scratch", "scratch"),
    ("shared", "written over a dying input"),
)
_MOVING = ("activation moving", "a few of its rows at a time")


def _key(role: str, text: str) -> Markup:
    box = element("rect", width="100%", height="100%", rx=3, class_=role)
    return element("span", element("svg", box, class_=f"swatch block {role}", aria_hidden="true"), text)


def _axis(size: int) -> Markup:
    marks = []
    for quarter in range(5):
        anchor = {0: "start", 4: "end"}.get(quarter, "middle")
        class_ = "minor" if quarter % 2 else None
        marks.append(
            element("text", size * quarter // 4, x=f"{25 * quarter}%", y=12, text_anchor=anchor, class_=class_)
        )
    return element("svg", *marks, class_="axis", aria_hidden="true")


def _labels(model: ModelRow, peak: int | None) -> Markup:
    rows = [element("li", "input")]
    for index, call in enumerate(model.calls):
        rows.append(element("li", f"{call.operator} {call.opcode}", class_="peak" if index == peak else None))
    return element("ol", *rows, element("li", "output"), class_="calls", aria_hidden="true")


def _live(model: ModelRow, peak: int | None) -> Markup:
    rows = [
        element("li", call.live, class_="peak" if index == peak else None) for index, call in enumerate(model.calls)
    ]
    return element("ol", element("li", "in use"), *rows, element("li"), class_="live", aria_hidden="true")


def _drawing(model: ModelRow, placements: Sequence[PlacementRow], size: int, row: int, peak: int | None) -> Markup:
    height = row * (len(model.calls) + 2)
    lines = [
        element("line", x1=0, x2="100%", y1=row * index, y2=row * index, class_="rule")
        for index in range(1, len(model.calls) + 2)
    ]
    band = None
    if peak is not None:
        band = element("rect", y=row * (peak + 1), width="100%", height=row, class_="band")
    blocks = [_block(place, model, size, row, peak) for place in placements if place.size]
    pairs = list(_sharing(placements))
    blocks += [_shared(pair, size, row) for pair in pairs]
    # Above all blocks: one that begins within another is not to hide what that one is called.
    blocks += [_label(place, _visible(place, pairs), size, row) for place in placements if place.size]
    return element(
        "svg",
        element("title", f"Arena of {model.name} over time"),
        element("desc", _summary(model.arena)),
        _HATCH,
        band,
        *lines,
        *blocks,
        class_="picture",
        role="img",
        height=height,
        aria_label=f"Arena of {model.name} over time. {_summary(model.arena)} The table below has every buffer.",
    )


def _summary(arena: ArenaRow) -> str:
    peak = f", fullest at operator {arena.peak.operator} {arena.peak.opcode}" if arena.peak else ""
    return f"{arena.size:,} bytes{peak}."


def _block(place: PlacementRow, model: ModelRow, arena: int, row: int, peak: int | None) -> Markup:
    calls = place.last_used - place.first_used + 1
    at_peak = peak is not None and place.first_used <= peak <= place.last_used
    end = place.offset + place.size
    tip = (
        short(place.name),
        f"{place.size:,} bytes at {place.offset:,} to {end:,}",
        _times(place, model),
        _rows(place),
    )
    return element(
        "svg",
        _tip(*tip),
        element("rect", width="100%", height="100%", rx=3),
        class_=f"block {_role(place, model)}{' peak' if at_peak else ''}{' moving' if place.held else ''}",
        x=percent(place.offset, arena),
        y=row * (place.first_used + 1) + 1,
        width=percent(place.size, arena),
        height=row * calls - 2,
    )


def _visible(place: PlacementRow, pairs: Sequence[tuple[PlacementRow, PlacementRow]]) -> int:
    """Bytes from the start of `place` to where another one begins within it."""
    others = [other for pair in pairs if place in pair for other in pair if other.offset > place.offset]
    return min([place.size, *(other.offset - place.offset for other in others)])


def _label(place: PlacementRow, visible: int, arena: int, row: int) -> Markup:
    """The buffer's name and size, for screens that have room for them in `visible` bytes."""
    calls = place.last_used - place.first_used + 1
    name = "/".join(short(place.name).split("/")[-2:])
    lines = [_line("name", name, visible / arena, row - 8 if row == _ROW else row - 3)]
    if calls > 1 and row == _ROW:
        lines.append(_line("size", f"{place.size:,}", visible / arena, 2 * row - 10))
    x, y = percent(place.offset, arena), row * (place.first_used + 1) + 1
    return element("svg", *lines, class_="label", x=x, y=y, width=percent(visible, arena), height=row * calls - 2)


def _line(kind: str, text: str, share: float, y: int) -> Markup:
    width = _LETTER * len(text) + 8
    room = "never" if width > share * _WIDE else "wide" if width > share * _NARROW else "always"
    return element("text", text, x=6, y=y, class_=f"{kind} {room}")


_HATCH = element(
    "defs",
    element(
        "pattern",
        element("path", d="M0 0v6", class_="hatch"),
        id="shared",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    ),
)


def _sharing(placements: Sequence[PlacementRow]) -> Iterator[tuple[PlacementRow, PlacementRow]]:
    """(dying, new) that are in use during the same call and have bytes in common."""
    live: list[PlacementRow] = []
    for new in sorted(placements, key=lambda place: place.first_used):
        live = [place for place in live if place.last_used >= new.first_used]
        for old in live:
            if old.offset < new.offset + new.size and new.offset < old.offset + old.size:
                yield old, new
        live.append(new)


def _shared(pair: tuple[PlacementRow, PlacementRow], arena: int, row: int) -> Markup:
    old, new = pair
    start = max(old.offset, new.offset)
    end = min(old.offset + old.size, new.offset + new.size)
    tip = (f"{end - start:,} bytes of {short(old.name)}", f"written over by {short(new.name)}")
    return element(
        "rect",
        _tip(*tip),
        x=percent(start, arena),
        y=row * (new.first_used + 1) + 1,
        width=percent(end - start, arena),
        height=row * (min(old.last_used, new.last_used) - new.first_used + 1) - 2,
        class_="shared",
    )


def _tip(*lines: str) -> Markup:
    """Lines of a tooltip; each is escaped, so that a name cannot add one."""
    return element("title", *(part for line in lines if line for part in (Markup("\n"), line)))


def _rows(place: PlacementRow) -> str:
    return f"{place.held} of its {place.rows} rows at a time" if place.held else ""


def _role(place: PlacementRow, model: ModelRow) -> str:
    if place.tensor is None:
        return "scratch"
    if place.first_used < 0:
        return "input"
    return "output" if place.last_used >= len(model.calls) else "activation"


def _times(place: PlacementRow, model: ModelRow) -> str:
    def name(time: int) -> str:
        if time < 0:
            return "before invoke"
        return "after invoke" if time >= len(model.calls) else f"operator {model.calls[time].operator}"

    first, last = name(place.first_used), name(place.last_used)
    return f"{first} to {last}" if first != last else first


def _table(model: ModelRow, placements: Sequence[PlacementRow], peak: int | None) -> Markup:
    columns = ("Buffer", "Bytes", "Offset", "In use", "Rows held", "At the peak")
    head = element(
        "tr",
        *(
            element("th", text, scope="col", class_="number" if text in ("Bytes", "Offset") else None)
            for text in columns
        ),
    )
    rows = [
        element(
            "tr",
            element("th", short(place.name), scope="row"),
            element("td", place.size, class_="number"),
            element("td", place.offset, class_="number"),
            element("td", _times(place, model)),
            element("td", f"{place.held} of {place.rows}" if place.held else "all"),
            element("td", "yes" if peak is not None and place.first_used <= peak <= place.last_used else ""),
        )
        for place in placements
    ]
    table = element("table", element("thead", head), element("tbody", *rows))
    scroller = element(
        "div", table, class_="scroller", role="region", tabindex=0, aria_label=f"Buffers in the arena of {model.name}"
    )
    return element("details", element("summary", "Every buffer as a table"), scroller)


def short(tensor: str) -> str:
    """Converters join the names of fused operators with semicolons: the first will do, and of that the end."""
    first = tensor.partition(";")[0]
    return first if len(first) <= _LABEL else "\N{HORIZONTAL ELLIPSIS}" + first[1 - _LABEL :]

"""report.html: well formed, self-contained, and inert whatever names are."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from page_parser import Page
from report_samples import BASELINE, HOSTILE, report_text, sample, with_strings

from platformio_tinyml.formats.document import PlacementRow, RegionPart, RegionRow, parse_document
from platformio_tinyml.formats.html import as_html
from platformio_tinyml.formats.html_memory import memory_map
from platformio_tinyml.formats.markup import element


def test_it_is_well_formed() -> None:
    page = Page(as_html(sample()))
    assert page.problems == []
    ids = page.values("id")
    assert len(ids) == len(set(ids)) > 5
    assert set(page.values("aria-labelledby")) <= set(ids)
    headings = [tag for tag, _ in page.outline if tag in ("h1", "h2", "h3")]
    assert headings[0] == "h1" and headings.count("h1") == 1


def test_rows_of_a_table_have_equally_many_cells() -> None:
    html = as_html(sample())
    tables = re.findall(r"<table.*?</table>", html)
    assert len(tables) >= 6
    for table in tables:
        widths = {len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr>.*?</tr>", table)}
        assert len(widths) == 1, table


def test_nothing_is_fetched_and_the_policy_allows_only_its_own() -> None:
    html = as_html(sample())
    page = Page(html)
    names = {name for _, name, _ in page.attributes}
    assert not names & {"src", "href", "srcset", "action", "style", "data", "xlink:href", "background"}
    assert not any(name.startswith("on") for name in names)
    (style,), (script,) = page.contents("style"), page.contents("script")
    assert set(re.findall(r"url\(([^)]*)\)", style)) == {"#shared"} and "@import" not in style
    policy = next(value for tag, name, value in page.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for text in (style, script):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_it_shows_every_figure() -> None:
    document = sample()
    text = " ".join(data for _, data in Page(as_html(document)).text)
    assert "1 of 6 checks failed" in text
    assert document.flash.used == 2068 and document.ram.used == 5720
    for figure in ("2,068", "5,720", "131,072", "8,192", "4,096", "100,000", "1 × 16 × 16 × 8"):
        assert figure in text
    for check in document.checks:
        assert (check.message or "") in text
        assert all(line in text for line in check.advice)
    for placement in document.models[0].arena.placements or ():
        assert f"{placement.size:,} bytes at {placement.offset:,}" in text
    for owner in document.owners or ():
        assert owner.owner in text
    assert "+68" in text and "Not used: CCM (65,536)" in text


def test_the_picture_is_to_scale() -> None:
    page = Page(as_html(sample()))
    model = sample().models[0]
    assert model.arena.placements is not None
    blocks = re.findall(
        r'<svg class="block (\w+)( peak)?" x="([\d.]+)%" y="(\d+)" width="([\d.]+)%" height="(\d+)"', as_html(sample())
    )
    assert len(blocks) == len(model.arena.placements) and page.problems == []
    for (role, peak, x, y, width, height), place in zip(blocks, model.arena.placements, strict=True):
        assert float(x) == pytest.approx(100 * place.offset / 4096, abs=0.001)
        assert float(width) == pytest.approx(100 * place.size / 4096, abs=0.001)
        assert (int(y) - 1) // 24 == place.first_used + 1
        assert (int(height) + 2) // 24 == place.last_used - place.first_used + 1
        assert bool(peak) == (place.first_used <= 1 <= place.last_used)
        assert (role == "scratch") == (place.tensor is None)
    # net/dw/Relu is written over the first KB of net/conv/Relu while that dies.
    assert re.search(r'<rect x="50.000%" y="49" width="25.000%" height="22" class="shared">', as_html(sample()))


def test_a_buffer_is_labelled_where_there_is_room() -> None:
    """`left` reaches to where `right` begins; `tiny` has room for nothing; all labels are above all blocks."""
    (model, *_) = sample().models
    rows = (("left", 0, 60), ("right", 50, 49), ("tiny", 99, 1))
    placements = tuple(PlacementRow(name, 0, offset, size, 0, 1) for name, offset, size in rows)
    changed = replace(model, arena=replace(model.arena, size=100, placements=placements))
    text = as_html(replace(sample(), models=(changed,)))
    labels = re.findall(r'class="label" x="(.*?)%" y="\d+" width="(.*?)%".*?class="name (\w+)">(\w+)<', text)
    assert labels == [
        ("0.000", "50.000", "always", "left"),
        ("50.000", "49.000", "always", "right"),
        ("99.000", "1.000", "never", "tiny"),
    ]
    assert text.rindex('class="block') < text.index('class="label"')


def test_windows_are_told_from_whole_tensors() -> None:
    """The picture's key has them only where there are some."""
    document, said = sample(), "a few of its rows at a time"
    (model, *others) = document.models
    placements = tuple(replace(place, held=3, rows=16) for place in model.arena.placements or ())
    changed = replace(model, arena=replace(model.arena, placements=placements))
    page = as_html(replace(document, models=(changed, *others)))
    assert said not in as_html(document) and said in page
    assert "3 of its 16 rows at a time" in page and Page(page).problems == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(hostile: str) -> None:
    """The page with hostile names has, tag by tag, the build of the page with harmless ones."""
    page, harmless = (Page(as_html(with_strings(lambda _, name=name: name))) for name in (hostile, "name"))
    assert page.problems == []
    if hostile:
        assert page.outline == harmless.outline
    assert page.contents("style") == harmless.contents("style")
    assert page.contents("script") == harmless.contents("script")
    text = "".join(data for _, data in page.text) + "".join(value for _, _, value in page.attributes)
    assert all(character.isprintable() or character == "\n" for character in text)
    as_html(with_strings(lambda _: hostile)).encode("utf-8")


def test_of_a_report_without_a_firmware() -> None:
    text = report_text(None).replace('"stage": "firmware"', '"stage": "preflight"')
    page = Page(as_html(parse_document(text)))
    assert page.problems == []
    assert "Before linking" in " ".join(data for _, data in page.text)


def test_a_tile_is_red_for_the_firmware_alone() -> None:
    text = report_text()
    red = '<rect width="69.824%" height="100%" class="fill failed">'
    assert red in as_html(parse_document(text))
    of_a_model = text.replace('"name": "ram_budget"', '"name": "arena_budget:kws"')
    assert red not in as_html(parse_document(of_a_model))
    assert red in as_html(parse_document(text.replace('"name": "ram_budget"', '"name": "ram_limit:CCM"')))


def test_without_a_baseline_no_column_is_about_changes() -> None:
    assert "change" in as_html(parse_document(report_text(BASELINE))).partition("<body>")[2].partition("<script>")[0]
    assert "change" not in as_html(parse_document(report_text(None))).partition("<body>")[2].partition("<script>")[0]


def test_element_escapes_text_and_attributes() -> None:
    made = element("p", "<&\">'\n", element("b", 1234567, None), title="\"'<>&\x00", aria_label=5, class_=None)
    assert made.text == (
        '<p title="&quot;&#39;&lt;&gt;&amp;\\x00" aria-label="5">&lt;&amp;&quot;&gt;&#39;\\n<b>1,234,567</b></p>'
    )


def test_a_memory_that_holds_too_much_says_so() -> None:
    parts = (RegionPart("application", 2362),)
    full = RegionRow("RAM", "ram", 0x800100, 2048, "linker map", 2362, 0, parts, parts)
    text = str(memory_map([full, replace(full, name="CCM", used=2048)]))
    assert text.count("too many") == 1
    assert "314 bytes too many" in text
    assert "Known from: linker map." in text


def test_the_fullest_moment_adds_up() -> None:
    """Tensors of 2,048 + 2,048, 1,024 bytes of them twice, and 512 of scratch: 3,584 of 4,096."""
    text = " ".join(data for _, data in Page(as_html(sample())).text)
    live = sample().models[0].calls[1].live
    assert live == 3584
    assert "3,584 bytes are in use, of which some serve several of them" in text
    assert "The other 512 of 4,096 are gaps between buffers." in text
    lost = report_text().replace('"call": 1,', '"call": 77,', 1)
    assert "gaps between" not in as_html(parse_document(lost)), "a report that a hand has changed"


def test_time_is_among_the_tiles() -> None:
    tiles = as_html(sample()).partition('class="tiles"')[2].partition("</section>")[0]
    assert "Time of kws" in tiles and "estimated, of " in tiles
    without = replace(sample(), models=tuple(replace(model, profile=None) for model in sample().models))
    assert "Time of kws" not in as_html(without)


def test_what_is_known_before_the_link_is_shown() -> None:
    text = report_text(None).replace('"stage": "firmware"', '"stage": "preflight"')
    models = tuple(replace(model, flash=None, ram=None, used=None) for model in parse_document(text).models)
    shown = " ".join(data for _, data in Page(as_html(replace(parse_document(text), models=models))).text)
    assert "764" in shown and "not linked yet" in shown and "not known" not in shown


def test_a_model_that_nothing_calls_takes_nothing() -> None:
    """Its arena is planned, and is among the tiles: the tile says that the firmware does without."""
    for used in (True, False, None):
        models = tuple(replace(model, used=used) for model in sample().models)
        tiles = as_html(replace(sample(), models=models)).partition('class="tiles"')[2].partition("</section>")[0]
        assert ("not in this firmware" in tiles) is (used is False)

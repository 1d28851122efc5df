"""report.html in a real browser: fits its window, sorts by keyboard, runs nothing that a name says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, browser
from report_samples import HOSTILE, sample, with_strings

from platformio_tinyml.formats.html import as_html

pytestmark = pytest.mark.slow

WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(as_html(sample()), "utf-8")
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_window(tab: Browser, page: Path, width: int) -> None:
    tab.complaints.clear()
    tab.open(page, width)
    tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") == width
    # Nothing but a scroller's contents reaches beyond the window.
    beyond = f"""[...document.querySelectorAll('body *')].filter((each) => !each.closest('.scroller table, svg')
        && each.getBoundingClientRect().right > {width}).map((each) => each.outerHTML.slice(0, 80))"""
    assert tab.run(beyond) == []
    assert tab.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_names_do_nothing(tab: Browser, tmp_path: Path, number: int, width: int) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(as_html(with_strings(lambda _: HOSTILE[number])), "utf-8")
    tab.complaints.clear()
    tab.requests.clear()
    tab.open(path, width)
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run("document.scripts.length") == 1
    assert tab.run("document.querySelectorAll('img, iframe, object, embed, link, a, form').length") == 0
    assert tab.complaints == []
    assert tab.requests == [path.as_uri()]


def test_the_picture_lines_up_with_its_labels(tab: Browser, page: Path) -> None:
    for width in WIDTHS:
        tab.open(page, width)
        rows, bands = (
            tab.run(f"[...document.querySelectorAll('{what}')].map((each) => each.getBoundingClientRect().top)")
            for what in (".calls li.peak", ".picture .band")
        )
        assert len(rows) == 1 and rows == pytest.approx(bands, abs=1)


def test_columns_sort_by_keyboard(tab: Browser, page: Path) -> None:
    tab.open(page, 1280)
    macs = "[...document.querySelectorAll('table.sortable tbody tr')].map((row) => row.cells[7].textContent)"
    assert tab.run(macs) == ["100,000", "20,000", "0"]
    tab.run("document.querySelector('table.sortable').closest('.scroller').focus()")
    for _ in range(7):
        tab.press("Tab")
    assert tab.run("document.activeElement.textContent") == "MACs"
    sorted_by = "document.activeElement.closest('th').getAttribute('aria-sort')"
    tab.press("Enter")
    assert (tab.run(sorted_by), tab.run(macs)) == ("descending", ["100,000", "20,000", "0"])
    tab.press("Enter")
    assert (tab.run(sorted_by), tab.run(macs)) == ("ascending", ["0", "20,000", "100,000"])
    tab.press("Tab")
    tab.press("Enter")
    assert tab.run("document.querySelectorAll('[aria-sort]').length") == 1


def test_text_is_readable_in_light_and_dark(tab: Browser, page: Path) -> None:
    """Contrast of at least 4.5 (WCAG 2.1 AA) of all text outside of pictures on what lies behind it."""
    contrast = """(() => {
      const parse = (text) => text.match(/[\\d.]+/g).map(Number);
      const light = (text) => parse(text).slice(0, 3).map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (each) => {
        for (let at = each; at; at = at.parentElement) {
          const color = getComputedStyle(at).backgroundColor;
          if (color !== 'rgba(0, 0, 0, 0)') return color;
        }
      };
      const words = [...document.querySelectorAll('body *:not(svg *, script)')].filter((each) =>
        [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
      return words.map((each) => {
        const pair = [light(getComputedStyle(each).color), light(behind(each))].sort((a, b) => b - a);
        return [(pair[0] + 0.05) / (pair[1] + 0.05), each.outerHTML.slice(0, 90)];
      }).filter(([ratio]) => ratio < 4.5);
    })()"""
    for scheme in ("light", "dark"):
        tab.open(page, 1280, scheme=scheme)
        assert tab.run(contrast) == []
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"


def test_it_prints_on_white_and_in_full(tab: Browser, page: Path) -> None:
    tab.open(page, 720, scheme="dark")
    tab.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert tab.run("document.querySelectorAll('details:not([open])').length") == 0
    assert tab.run("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(255, 255, 255)"
    cut = "[...document.querySelectorAll('.scroller')].filter((each) => each.scrollWidth > each.clientWidth).length"
    assert tab.run(cut) == 0
    tab.call("Emulation.setEmulatedMedia", media="")


def test_names_and_roles_for_assistive_technology(tab: Browser, page: Path) -> None:
    tab.open(page, 1280)
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")
    }
    assert ("heading", "vl") in named and ("region", "Memory map") in named
    images = [name for role, name in named if role in ("image", "img")]
    assert len(images) >= 5 and all(images)
    assert any("fullest at operator 1 DEPTHWISE_CONV_2D" in name for name in images)
    for role in ("table", "columnheader", "rowheader", "button"):
        assert any(found == role for found, _ in named), role

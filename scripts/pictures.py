"""Make the pictures of README, docs/pictures/, from a real run: `python scripts/pictures.py` after `make setup`.

Builds examples/digits for an emulated board, twice: as it is, and with a budget that it breaks. The terminal's text
becomes SVG, the page of the build a picture by a headless Chromium; where none is installed the page stays as it is.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
BOARD = "netduinoplus2"
WIDTH, HEIGHT = 1060, 620
"""Of the page's picture, in pixels."""
ROW, COLUMN, MARGIN = 17, 7.8, 14
NO_BREAK = "\N{NO-BREAK SPACE}"
"""SVG leaves no two other spaces beside each other."""
INK = {"ok": "#7ee2a8", "FAILED": "#ff9c9c", "tinyml:": "#ff9c9c", "$": "#9fb3c8"}


def main() -> None:
    """Build, draw, write."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "digits")
        shutil.copytree(ROOT / "examples" / "digits", project, ignore=shutil.ignore_patterns(".pio"))
        ini = project / "platformio.ini"
        ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{ROOT}"))
        said = build(project)
        draw_page(project / ".pio" / "build" / BOARD / "tinyml" / "report.html")
        ini.write_text(ini.read_text().replace("_arena_budget = 10 KB", "_arena_budget = 3 KB"))
        said += ["", *build(project)]
    (PICTURES / "terminal.svg").write_text(as_svg(said), "utf-8")


def build(project: Path) -> list[str]:
    """What a build prints of this library, below its command."""
    done = subprocess.run(
        [sys.executable, "-m", "platformio", "run", "-e", BOARD],
        cwd=project,
        env={**os.environ, "PLATFORMIO_CORE_DIR": str(ROOT / ".tools" / "core")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("tinyml, "))
    table = [line for line in lines[first:] if not line.startswith(("Checking", "Advanced", "RAM: ", "Flash: "))]
    end = next(n for n, line in enumerate(table) if line.startswith(("Building", "***", "Compiling", "=")))
    failures = [line for line in done.stderr.splitlines() if line.startswith(("tinyml: ", "  ")) and line not in table]
    return [f"$ pio run -e {BOARD}", *table[:end], *failures]


def as_svg(lines: list[str]) -> str:
    """Text on a dark ground, as a terminal of 80 columns shows it."""
    rows = []
    for number, line in enumerate(lines):
        ink = next((color for word, color in INK.items() if line.startswith(word)), "#d7dee6")
        y = MARGIN + ROW * (number + 1) - 4
        rows.append(f'<text x="{MARGIN}" y="{y}" fill="{ink}">{html.escape(line).replace(" ", NO_BREAK)}</text>')
    width, height = round(2 * MARGIN + 80 * COLUMN), 2 * MARGIN + ROW * len(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="ui-monospace, SFMono-Regular, Consolas, Liberation Mono, monospace" font-size="13">\n'
        "<title>Two builds in a terminal: one passes, one is refused</title>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#10151c"/>\n{"".join(row + chr(10) for row in rows)}</svg>\n'
    )


def draw_page(page: Path) -> None:
    """The top of the page."""
    if not shutil.which("chromium"):
        print("no chromium: page.png stays as it is")
        return
    sys.path.insert(0, str(ROOT / "tests" / "formats"))
    from browser import browser

    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as tab:
        tab.open(page, WIDTH, HEIGHT)
        tab.screenshot(PICTURES / "page.png", HEIGHT)


if __name__ == "__main__":
    main()

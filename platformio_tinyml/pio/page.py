"""Showing report.html in the user's browser, if there is one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .say import say


def show(page: Path) -> None:
    """Print where the page is, and open it where somebody can look. Nothing waits for the browser."""
    say(f"TinyML: the report is {page}")
    if has_browser(os.environ, sys.platform):
        subprocess.Popen(
            [sys.executable, "-I", "-m", "webbrowser", page.as_uri()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def has_browser(variables: Mapping[str, str], platform: str) -> bool:
    """Not in CI, and there is a desktop or a browser that the user named."""
    desktop = platform in ("win32", "darwin") or any(variables.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return not variables.get("CI") and bool(desktop or variables.get("BROWSER"))

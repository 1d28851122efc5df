"""README names every page of docs/; to those that the package leaves out it has no link (test_tarball.py)."""

from __future__ import annotations

from pathlib import Path


def test_every_page_is_listed(repo: Path) -> None:
    readme = (repo / "README.md").read_text("utf-8")
    assert [page.name for page in sorted((repo / "docs").glob("*.md")) if f"docs/{page.name}" not in readme] == []

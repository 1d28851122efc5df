"""docs/operators.md is what the table says."""

from pathlib import Path

from platformio_tinyml.operators.page import operators_page


def test_the_page_is_up_to_date(repo: Path) -> None:
    written = (repo / "docs" / "operators.md").read_text(encoding="utf-8")
    assert written == operators_page(), "run: python -m platformio_tinyml.operators.page docs/operators.md"

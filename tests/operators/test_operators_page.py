"""docs/operators.md is what the table says."""

from pathlib import Path

from platformio_tinyml.operators import OPERATORS
from platformio_tinyml.operators.left_out import BEYOND_TFLM, REASONS, TFLM
from platformio_tinyml.operators.page import operators_page


def test_the_page_is_up_to_date(repo: Path) -> None:
    written = (repo / "docs" / "operators.md").read_text(encoding="utf-8")
    assert written == operators_page(), "run: python -m platformio_tinyml.operators.page docs/operators.md"


def test_every_operator_of_tflm_is_there_or_left_out_for_a_reason() -> None:
    known = set(TFLM.split())
    assert known - OPERATORS.keys() == REASONS.keys()
    of_tflm = {opcode for opcode in OPERATORS if not opcode.startswith("Signal")}
    assert of_tflm - known == set(BEYOND_TFLM)

"""Fixtures of the tests of quantize."""

from pathlib import Path

import pytest
from quantize_tool import Tool


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """A folder of its own with a source, its data and a fake worker."""
    return Tool(tmp_path)

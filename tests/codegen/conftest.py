"""The sample model, generated."""

from pathlib import Path

import pytest
import sample
from c_build import generate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program = sample.program()
    generate(tmp_path, program, sample.plan(program), sample.MACS)
    return tmp_path

"""docs/keras_layers.md: as real conversions have it where there is a TensorFlow; and true of the operators of today."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from platformio_tinyml.operators.table import OPERATORS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "keras_layers.md"


def rows():
    """Layer, operators, verdict of each line."""
    lines = re.findall(r"^\| `(.+?)` \| [\d x]+ \| (.+?) \| (.+?) \| .*\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 80
    return lines


def test_what_is_taken_has_kernels_and_what_is_not_says_why():
    for layer, operators, taken in rows():
        kinds = set(re.findall(r"[A-Z][A-Z_0-9]+", operators))
        if taken.startswith("yes"):
            assert kinds <= set(OPERATORS), layer
        else:
            named = set(re.findall(r"[A-Z][A-Z_0-9]{2,}", taken))
            assert named <= kinds, layer
            assert taken != "no: "


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("TINYML_TENSORFLOW_PYTHON"),
    reason="TINYML_TENSORFLOW_PYTHON names no interpreter with TensorFlow",
)
def test_it_is_as_generated(tmp_path):
    page = tmp_path / "page.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "keras_layers.py", page], check=True, capture_output=True)
    versions = r"\(TensorFlow [\d.]+, Keras [\d.]+;"
    assert re.sub(versions, "", page.read_text()) == re.sub(versions, "", PAGE.read_text())

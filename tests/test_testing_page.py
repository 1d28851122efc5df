"""docs/testing.md: each test that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_named_test_exists():
    file = text = ""
    named = 0
    for name in re.findall(r"`([\w/]+\.py(?:::\w+)?|test_\w+)`", (ROOT / "docs" / "testing.md").read_text("utf-8")):
        path, _, test = name.partition("::")
        if path.endswith(".py"):
            file = path if path.startswith("tests/") else f"tests/pio/{path}"
            text = (ROOT / file).read_text("utf-8") if (ROOT / file).is_file() else ""
        else:
            test = path
        assert text, file
        assert not test or f"\ndef {test}(" in text, f"{file} has no {test}"
        named += 1
    assert named > 40

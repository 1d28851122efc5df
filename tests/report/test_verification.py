"""What `verify` found, judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from platformio_tinyml.errors import UsageError
from platformio_tinyml.report.stack import Stack
from platformio_tinyml.report.verification import Verification, judge_outputs, read_verification

GOOD = Verification("kws", "another runtime", True, 4, "generated", None, 1000, Stack(64, 1600))


def test_difference_fails():
    good, bad = judge_outputs([GOOD, replace(GOOD, name="other", difference="other_output_0, byte 1 of 4")])
    assert (good.name, good.ok) == ("verify:kws", True)
    assert (bad.name, bad.ok) == ("verify:other", False)
    assert "other differs from another runtime: other_output_0, byte 1 of 4" in bad.message


def test_file(tmp_path: Path):
    path = tmp_path / "kws.json"
    path.write_text(json.dumps({"schema": "tinyml-verify/1", "ok": True, "name": "kws", **GOOD.as_row()}))
    assert read_verification(path) == GOOD
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"is not of `verify --json`"):
        read_verification(path)

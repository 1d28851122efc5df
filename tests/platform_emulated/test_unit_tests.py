"""`pio test` reads the emulator, with a test framework that needs no registry."""

import re
import shutil
from pathlib import Path

import pytest

FAMILIES = ("netduinoplus2", "hifive1-revb", "lx106", "uno", "host")


@pytest.mark.slow
def test_pio_test(tmp_path, make_project, pio):
    make_project(tmp_path, FAMILIES, "test_framework = custom", {})
    shutil.copytree(Path(__file__).parent / "unit_tests", tmp_path, dirs_exist_ok=True)
    result = pio(tmp_path, "test")
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(FAMILIES)} test cases: {len(FAMILIES)} succeeded" in result.stdout + result.stderr

    ini = (tmp_path / "platformio.ini").read_text()
    failing = ini.replace("board = host\n", "board = host\nbuild_flags = -DEXPECTED=6\n")
    failing = failing.replace("board = uno\n", "board = uno\nbuild_flags = -DEXIT_CODE=7\n")
    (tmp_path / "platformio.ini").write_text(failing)
    result = pio(tmp_path, "test")
    output = result.stdout + result.stderr
    assert result.returncode == 1
    assert re.search(r"^host +test_sums +FAILED", output, re.MULTILINE)
    assert re.search(r"^uno +test_sums +ERRORED", output, re.MULTILINE)
    assert re.search(r"^netduinoplus2 +test_sums +PASSED", output, re.MULTILINE)

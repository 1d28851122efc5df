"""`pio test` reads the emulator, with a test framework that needs no registry."""

import shutil
from pathlib import Path

import pytest

FAMILIES = ("netduinoplus2", "uno", "host")


@pytest.mark.slow
def test_pio_test(tmp_path, make_project, pio):
    make_project(tmp_path, FAMILIES, "test_framework = custom", {})
    shutil.copytree(Path(__file__).parent / "unit_tests", tmp_path, dirs_exist_ok=True)
    result = pio(tmp_path, "test")
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(FAMILIES)} test cases: {len(FAMILIES)} succeeded" in result.stdout + result.stderr

    with (tmp_path / "platformio.ini").open("a") as file:
        file.write("build_flags = -DEXPECTED=6\n")  # the last environment, host
    result = pio(tmp_path, "test")
    assert result.returncode == 1
    assert "1 failed" in result.stdout + result.stderr

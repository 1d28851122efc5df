"""examples/digits, in QEMU on two architectures and on this computer: the same scores of the same digits."""

import json
import re
import shutil

import pytest

ENVIRONMENTS = ("netduinoplus2", "hifive1-revb", "host")


@pytest.mark.slow
def test_digits(repo, tmp_path, pio):
    example = tmp_path / "digits"
    shutil.copytree(repo / "examples" / "digits", example, ignore=shutil.ignore_patterns(".pio"))
    ini = example / "platformio.ini"
    ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{repo}"))
    said = {}
    for environment in ENVIRONMENTS:
        done = pio(example, "run", "-e", environment, "-t", "exec")
        assert done.returncode == 0, done.stdout + done.stderr
        said[environment] = re.findall(r"^digit .*|^\d+ of 360 digits right", done.stdout, re.MULTILINE)
        report = json.loads((example / ".pio/build" / environment / "tinyml/report.json").read_text())
        assert report["ok"]
    assert said["netduinoplus2"] == said["hifive1-revb"] == said["host"]
    assert len(said["host"]) > 10
    assert said["host"][-1].endswith("of 360 digits right")

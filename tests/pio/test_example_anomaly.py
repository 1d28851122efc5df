"""examples/anomaly: its locked model in an emulator; and, where TensorFlow is given, from its source."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def example(repo: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "anomaly"
    shutil.copytree(repo / "examples" / "anomaly", folder, ignore=shutil.ignore_patterns(".pio"))
    ini = folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{repo}"))
    return folder


def windows(output: str) -> list[tuple[str, int, str]]:
    """(what it is, error in thousandths, what was found) for each line of the firmware."""
    lines = re.findall(r"^window +\d+, (healthy|faulty) *: error 0\.(\d{3}), (FAULT|ok)$", output, re.MULTILINE)
    return [(kind, int(error), found) for kind, error, found in lines]


def report(example: Path) -> dict:
    return json.loads((example / ".pio/build/netduinoplus2/tinyml/report.json").read_text())


def test_locked(example, pio):
    ini = example / "platformio.ini"
    ini.write_text(ini.read_text().replace("[env]\n", "[env]\ncustom_tinyml_python = ./is-not-there\n", 1))
    done = pio(example, "run", "-e", "netduinoplus2", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "converting" not in done.stdout
    shown = windows(done.stdout)
    assert [(kind, found) for kind, _, found in shown] == [("healthy", "ok")] * 10 + [("faulty", "FAULT")] * 10
    worst = max(error for kind, error, _ in shown if kind == "healthy")
    least = min(error for kind, error, _ in shown if kind == "faulty")
    assert 1.5 * worst < 182 < least / 1.5
    quantization = report(example)["models"][0]["quantization"]
    assert {"source": "vibration.keras", "metric": "mse", "calibrated": True}.items() <= quantization.items()
    assert {"name": "accuracy:vibration", "ok": True}.items() <= report(example)["checks"][-1].items()


def test_host(example, pio):
    done = pio(example, "run", "-e", "host", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 of 20 windows right" in done.stdout


def test_from_source(example, pio):
    python = os.environ.get("TINYML_TENSORFLOW_PYTHON")
    if not python:
        pytest.skip("TINYML_TENSORFLOW_PYTHON names no interpreter with TensorFlow")
    locked = json.loads((example / "models" / "vibration.tinyml.lock").read_text())
    for name in ("vibration.tinyml.lock", "vibration.int8.tflite"):
        (example / "models" / name).unlink()
    ini = example / "platformio.ini"
    ini.write_text(ini.read_text().replace("[env]\n", f"[env]\ncustom_tinyml_python = {python}\n", 1))
    done = pio(example, "run", "-e", "netduinoplus2", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TinyML: calibrating, sample 256 of 256" in done.stdout
    assert "20 of 20 windows right" in done.stdout
    assert report(example)["models"][0]["quantization"]["drop"] < 0.02
    details = json.loads(next((example / ".pio" / "tinyml").glob("*/vibration.json")).read_text())
    if details["versions"] == locked["versions"]:
        assert details["sha256"] == locked["int8"]["sha256"], "the same inputs give the same bytes"

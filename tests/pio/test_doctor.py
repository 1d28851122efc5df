"""`pio-tinyml doctor`."""

import json
from pathlib import Path

import pytest

from platformio_tinyml.cli import main
from platformio_tinyml.quantize.environment import ConversionEnvironment
from platformio_tinyml.tool_env import ToolEnvironment, pins


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """`doctor(ini)`: exit code and findings by (area, what), for a project with one model."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "kws.tflite").touch()

    def run(ini: str | None) -> tuple[int, dict[tuple[str, str], dict[str, object]]]:
        if ini is not None:
            (tmp_path / "platformio.ini").write_text(ini)
        code = main(["doctor", "--json", "--project", str(tmp_path), "--core-dir", str(tmp_path / "core")])
        report = json.loads(capsys.readouterr().out)
        assert report["ok"] is (code == 0)
        return code, {(finding["area"], finding["what"]): finding for finding in report["findings"]}

    return run


def test_packages(doctor, tmp_path):
    _, before = doctor(None)
    folder = ToolEnvironment(tmp_path / "core").folder
    assert before["packages", "folder of the build"]["found"] == str(folder)
    assert before["packages", "jinja2"]["found"] == f"not installed, pinned {pins()['jinja2']}"
    (folder / f"Jinja2-{pins()['jinja2']}.dist-info").mkdir(parents=True)
    (folder / "tflite-1.0.dist-info").mkdir()
    _, after = doctor(None)
    assert (before["packages", "jinja2"]["ok"], after["packages", "jinja2"]["ok"]) == (None, True)
    assert after["packages", "tflite"]["found"].startswith("1.0, pinned")


def test_what_a_build_would_choose(doctor):
    code, found = doctor(
        "[env]\ncustom_tinyml_ram_budget = 50%\n"
        "[env:one]\nboard = uno\n[env:two]\ncustom_tinyml = off\n"
        "[env:three]\ncustom_tinyml_models = models/kws.tflite\n"
    )
    assert code == 0
    assert found["project", "env:one"]["found"].endswith("kws.tflite (the only one in models/)")
    assert found["project", "env:two"]["found"].startswith("off")
    assert found["project", "env:three"]["found"].endswith("(named in the options)")


@pytest.mark.parametrize("ini", ["[env:one]\ncustom_tinyml_modles = x\n", "[env:one\n", "nonsense"])
def test_what_keeps_a_build_from_running(doctor, ini):
    code, found = doctor(ini)
    assert code == 4
    assert any(finding["ok"] is False and finding["next_step"] for finding in found.values())


def test_text(tmp_path, capsys):
    assert main(["doctor", "--project", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "interpreter\n  ok python" in text
    assert "arm-none-eabi-gcc" in text
    assert "qemu-system-arm" in text
    assert all(len(line) <= 80 or len(line.split()) == 1 for line in text.splitlines()), "but for a longer path"
    assert text.count("The next build installs what is pinned.") <= 1, "one step for a set"


def test_tensorflow(doctor, tmp_path):
    _, found = doctor(None)
    assert found["conversion", "tensorflow"]["found"] == "not installed"
    assert "custom_tinyml_python" in found["conversion", "tensorflow"]["next_step"]
    packages = ConversionEnvironment(tmp_path / "core").folder / "lib" / "python3.11" / "site-packages"
    (packages / "tensorflow-2.19.0.dist-info").mkdir(parents=True)
    _, found = doctor(None)
    assert found["conversion", "tensorflow"]["ok"] is True
    assert found["conversion", "tensorflow"]["found"].startswith("2.19.0 in ")


def test_an_interpreter_that_the_project_names(doctor, tmp_path):
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    named = f"[env:one]\ncustom_tinyml_python = {python}\n"
    _, found = doctor(named)
    assert found["project", "env:one python"]["found"].endswith("TensorFlow not found beside it")
    (tmp_path / "lib" / "python3.12" / "site-packages" / "tensorflow_cpu-2.18.1.dist-info").mkdir(parents=True)
    _, found = doctor(named)
    assert found["project", "env:one python"]["found"].endswith("TensorFlow 2.18.1")
    code, found = doctor("[env:one]\ncustom_tinyml_python = no-such-python\n")
    assert code == 4 and found["project", "env:one python"]["next_step"]

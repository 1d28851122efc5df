"""`pio-tinyml doctor`."""

import json
from pathlib import Path

import pytest

from platformio_tinyml.cli import main
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
    assert "ok interpreter" in text
    assert "arm-none-eabi-gcc" in text
    assert "qemu-system-arm" in text

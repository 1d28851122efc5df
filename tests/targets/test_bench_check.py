"""Instructions, flash and RAM of the examples' models do not grow: `make bench-check`."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def benchmarks(repo: Path):
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    spec = importlib.util.spec_from_file_location("benchmarks_run", repo / "benchmarks" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_grew(benchmarks, capsys):
    assert benchmarks.main(["digits", "sine", "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("kind", ["instructions", "flash", "ram"])
def test_growth_is_told(kind, benchmarks, tmp_path, monkeypatch, capsys):
    known = json.loads(benchmarks.RESULTS.read_text())
    known["sine -Os"][kind] = int(known["sine -Os"][kind] * 0.98)
    monkeypatch.setattr(benchmarks, "RESULTS", tmp_path / "results.json")
    benchmarks.RESULTS.write_text(json.dumps(known))
    assert benchmarks.main(["sine", "--check"]) == 1
    assert f"sine -Os: {kind} " in capsys.readouterr().out


def test_what_has_no_figure_is_told(benchmarks, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(benchmarks, "RESULTS", tmp_path / "none.json")
    assert benchmarks.main(["sine", "--check"]) == 1
    assert "--write" in capsys.readouterr().out

"""benchmarks/run.py: tables with our exact figures beside those of TFLM, and a page that they are written into."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("unicorn")


@pytest.fixture
def run(repo: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_run", repo / "benchmarks" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables(
    run: ModuleType,
    capsys: pytest.CaptureFixture[str],
    shared_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TINYML_TFLM_CMSIS_NN_LIBRARY", raising=False)  # it takes minutes to compile
    if not shutil.which("arm-none-eabi-gcc"):
        pytest.skip("arm-none-eabi-gcc is not installed")
    bench = run.bench_model(shared_models / "hello_world_int8.tflite", run.find_target(run.BOARD), "-Os")
    run.PAGE, run.RESULTS = tmp_path / "page.md", tmp_path / "results.json"
    run.PAGE.write_text(f"before\n{run.MARKS[0]}old figures\n{run.MARKS[1]}\nafter\n")
    assert run.main(["hello_world_int8", "--write"]) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.startswith("| hello_world_int8 | 220 |"))
    assert f"| {bench.instructions:,} |" in row
    assert "| 7,663 | 5,281 | 3,844 | 3,524 |" in row
    page = run.PAGE.read_text()
    assert page == f"before\n{run.MARKS[0]}\n{printed}{run.MARKS[1]}\nafter\n"


def test_no_model_at_hand(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["no_such_model"]) == 0
    assert "no model at hand" in capsys.readouterr().err


def test_the_page_has_its_marks(run: ModuleType) -> None:
    page = run.PAGE.read_text()
    assert [page.count(mark) for mark in run.MARKS] == [1, 1]

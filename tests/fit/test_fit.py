"""Verdicts against firmware that was built and measured; the bundled list; text and JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platformio_tinyml.bench import bench_model
from platformio_tinyml.cli.main import main
from platformio_tinyml.codegen import kernel_sources
from platformio_tinyml.firmware.boards import Board, bundled_boards, installed_boards
from platformio_tinyml.fit import Allowance, Cost, allowance_of, cost_of, latency_on, rank, tflm_cost_of
from platformio_tinyml.fit.cost import kernel_sizes
from platformio_tinyml.fit.latency import count_work
from platformio_tinyml.fit.rank import FITS, NO, TIGHT
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model_file

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits" / "models" / "digits.tflite"
SINE = ROOT / "examples" / "sine" / "models" / "sine.tflite"
SHARED = ROOT.parent / "shared" / "models"

sys.path.append(str(ROOT / "scripts"))
import measure_kernels  # noqa: E402


def board(core: str = "cortex-m4", flash: int = 1 << 20, ram: int = 1 << 17) -> Board:
    return Board("b", "B", "ststm32", "m", core, 100, flash, ram, "a test")


@pytest.mark.parametrize("name", ["netduinoplus2", "microbit", "hifive1-revb"])
@pytest.mark.parametrize("model", [DIGITS, SINE, SHARED / "micro_speech_quantized.tflite"], ids=lambda path: path.stem)
def test_the_bound_holds_for_what_is_built(model: Path, name: str) -> None:
    """Tables and arena exact, code below its bound and not a small part of it."""
    if not model.exists():
        pytest.skip(f"{model.name} is not beside the repository")
    bench = bench_model(model, find_target(name))
    cost = cost_of(read_model_file(model))
    weights = next(owner.flash for owner in bench.owners if owner.owner.startswith("weights:"))
    assert cost.constants <= weights <= bench.flash
    core = next(board.core for board in bundled_boards() if board.name == name)
    assert cost.arena_bound(core) == bench.ram
    code = bench.flash - cost.constants
    assert code <= cost.code_bound(core) <= 5 * code


@pytest.mark.slow
def test_the_table_of_kernels_is_of_these_kernels() -> None:
    """Within a quarter, so that the margin of the bound stays one. If not: python scripts/measure_kernels.py."""
    for core in ("cortex-m0plus", "cortex-m4", "avr", "rv32imac"):
        try:
            now = measure_kernels.measure(core)
        except FileNotFoundError:
            pytest.skip(f"no compiler for {core}")
        listed, _ = kernel_sizes(core)
        for kernel, size in now.items():
            assert listed[kernel] * 0.75 - 50 <= size <= listed[kernel] * 1.25 + 50, (core, kernel)


def test_every_kernel_has_a_size_on_every_core() -> None:
    for core in ("cortex-m0", "cortex-m4", "avr", "rv32imc", "rv32imac", "xtensa-lx6", ""):
        sizes, margin = kernel_sizes(core)
        assert sizes.keys() >= {name for name in kernel_sources() if name.endswith("_s8.c")}
        assert margin > 1
    assert kernel_sizes("xtensa-lx6")[1] > kernel_sizes("cortex-m4")[1]


def test_bundled_boards_have_their_facts() -> None:
    boards = [row for row in bundled_boards() if row.platform != "emulated"]
    assert len(boards) >= 40
    assert len({row.name for row in boards}) == len(boards)
    for row in boards:
        assert row.source.startswith(f"platform-{row.platform}, boards/{row.name}.json")
        assert row.flash and row.ram and row.flash > row.ram
        assert row.mhz and 8 <= row.mhz <= 1000
        assert re.fullmatch(r"cortex-m(0plus|3|4|7|33)|avr|rv32imc|xtensa-lx[67]", row.core)


@given(
    st.integers(0, 1 << 22),
    st.integers(0, 1 << 20),
    st.lists(st.tuples(st.integers(1, 1 << 23), st.integers(1, 1 << 20)), min_size=1, max_size=8),
)
def test_verdicts_follow_from_the_figures(tables: int, arena: int, sizes: list[tuple[int, int]]) -> None:
    cost = Cost("m", "compiled", tables, arena, max(tables, arena), {"": arena}, {"": 3000})
    allowance = Allowance(30_000, 5_000)
    fits = rank(cost, [board(flash=flash, ram=ram) for flash, ram in sizes], lambda _: allowance)
    assert len(fits) == len(sizes)
    for fit in fits:
        flash, ram = fit.board.flash or 0, fit.board.ram or 0
        assert (fit.verdict == NO) == (tables > flash or arena > ram)
        assert (fit.verdict == FITS) == (fit.free_flash >= 0 and fit.free_ram >= 0)
        assert fit.free_flash == flash - fit.flash_bound - 30_000
        assert bool(fit.reasons) == (fit.verdict != FITS)
    keys = [((FITS, TIGHT, NO).index(fit.verdict), -fit.headroom) for fit in fits]
    assert keys == sorted(keys)


def test_what_an_avr_cannot_address_does_not_fit() -> None:
    roomy = board("avr", 1 << 20, 1 << 17)
    for tables, largest, reason in ((40_000, 40_000, "one object"), (70_000, 20_000, "AVR reads")):
        (fit,) = rank(Cost("m", "compiled", tables, 100, largest, {"": 100}, {"": 1}), [roomy], allowance_of)
        assert fit.verdict == NO and reason in fit.reasons[0]


@pytest.mark.parametrize("name", json.loads((ROOT / "benchmarks" / "tflm.json").read_text("utf-8"))["models"])
def test_the_bounds_of_tflm_hold_for_what_was_measured(name: str) -> None:
    path = SHARED / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the repository")
    measured = json.loads((ROOT / "benchmarks" / "tflm.json").read_text("utf-8"))["models"][name]
    cost = tflm_cost_of(read_model_file(path), path.read_bytes())
    assert cost.constants == path.stat().st_size
    for arena in measured["arena"].values():
        assert cost.arena_least < arena <= cost.arena_bound("cortex-m4") < 1.25 * arena + 1024
    for flash in measured["runtime_flash"].values():
        assert flash <= cost.code_bound("cortex-m4") <= 4 * flash


def test_tflm_is_ranked_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(SINE), "--runtime", "tflm"]) == 0
    text = capsys.readouterr().out
    assert "sine, tflm runtime" in text and "a bound, with typical struct sizes" in text
    assert "TensorFlow Lite Micro has no AVR" in next(line for line in text.splitlines() if line.startswith("  uno "))


def test_boards_without_limits_are_left_out() -> None:
    assert not rank(cost_of(read_model_file(SINE)), [Board("h", "", "", "", "", None, None, None, "")], allowance_of)


def test_latency_is_a_range_at_the_boards_clock() -> None:
    counted = count_work(SINE, [board("cortex-m4"), board("cortex-m7"), board("avr")])
    assert set(counted) == {"cortex-m4", "cortex-m7"}
    instructions = counted["cortex-m4"]["instructions"]
    assert instructions == bench_model(SINE, find_target("netduinoplus2")).instructions
    m4, m7 = latency_on(board("cortex-m4"), counted), latency_on(board("cortex-m7"), counted)
    assert m4 and m4.instructions == instructions and 1 < m4.cpi[0] < m4.cpi[1] < 5
    assert m4.milliseconds == pytest.approx([instructions * cpi / 1e5 for cpi in m4.cpi])
    assert m7 and m7.milliseconds[0] < m4.milliseconds[0]
    assert latency_on(board("avr"), counted) is None


def test_text_is_80_columns_and_says_what_is_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(DIGITS), "--latency"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "(estimate)" in text and "allowance" in text and "counted in the emulator" in text
    lines = text.splitlines()
    assert next(line for line in lines if line.startswith("  nucleo_f446re")).count("~") == 2
    assert lines.index("fits") < lines.index("does not fit, certainly")
    assert "arena of 3,472 in 2,048 of RAM" in next(line for line in lines if line.startswith("  uno "))


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(DIGITS), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "tinyml-report/1" and document["ok"] is True
    rows = {row["board"]: row for row in document["boards"]}
    uno = rows["uno"]
    assert (uno["verdict"], uno["core"], uno["latency_estimate"]) == ("no", "avr", None)
    f446 = rows["nucleo_f446re"]
    flash = f446["flash"]
    assert flash["free_estimate"] == flash["board"] - flash["model_bound"] - flash["firmware_allowance"]
    assert flash["model_bound"] > document["flash"]["constants"]


def test_a_board_of_given_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(DIGITS), "--flash", "64K", "--ram", "16K", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["verdict"], row["core"], row["flash"]["board"]) == ("fits", None, 65536)
    assert main(["fit", str(DIGITS), "--flash", "64K", "--ram", "9K"]) == 1
    assert "tight" in capsys.readouterr().out
    assert main(["fit", str(DIGITS), "--flash", "64K", "--ram", "9K", "--firmware-ram", "100"]) == 0
    assert main(["fit", str(DIGITS), "--flash", "64K"]) == 2
    assert main(["fit", str(DIGITS), "--flash", "0", "--ram", "9K"]) == 2
    assert main(["fit", str(DIGITS), "--runtime", "tflm", "--latency"]) == 2
    assert main(["fit", str(DIGITS.parent / "none.tflite")]) == 2


def test_boards_of_installed_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "platforms" / "mine@1.0" / "boards"
    folder.mkdir(parents=True)
    good = {
        "name": "Mine\x1b[2J",
        "build": {"mcu": "gd32x", "f_cpu": "72000000L"},
        "upload": {"maximum_size": 1 << 20, "maximum_ram_size": 1 << 17},
    }
    (folder / "mine.json").write_text(json.dumps(good))
    for name, text in (("bad", "{"), ("list", "[]"), ("deep", "[" * 100_000), ("none", "{}"), ("bytes", "\xff")):
        (folder / f"{name}.json").write_text(text, "latin-1")
    (row,) = installed_boards(tmp_path)
    assert (row.name, row.platform, row.core, row.mhz) == ("mine", "mine", "", 72)
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path))
    assert main(["fit", str(SINE), "--installed"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^  mine +\? +72 ", text, re.MULTILINE) and "\x1b" not in text
    assert main(["fit", str(SINE)]) == 0
    assert "  mine " not in capsys.readouterr().out

"""`check` and `footprint` with --map; the table; the arena of an AVR, which needs no alignment."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from linked import AVR, KWS, link, link_stm32

from platformio_tinyml.cli.main import main
from platformio_tinyml.firmware.footprint import Footprint, SectionSize, SizeEntry
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.formats.text import LINES, as_table
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.measured.limits import Budgets, Sizes


@pytest.fixture
def stm32(tmp_path: Path) -> list[str]:
    link_stm32(tmp_path, extra='const char *text(void) { return "a literal"; }')
    (tmp_path / "kws_model.json").write_text(KWS.to_json())
    return [str(tmp_path / "firmware.elf"), "--manifest", str(tmp_path / "kws_model.json"), "--mcu", "stm32f100rbt6"]


def test_check_takes_the_map(stm32: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = ["-o", str(tmp_path / "out"), "--json"]
    reports = []
    for more in ([], ["--map", str(tmp_path / "firmware.map")]):
        assert main(["check", *stm32, *output, *more]) == 0
        reports.append(json.loads(capsys.readouterr().out))
    without, with_map = reports
    for kind in ("flash", "ram"):
        assert sum(row[kind] for row in with_map["owners"]) == with_map[kind]["used"] == without[kind]["used"]
    assert "unattributed" in {row["owner"] for row in without["owners"] if row["flash"]}
    assert "unattributed" not in {row["owner"] for row in with_map["owners"] if row["flash"]}
    assert with_map["models"][0]["ram"] == 4096


def test_a_wrong_map_is_a_note_not_a_failure(
    stm32: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link_stm32(tmp_path / "other", arena=4112)
    wrong = ["--map", str(tmp_path / "other" / "firmware.map")]
    assert main(["check", *stm32, "-o", str(tmp_path / "out"), *wrong]) == 0
    assert "note: owners go by symbols alone" in capsys.readouterr().out
    assert main(["footprint", *stm32, *wrong]) == 0
    assert "firmware.map is the map of another link" in capsys.readouterr().out


def test_a_link_after_errors_wants_its_map(
    stm32: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link_stm32(tmp_path / "other", arena=4112)
    command = ["check", *stm32, "-o", str(tmp_path / "out"), "--require-map"]
    assert main([*command, "--map", str(tmp_path / "firmware.map")]) == 0
    for wrong in ([], ["--map", str(tmp_path / "other" / "firmware.map")]):
        assert main([*command, *wrong]) == 1
        assert "tinyml: map: the linker was told to go on after errors" in capsys.readouterr().err


def test_footprint_takes_the_map(stm32: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", *stm32, "--map", str(tmp_path / "firmware.map"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert not document["notes"]
    assert sum(row["flash"] for row in document["symbols"]) == document["flash"]["used"]


def test_many_owners_make_no_more_lines() -> None:
    owners = ["weights:kws", "arena:kws", "tinyml", "tflm", *(f"tflm:op{i}" for i in range(12)), "framework", "libc"]
    entries = tuple(SizeEntry(owner, ".text", owner, 100 + i, 0) for i, owner in enumerate(owners))
    total = sum(entry.flash for entry in entries)
    notes = ("owners go by symbols alone: firmware.map is the map of another link",) * 2
    memory = MemoryMap((), (), False, "a test")
    footprint = Footprint(entries, (SectionSize(".text", "", total, 0),), memory, True, notes)
    manifests = tuple(replace(KWS, name=f"kws{i}") for i in range(4))
    report = Report("firmware", "e", "b", manifests, footprint, Sizes(), Budgets(), (), Sizes())
    lines = as_table(report).splitlines()
    assert len(lines) <= LINES + 2 * 2
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_an_avr_needs_no_aligned_arena(tmp_path: Path, shift: int) -> None:
    source = f"""
    signed char before[{shift}], kws_arena[32];
    int kws_invoke(void) {{ return kws_arena[before[0]]; }}
    int main(void) {{ return kws_invoke(); }}
    """
    link(tmp_path, AVR, {"main.c": source}, "-fno-common", "-O0")
    manifest = replace(KWS, arena=replace(KWS.arena, size=32, alignment=16))
    (tmp_path / "kws_model.json").write_text(manifest.to_json())
    arguments = [str(tmp_path / "firmware.elf"), "--manifest", str(tmp_path / "kws_model.json"), "--mcu", "atmega328p"]
    assert main(["check", *arguments, "-o", str(tmp_path / "out")]) == 0

"""Limits: the smaller of the board's and of the regions that the link used, and where each comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from linked import KWS, link_stm32
from shapes import DATA, TEXT, linked, script

from platformio_tinyml.cli import main
from platformio_tinyml.files import write_text
from platformio_tinyml.judgement.room import within_regions
from platformio_tinyml.measured.limits import Sizes

BOARD = Sizes(1 << 20, 128 * 1024)
OF = "of the linker script"


@pytest.mark.parametrize(
    ("memories", "board", "limits"),
    [
        # A boot loader's own 16 KB, or an application behind one.
        (
            "FLASH rx 0x08008000 16K,RAM xrw 0x20000000 128K",
            BOARD,
            Sizes(16384, 131072, f"region FLASH {OF}", ""),
        ),
        # The board has less than the script.
        ("FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K", Sizes(4096, 2000), Sizes(4096, 2000)),
        # Memories of an RTOS or a boot loader are at the start of the RAM.
        (
            "FLASH rx 0x08000000 1M,RAM xrw 0x20003600 64K",
            BOARD,
            Sizes(1 << 20, 65536, "", f"region RAM {OF}"),
        ),
        # Two parts of a flash, and what the first sectors are left to.
        (
            "ISR rx 0x08000000 16K,FLASH rx 0x08010000 64K,RAM xrw 0x20000000 128K",
            BOARD,
            Sizes(65536 + 65536, 131072, f"region ISR and FLASH {OF}", ""),
        ),
        # What the script has beside, and nothing is in.
        (
            "FLASH rx 0x08000000 64K,STORE rw 0x08010000 960K,RAM xrw 0x20000000 112K,RAM2 xrw 0x2001C000 16K",
            BOARD,
            Sizes(65536, 112 * 1024, f"region FLASH {OF}", f"region RAM {OF}"),
        ),
        # A board file without limits.
        ("FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K", Sizes(), Sizes(1 << 20, 1 << 17, f"region FLASH {OF}",
         f"region RAM {OF}")),
    ],
)  # fmt: skip
def test_the_smaller_of_the_boards_and_the_scripts(tmp_path: Path, memories: str, board: Sizes, limits: Sizes) -> None:
    vectors = TEXT.replace(">FLASH", ">ISR", 1) if memories.startswith("ISR") else TEXT
    footprint = linked(tmp_path, script(memories, vectors, DATA), "stm32f405rgt6")
    assert within_regions(board, footprint) == limits


def test_a_chip_has_no_more_than_it_has(tmp_path: Path) -> None:
    """Board files that count CCM into the RAM."""
    text = script("FLASH rx 0x08000000 1M,RAM xrw 0x20000000 192K", TEXT, DATA)
    for with_map in (True, False):
        footprint = linked(tmp_path / str(with_map), text, "stm32f405rgt6", with_map=with_map)
        limits = within_regions(Sizes(1 << 20, 192 * 1024), footprint)
        assert limits.ram == 128 * 1024
        assert limits.ram_source == (f"region RAM {OF}" if with_map else "RAM of the stm32f405")
    # Without a map the largest part of that name is no limit where nobody gives one.
    assert within_regions(Sizes(), footprint) == Sizes()


def command(folder: Path, *more: str) -> list[str]:
    write_text(folder / "kws_model.json", KWS.to_json())
    return [
        "check", str(folder / "firmware.elf"), "--map", str(folder / "firmware.map"), "--mcu", "stm32f100rbt6",
        "--manifest", str(folder / "kws_model.json"), "--flash-limit", "131072", "--ram-limit", "8192",
        "-o", str(folder), *more,
    ]  # fmt: skip


def test_percentages_budgets_and_advice_go_by_the_limit_that_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link_stm32(tmp_path, flash="4K", ram="7K")
    assert main(command(tmp_path)) == 0
    table = capsys.readouterr().out
    document = json.loads((tmp_path / "report.json").read_text())
    used = document["flash"]["used"]
    assert document["flash"]["limit"] == 4096 and document["ram"]["limit"] == 7168
    assert document["flash"]["limit_source"] == f"region FLASH {OF}"
    assert f"{100 * used / 4096:.1f}%" in table
    assert f"note: limit of flash: 4,096 bytes, region FLASH {OF}" in table
    page = (tmp_path / "report.html").read_text()
    assert f"the limit is that of region FLASH {OF}" in page
    free = {row["name"]: row["free"] for row in document["regions"]}
    assert free["FLASH"] == 4096 - used and free["RAM"] == 7168 - document["ram"]["used"]

    assert main(command(tmp_path, "--flash-budget", "8 KB")) == 2
    assert f"8,192 bytes is above the limit of region FLASH {OF} of 4,096" in capsys.readouterr().err
    assert main(command(tmp_path, "--ram-budget", "50 percent")) == 1
    failed = " ".join(capsys.readouterr().err.split())
    assert "3,584 allowed" in failed
    assert " percent of 7,168)" in failed


def test_an_overflow_of_a_region_is_told_by_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert link_stm32(tmp_path, flash="512", check=False).returncode
    (tmp_path / "firmware.elf").unlink(missing_ok=True)
    words = command(tmp_path)
    words.remove(str(tmp_path / "firmware.elf"))
    assert main(words) == 1
    printed = capsys.readouterr()
    line = next(line for line in printed.out.splitlines() if line.startswith("flash"))
    assert "512" in line and line.endswith("OVER")
    assert float(line.partition("]")[2].split("%")[0]) > 100
    assert f"give region FLASH {OF} at least" in " ".join(printed.err.split())


def test_nothing_is_ok_beside_more_than_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """3 MB of weights in QSPI are no share of the flash that the limit is of."""
    memories = "FLASH rx 0x08000000 1M,RAM xrw 0x20000000 128K,QSPI rx 0x90000000 16M"
    extra = 'const unsigned char far[3000000] __attribute__((section(".far"), used)) = {1};'
    linked(tmp_path, script(memories, TEXT, ".far : { *(.far) } >QSPI", DATA), "stm32f405rgt6", extra=extra)
    words = command(tmp_path)
    words[words.index("--flash-limit") + 1] = "1048576"
    words[words.index("--mcu") + 1] = "stm32f405rgt6"
    assert main(words) == 0
    table = capsys.readouterr().out
    flash = next(line for line in table.splitlines() if line.startswith("flash"))
    assert "0.3%" in flash and "1,048,576" in flash
    assert "QSPI: 3,000,000 of 16,777,216 bytes, beside the board's flash" in table
    usage = json.loads((tmp_path / "report.json").read_text())["flash"]
    assert usage["used"] == usage["main"] + 3000000
    assert "3,000,000 in other memories" in (tmp_path / "report.html").read_text()

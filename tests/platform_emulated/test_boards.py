"""Firmware built by `pio run` runs on every board: output, exit code, start-up, memory."""

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

MPS = ("mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547")
BOARDS = ("netduinoplus2", "stm32vldiscovery", "microbit", *MPS, "hifive1-revb", "lx106", "uno", "host")
START = {  # of flash, of RAM, and the section that is first in flash
    "netduinoplus2": (0x08000000, 0x20000000, ".text"),
    "stm32vldiscovery": (0x08000000, 0x20000000, ".text"),
    "microbit": (0, 0x20000000, ".text"),
    "mps2_an386": (0, 0x20000000, ".text"),
    "mps2_an500": (0, 0x20000000, ".text"),
    "mps2_an505": (0x10000000, 0x38000000, ".text"),
    "mps3_an547": (0x10000000, 0x30000000, ".text"),
    "hifive1-revb": (0x20010000, 0x80000000, ".init"),
}

MAIN = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct Built {
    int value;
    Built() : value(41) {}
};
static Built built;
static int table[3] = {1, 2, 3};
static int zero[4];
extern "C" int library_function(int value);

int main(void) {
    volatile float third = 1.0f / 3.0f;
    char *heap = (char *)malloc(16);
    if (heap == NULL) {
        return 1;
    }
    printf("constructor %d data %d bss %d float %d heap yes\n", built.value, table[2], zero[3], (int)(third * 3000.0f));
    printf("tab\there \xc3\xa9\n%d", library_function(6));
    return 3;
}
"""

EXPECTED = "constructor 41 data 3 bss 0 float 1000 heap yes\ntab\there é\n42"

LIBRARY = "int library_function(int value);\nint library_function(int value) { return value * 7; }\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory, make_project, pio) -> Path:
    """One built project for all boards, in a folder with a name that needs quoting everywhere."""
    folder = tmp_path_factory.mktemp("project") / "Üñ 'single' \"double\" a,b"
    files = {"src/main.cpp": MAIN, "lib/seven/seven.c": LIBRARY, "lib/seven/seven.h": ""}
    options = "lib_ldf_mode = off\nlib_deps = seven\nbuild_flags = -Wextra -Werror"
    make_project(folder, BOARDS, options, files)
    result = pio(folder, "run", "-j2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "warning" not in result.stdout + result.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_program_in_the_build_folder_runs_the_firmware(project, board):
    result = subprocess.run([project / ".pio/build" / board / "program"], capture_output=True, check=False)
    assert (result.stdout.decode(), result.returncode) == (EXPECTED, 3)
    assert result.stderr == b""


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_exec_shows_output_and_exit_code(project, pio, board):
    result = pio(project, "run", "-e", board, "-t", "exec")
    assert "constructor 41 data 3" in result.stdout
    assert "[exec] Error 3" in result.stderr
    assert result.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_image(project, board):
    build = project / ".pio/build" / board
    suffix = {"uno": ".hex", "host": ""}.get(board, ".bin")
    image = build / f"{'firmware' if suffix else 'program'}{suffix}"
    assert image.stat().st_size > 0
    map_file = image.with_suffix(".map").read_text()
    assert "Memory Configuration" in map_file
    if board in START:
        flash, ram, first = START[board]
        with image.with_suffix(".elf").open("rb") as file:
            sections = {section.name: section for section in ELFFile(file).iter_sections()}
        assert sections[first]["sh_addr"] == flash
        assert sections[".data"]["sh_addr"] == ram
        code = sections[".text"]["sh_addr"] + sections[".text"].data_size - flash
        assert image.stat().st_size == code + sections[".data"].data_size


@pytest.mark.slow
def test_nothing_changed_builds_nothing(project, pio):
    result = pio(project, "run", "-e", "microbit")
    assert result.returncode == 0
    assert not [
        line for line in result.stdout.splitlines() if line.startswith(("Compiling", "Linking", "Building .pio"))
    ]


FAULT = "int main(void) { __builtin_trap(); }\n"
NUMBERS = {"netduinoplus2": 3, "microbit": 3, "mps3_an547": 3, "hifive1-revb": 3, "lx106": 0}
"""HardFault; breakpoint; illegal instruction."""


@pytest.mark.slow
def test_a_fault_ends_the_run(tmp_path, make_project, pio):
    make_project(tmp_path, tuple(NUMBERS), "", {"src/main.c": FAULT})
    assert pio(tmp_path, "run").returncode == 0
    for board, number in NUMBERS.items():
        result = subprocess.run(
            [tmp_path / ".pio/build" / board / "program"], capture_output=True, text=True, check=False
        )
        assert result.returncode == 128 + number
        assert "unhandled exception" in result.stdout + result.stderr


ENDLESS = """
#include <stdio.h>
int main(void) {
    puts("before");
    for (;;) {
    }
}
"""


@pytest.mark.slow
def test_time_limit(tmp_path, make_project, pio):
    boards = ("netduinoplus2", "mps3_an547", "hifive1-revb", "lx106", "uno", "host")
    make_project(tmp_path, boards, "board_emulator.timeout = 1", {"src/main.c": ENDLESS})
    result = pio(tmp_path, "run", "-t", "exec")
    assert result.returncode == 1
    assert result.stderr.count("stopped after 1 s") == len(boards)
    assert result.stderr.count("[exec] Error 124") == len(boards)

"""Small parts of the glue, without a build."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from SCons.Environment import Environment

from platformio_tinyml.pio import board, gate


@pytest.mark.parametrize(
    "flags",
    [
        ["-Wl,-Map=$OUT/a.map"],
        ["-Wl,-Map,$OUT/a.map"],
        ['-Wl,-Map="$OUT/a.map"'],
        ["-Xlinker", "-Map=$OUT/a.map"],
        ["-Wl,-Map", "-Wl,$OUT/a.map"],
        ["-Wl,-Map", "$OUT/a.map"],
        ["-Os", "-Xlinker", "-Map=${TARGET.base}.map"],
    ],
)
def test_map_file(flags):
    env = Environment(LINKFLAGS=flags, OUT="/out")
    assert gate.map_file(env, env.File("/out/a.elf")) == Path("/out/a.map")


def test_no_map_file():
    assert gate.map_file(Environment(LINKFLAGS=["-Os", "-Wl,--gc-sections"])) is None


def test_platformio_sizes(tmp_path):
    listing = "section size addr\n.text 100 0\n.data 20 1\n.bss 3 2\n.debug 9999 0\n"
    tool = tmp_path / "size tool"
    tool.write_text(f"#!/bin/sh\nprintf '{listing}'\ntest \"$2\" = 'the elf.elf'\n")
    tool.chmod(0o755)
    patterns = {"SIZEPROGREGEXP": r"^(?:\.text|\.data)\s+(\d+).*", "SIZEDATAREGEXP": r"^(?:\.data|\.bss)\s+(\d+).*"}
    env = Environment(SIZECHECKCMD=["$SIZETOOL", "-A", "$SOURCES"], SIZETOOL=str(tool), **patterns)
    assert board.platformio_sizes(env, "the elf.elf") == (120, 23)
    assert board.platformio_sizes(env, "another") is None
    assert board.platformio_sizes(Environment(SIZETOOL=str(tool)), "the elf.elf") is None


def test_no_board():
    env = Environment(CC="gcc")
    assert board.limits(env) == (None, None)
    assert board.mcu(env) == ""
    assert board.largest_object(env) is None


@pytest.mark.parametrize("compiler", ["avr-gcc", "/opt/toolchain avr/bin/avr-gcc"])
def test_avr_bounds_objects(compiler):
    assert board.largest_object(Environment(CC=compiler)) == 32767


def test_limits_of_a_board():
    values = {"upload.maximum_size": "4096", "upload.maximum_ram_size": 0}
    env = Environment(BOARD="b")
    env.AddMethod(lambda _: SimpleNamespace(get=values.get), "BoardConfig")
    assert board.limits(env) == (4096, None)

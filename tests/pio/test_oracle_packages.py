"""The package that outputs are verified with: installed where it exists and is absent, and never asked for twice."""

import importlib.util
import sys
from pathlib import Path

import pytest

from platformio_tinyml.pio import verify
from platformio_tinyml.tool_env import EMULATOR_PINS, ORACLE_PINS, ToolEnvironment, pins

PIP = """\
import pathlib, sys
pathlib.Path({log!r}).open("a").write("x")
words = sys.argv
if {works}:
    for line in pathlib.Path(words[words.index("-r") + 1]).read_text().splitlines():
        if "==" in line:
            name = line.rstrip("\\\\ ").replace("==", "-") + ".dist-info"
            (pathlib.Path(words[words.index("--target") + 1]) / name).mkdir()
print("ERROR: offline")
sys.exit({code})
"""


@pytest.fixture
def tool(tmp_path: Path, monkeypatch):
    """`tool(works)`: an environment with an interpreter whose pip works or not, and what counts its runs."""
    monkeypatch.setattr(verify, "_has_wheels", lambda: True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    log = tmp_path / "log"
    log.touch()

    def make(works: bool) -> tuple[ToolEnvironment, Path]:
        script, python = tmp_path / "pip.py", tmp_path / "python"
        script.write_text(PIP.format(log=str(log), works=works, code=int(not works)))
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(0o755)
        return ToolEnvironment(tmp_path / "core", str(python)), log

    return make


def test_installed_once(tool):
    environment, log = tool(True)
    for _ in range(2):
        found = verify.with_wheel(environment)
        assert [each.pins for each in found.more] == [ORACLE_PINS]
        assert found.more[0].ready()
    assert log.read_text() == "x"


def test_not_asked_for_twice_in_vain(tool, capsys, monkeypatch):
    environment, log = tool(False)
    for _ in range(2):
        assert verify.with_wheel(environment) == environment
        assert "verifying without the package tflite_micro" in capsys.readouterr().out
    assert log.read_text() == "x"
    monkeypatch.setattr(verify, "COMMAND_LINE_TARGETS", [verify.TARGET])
    environment, _ = tool(True)
    assert verify.with_wheel(environment).more
    assert log.read_text() == "xx"
    monkeypatch.setattr(verify, "COMMAND_LINE_TARGETS", [])
    assert verify.with_wheel(environment).more


def test_not_asked_for_where_it_is_or_cannot_be(tool, monkeypatch):
    environment, log = tool(True)
    monkeypatch.setattr(verify, "_has_wheels", lambda: False)
    assert verify.with_wheel(environment) == environment
    monkeypatch.setattr(verify, "_has_wheels", lambda: True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert verify.with_wheel(environment) == environment
    assert log.read_text() == ""


def test_pins_are_exact():
    assert set(pins(ORACLE_PINS)) == {"numpy", "pyyaml", "tflite-micro"}
    assert all(version[0].isdigit() for version in pins(ORACLE_PINS).values())


def test_sets_add_up(tmp_path):
    found = ToolEnvironment(tmp_path).with_emulator().with_packages(ORACLE_PINS)
    assert [each.pins for each in found.more] == [EMULATOR_PINS, ORACLE_PINS]

"""The packages of the build path: complete or absent, and told apart."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from platformio_tinyml.errors import SetupError
from platformio_tinyml.tool_env import PINS, ToolEnvironment, pins, tool_hash

FAKE_PIP = """\
import os, pathlib, sys, time
arguments = sys.argv[1:]
assert arguments[:4] == ["-I", "-m", "pip", "install"], arguments
target = pathlib.Path(arguments[arguments.index("--target") + 1])
with open({log!r}, "a") as log:
    log.write(str(target) + "\\n")
time.sleep(0.2)
lines = pathlib.Path(arguments[arguments.index("-r") + 1]).read_text().splitlines()
for line in [line for line in lines if "==" in line][{skipped}:]:
    name, version = line.rstrip("\\\\ ").split("==")
    (target / (name.capitalize() + "-" + version + ".dist-info")).mkdir()
print("ERROR: no matching distribution")
sys.exit({code})
"""


@pytest.fixture
def fake(tmp_path: Path):
    """`fake(code, skipped)`: an environment whose interpreter is a pip that leaves out some packages, and its log."""

    def make(code: int = 0, skipped: int = 0) -> tuple[ToolEnvironment, Path]:
        log = tmp_path / "log"
        log.touch()
        script = tmp_path / "pip.py"
        script.write_text(FAKE_PIP.format(log=str(log), code=code, skipped=skipped))
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(0o755)
        return ToolEnvironment(tmp_path / "core", str(python)), log

    return make


def test_installed_once_by_many(fake):
    environment, log = fake()
    told: list[str] = []
    threads = [threading.Thread(target=environment.ensure, args=(told.append,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.read_text().splitlines()) == len(told) == 1
    assert environment.ready()
    assert environment.installed() == pins()
    assert [p.name for p in environment.folder.parent.iterdir() if p.is_dir()] == [environment.folder.name]


@pytest.mark.parametrize(("code", "skipped"), [(1, 0), (0, 1), (1, 5)])
def test_a_failing_pip_leaves_nothing(fake, code, skipped):
    environment, _ = fake(code, skipped)
    with pytest.raises(SetupError) as error:
        environment.ensure(lambda text: None)
    assert "no matching distribution" in error.value.message
    assert f"download --no-deps --only-binary :all: -d wheels -r {environment.pins}" in error.value.next_step
    assert not environment.ready()
    assert [p for p in environment.folder.parent.iterdir() if p.is_dir()] == []


def test_what_a_user_broke_is_repaired(fake):
    environment, _ = fake()
    environment.folder.mkdir(parents=True)
    (environment.folder / "half").touch()
    assert not environment.ready()
    environment.ensure(lambda text: None)
    assert environment.ready()
    assert not (environment.folder / "half").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "core").touch()
    with pytest.raises(SetupError, match="cannot write"):
        ToolEnvironment(tmp_path / "core").ensure(lambda text: None)


def test_pins_are_exact():
    assert set(pins()) == {"flatbuffers", "jinja2", "markupsafe", "pyelftools", "tflite"}
    assert all(version[0].isdigit() for version in pins().values())
    assert "numpy" not in PINS.read_text()


def test_the_tool_runs_without_the_packages_of_the_interpreter(tmp_path):
    """-I -S: pytest, which is installed here, cannot be imported by the tool."""
    environment = ToolEnvironment(tmp_path)
    environment.folder.mkdir(parents=True)
    (environment.folder / "jinja2.py").write_text("raise ImportError(', '.join(sorted(__import__('sys').path)))")
    for arguments in (["--version"], ["generate", "--help"]):
        command = environment.command(arguments)
        run = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": "/nowhere"}, check=False)
        shown = run.stdout + run.stderr
        assert "site-packages" not in shown
        assert "/nowhere" not in shown
    assert str(environment.folder) in shown


def test_tool_hash_is_of_the_code():
    assert tool_hash() == tool_hash()
    assert len(tool_hash()) == 64

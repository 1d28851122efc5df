"""Wrong command lines, and outputs that nobody takes: one message, a code that is never green, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from platformio_tinyml.cli import main

REPO = Path(__file__).parents[2]
SINE = REPO / "examples" / "sine" / "models" / "sine.tflite"
FULL = Path("/dev/full")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nosuch"],
        ["inspect"],
        ["inspect", "a", "--bogus"],
        ["check"],
        ["check", "-o", "o", "--platformio-ram", "x"],
    ],
)
def test_a_wrong_command_line_is_one_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pio-tinyml: error: ")
    assert "next: pio-tinyml" in said.err
    assert main([*arguments, "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["errors"][0]["code"] == "usage"
    assert said.err == ""


@pytest.mark.parametrize("command", ["plan", "audit", "bound", "profile", "generate"])
def test_kernels_are_named_as_they_are_typed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "reference, cmsis-nn, cmsis-" in " ".join(capsys.readouterr().out.split())
    assert main([command, "--kernels", "cmsis"]) == 2
    said = capsys.readouterr().err
    assert "'cmsis'" in said and "cmsis-nn" in said and "Kernels" not in said


def test_options_are_not_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not spelt `--json` could not be told an error in JSON."""
    assert main(["inspect", str(SINE), "--js"]) == 2
    assert "--js" in capsys.readouterr().err


def preflight_over_budget(folder: Path, stdout: int | IO[bytes], stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """`check`, run where it has to end with exit code 1."""
    generated = folder / "generated"
    assert main(["generate", str(SINE), "-o", str(generated)]) == 0
    tool = [sys.executable, "-m", "platformio_tinyml", "check", "-o", str(folder)]
    arguments = ["--manifest", str(generated / "sine_model.json"), "--flash-limit", "1000", "--flash-budget", "10"]
    environment = {**os.environ, "PYTHONPATH": str(REPO), "PYTHONUNBUFFERED": ""}
    return subprocess.Popen([*tool, *arguments], env=environment, stdout=stdout, stderr=stderr)


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_verdict_that_nobody_reads_is_not_green(tmp_path: Path, closed: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    streams: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writer}
    process = preflight_over_budget(tmp_path, **streams)
    os.close(writer)
    said = b"".join(part or b"" for part in process.communicate())
    assert process.returncode == 141
    assert b"Traceback" not in said


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        process = preflight_over_budget(tmp_path, full, subprocess.PIPE)
        _, said = process.communicate()
    assert process.returncode == 4
    assert b"cannot write the output: No space left on device" in said
    assert b"Traceback" not in said


def test_a_damaged_package_is_not_a_defect_of_ours(tmp_path: Path) -> None:
    (tmp_path / "flatbuffers.py").write_text("from nowhere_at_all import x\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(REPO)])}
    command = [sys.executable, "-m", "platformio_tinyml", "inspect", str(SINE)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 4
    assert "package is missing or damaged: No module named 'nowhere_at_all'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "step"),
    [
        (["plan", "a.tflite", "--boards"], "pio-tinyml plan --help"),
        (
            ["check", "a.elf", "-o", "b", "--flash-limt=1MB"],
            "Did you mean --flash-limit? All options: pio-tinyml check --help",
        ),
        (["inspect", "a.tflite", "b.tflite"], "pio-tinyml inspect --help"),
    ],
)
def test_the_command_and_the_nearest_option_are_named(arguments, step, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert f"unrecognized arguments: {arguments[-1]}" in said
    assert step in said

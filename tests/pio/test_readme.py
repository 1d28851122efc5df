"""README's project, as it stands: its platformio.ini, its main.c and its sketch build, keep their budgets and agree."""

import json
import re
import shutil

import pytest

from platformio_tinyml.cli.main import COMMANDS

BOARD = "netduinoplus2"


def blocks(repo, language):
    """The fenced blocks of README in `language`, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (repo / "README.md").read_text("utf-8"), re.M | re.S)


@pytest.fixture
def project(repo, tmp_path, shared_models, emulated):
    """README's platformio.ini and model; only board and path are others, that are here."""
    [ini] = blocks(repo, "ini")
    for line, instead in (
        ("platform = ststm32", f"platform = {emulated}"),
        ("board = nucleo_f446re", f"board = {BOARD}"),
        ("framework = arduino\n", "framework = arduino\nbuild_src_flags = -Wall -Wextra -Werror\n"),
        ("symlink:///path/to/platformio-tinyml", f"symlink://{repo}"),
    ):
        assert line in ini, line
        ini = ini.replace(line, instead)
    (tmp_path / "platformio.ini").write_text(ini)
    for folder in ("models", "src"):
        (tmp_path / folder).mkdir()
    shutil.copy(shared_models / "kws_ref_model.tflite", tmp_path / "models" / "kws.tflite")
    return tmp_path


def printed_class(project, pio):
    done = pio(project, "run", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((project / ".pio/build/nucleo_f446re/tinyml/report.json").read_text())
    assert report["ok"]
    budgets = {check["name"] for check in report["checks"] if check["limit"] is not None}
    assert {"flash_budget", "ram_budget", "latency_budget"} <= budgets, report["checks"]
    return int(re.search(r"^class (\d+), score ", done.stdout, re.M).group(1))


@pytest.mark.slow
def test_the_program_and_the_sketch(repo, project, pio):
    [program], [sketch] = blocks(repo, "c"), blocks(repo, "cpp")
    (project / "src" / "sketch.ino").write_text(sketch)
    first = printed_class(project, pio)
    (project / "src" / "sketch.ino").unlink()
    (project / "src" / "main.c").write_text(program)
    ini = project / "platformio.ini"
    ini.write_text(ini.read_text().replace("framework = arduino\n", ""))
    assert printed_class(project, pio) == first


def test_every_command_is_named(repo):
    sentence = re.search(r"pio-tinyml inspect`.*?`--help`", (repo / "README.md").read_text("utf-8"), re.S).group(0)
    named = {name.removeprefix("pio-tinyml ") for name in re.findall(r"`([\w -]+)`", "`" + sentence)} - {"--help"}
    assert named == set(COMMANDS)

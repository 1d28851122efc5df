"""`pio run -t tinyml_selftest`: whole builds, on boards that run here."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from conftest import Project

pytestmark = pytest.mark.slow

WRAP = """\
#include <tinyml_kernels.h>

#define ARGUMENTS const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter, \\
                  const int32_t *bias, const int32_t *scale, int8_t *output

void __real_tinyml_fully_connected_s8(ARGUMENTS);
void __wrap_tinyml_fully_connected_s8(ARGUMENTS);

void __wrap_tinyml_fully_connected_s8(ARGUMENTS) {
    static int calls;
    __real_tinyml_fully_connected_s8(params, input, filter, bias, scale, output);
    if (calls++ % 3 == 1) {
        output[3] ^= 0x40;
    }
}
"""


def selftest(project: Project, environment: str, target: str = "tinyml_selftest"):
    return project.run("-e", environment, "-t", target)


@pytest.mark.parametrize("board", ["uno", "microbit", "hifive1-revb", "lx106"])
def test_passes(make_project, board):
    tool = {"uno": "avr-gcc", "hifive1-revb": "riscv64-unknown-elf-gcc", "lx106": "xtensa-lx106-elf-gcc"}.get(board)
    if tool and not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    project = make_project(f"[env:b]\nboard = {board}\ncustom_tinyml_flash_budget = 1 KB\n")
    build = selftest(project, "b")
    assert build.code == 0, build.output
    assert re.search(r"^PASS  sine  equals .*\(4 inputs, generated\)$", build.stdout, re.MULTILINE), build.output
    assert re.search(r"stack [0-9,]+ bytes in init, [1-9][0-9,]* in invoke", build.stdout)
    assert not project.built("b", "firmware.elf").exists(), "the project's own program is not touched"


def test_a_wrong_kernel_is_named(make_project):
    """The second of three operators alone is wrong."""
    project = make_project(
        "[env:b]\nboard = netduinoplus2\nextra_scripts = pre:wrong.py\n"
        "build_flags = -Wl,--wrap=tinyml_fully_connected_s8\n"
    )
    project.write("wrong/wrong.c", WRAP)
    project.write("wrong.py", 'Import("env")\nenv.BuildSources("$BUILD_DIR/wrong", "$PROJECT_DIR/wrong")\n')
    build = selftest(project, "b")
    assert build.code == 1
    assert re.search(r"^FAIL  sine  sine_output_0, byte 0 of 1", build.stdout, re.MULTILINE), build.output
    assert "written by operator 1, FULLY_CONNECTED, in sample 1" in build.stdout


def check_what_is_kept(project: Project) -> None:
    """tinyml-device.json serves the next builds, until the code is another."""
    ini = (project.folder / "platformio.ini").read_text()
    (device,) = json.loads((project.folder / "tinyml-device.json").read_text())["devices"]
    assert (device["environment"], device["board"], device["models"][0]["name"]) == ("b", "netduinoplus2", "sine")
    more = "custom_tinyml_require = device\ncustom_tinyml_latency_budget = 100 s\n"
    (project.folder / "platformio.ini").write_text(ini + more)
    build = project.run("-e", "b")
    assert build.code == 0, build.output
    report = json.loads(project.built("b", "tinyml/report.json").read_text())
    (model,) = report["models"]
    assert model["device"]["stale"] is None
    assert model["device"]["stack"]["invoke"] == model["profile"]["stack"]["invoke"]
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["device:sine"]["ok"]
    assert checks["latency_budget"]["actual"] == -int(-model["device"]["latency_us"][1] // 1)
    (project.folder / "platformio.ini").write_text(f"{ini}{more}build_flags = -O1\n")
    stale = project.run("-e", "b")
    assert stale.code == 1
    assert "custom_tinyml_require = device, and flags " in " ".join(stale.stderr.split())
    (project.folder / "platformio.ini").write_text(ini)


RUNNER = """\
import sys

sys.path.insert(0, {repo!r})
from platformio_tinyml.pio.test_suite import CustomTestRunner  # noqa: F401
"""


def test_a_suite_of_pio_test(make_project, pio, repo):
    """On a board that runs here. The log judged again by a plan that says something else."""
    project = make_project("[env:b]\nboard = microbit\ntest_framework = custom\ncustom_tinyml_flash_budget = 1 KB\n")
    project.write("test/test_custom_runner.py", RUNNER.format(repo=str(repo)))
    project.write("test/test_tinyml/.gitignore", "tinyml_selftest\n")
    done = pio(project.folder, "test", "--junit-output-path", "junit.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'testcase name="sine"' in (project.folder / "junit.xml").read_text()
    plan = project.folder / "test" / "test_tinyml" / "tinyml_selftest" / "plan.json"
    document = json.loads(plan.read_text())
    oracle = document["models"][0]["oracles"][0]
    oracle["outputs"] = "A" * len(oracle["outputs"].rstrip("=")) + "=" * oracle["outputs"].count("=")
    plan.write_text(json.dumps(document))
    wrong = pio(project.folder, "test", "--without-building")
    assert wrong.returncode == 1
    assert re.search(r"^b +test_tinyml +FAILED", wrong.stdout + wrong.stderr, re.MULTILINE)
    document["nonce"] = "00000000"
    plan.write_text(json.dumps(document))
    foreign = pio(project.folder, "test", "--without-building")
    assert foreign.returncode == 1
    assert "the log is of another build's self test" in foreign.stdout + foreign.stderr


UPLOAD = '''\
"""Stands in for a board: the program's output at a pseudo terminal, after noise, again and again."""
import os, pty, signal, subprocess, sys, tty

program, port = sys.argv[1:]
master, slave = pty.openpty()
tty.setraw(slave)
if os.path.lexists(port):
    os.remove(port)
os.symlink(os.ttyname(slave), port)
if os.fork():
    os._exit(0)
os.setsid()
signal.alarm(30)  # whatever it waits for then: nobody may be reading
null = os.open(os.devnull, os.O_RDWR)
for number in range(3):
    os.dup2(null, number)
running = subprocess.Popen([program], stdout=subprocess.PIPE)
while True:
    data = os.read(running.stdout.fileno(), 64)
    if not data:
        break
    os.write(master, data.replace(b"\\n", b"\\r\\na log of the application's\\r\\nhalf a li"))
running.kill()
'''


def test_a_serial_port(make_project, tmp_path):
    port = tmp_path / "ttyDEVICE"
    project = make_project(
        f"[env:b]\nboard = netduinoplus2\nmonitor_port = {port}\nmonitor_speed = 115200\nupload_protocol = custom\n"
        f"upload_command = {sys.executable} $PROJECT_DIR/upload.py $BUILD_DIR/program {port}\n"
        "board_emulator.timeout = 25\ncustom_tinyml_selftest_timeout = 20 s\n"
    )
    project.write("upload.py", UPLOAD)
    build = selftest(project, "b")
    assert build.code == 0, build.output
    assert f"listening at {port}" in build.stdout
    assert re.search(r"^PASS  sine ", build.stdout, re.MULTILINE)
    assert "ms at 168 MHz" in build.stdout
    assert b"of the application" in Path(project.folder, ".pio/tinyml_selftest/b/serial.txt").read_bytes()
    check_what_is_kept(project)
    project.write("upload.py", "import sys\nprint('no such programmer')\nsys.exit(1)\n")
    failed = selftest(project, "b")
    assert failed.code == 1
    assert "could not be uploaded" in failed.stderr
    assert "PASS" not in failed.output

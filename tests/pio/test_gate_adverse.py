"""Whatever happens to a build from outside, what did not pass does not pass, and what passes is in report.json."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

UPLOAD = f"""
board = netduinoplus2
upload_protocol = custom
upload_command = "{sys.executable}" -c "import shutil; shutil.copy(r'$SOURCE', 'uploaded')"
"""
BUDGET = "custom_tinyml_flash_budget = 64 KB\n"
BIG = "static const volatile char big[90000] = {1}; (void)big[2]; sine_init();"
FUTURE = 2_000_000_000
"""The clock from before it was set back."""


def enlarge(project) -> str:
    """Make the source one whose program is over the budget; what it was."""
    main = project.folder / "src" / "main.c"
    small = main.read_text()
    main.write_text(small.replace("sine_init();", BIG))
    return small


def is_ok(project) -> bool:
    report = json.loads(project.built("net", "tinyml/report.json").read_text())
    return report["ok"] and report["stage"] == "firmware"


def refuses_to_upload(project, said: str = "over the budget") -> bool:
    """The build fails for that reason, and nothing is left that could be uploaded, nor is it."""
    build = project.run("-t", "upload")
    left = [path.name for path in project.built("net").glob("firmware*") if path.suffix != ".map"]
    assert "Traceback" not in build.output
    assert project.run("-t", "nobuild", "-t", "upload").code == 1
    return build.code == 1 and said in build.stderr and not left and not (project.folder / "uploaded").exists()


def uploads(project) -> bool:
    """The build passes, its report says so, and what is uploaded is its image."""
    build = project.run("-t", "upload")
    assert build.code == 0, build.output
    assert is_ok(project)
    uploaded = project.folder / "uploaded"
    same = uploaded.read_bytes() == project.built("net", "firmware.bin").read_bytes()
    uploaded.unlink()
    return same


def start(project) -> subprocess.Popen[bytes]:
    """A build in the background, in a process group of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PLATFORMIO_")}
    core = json.loads(project.pio(project.folder, "system", "info", "--json-output").stdout)["core_dir"]["value"]
    return subprocess.Popen(
        [sys.executable, "-m", "platformio", "run", "-t", "upload"],
        cwd=project.folder,
        env={**variables, "PLATFORMIO_CORE_DIR": core},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_when(process: subprocess.Popen[bytes], flag: Path) -> None:
    """Kill the build with all that it started, as soon as `flag` is there."""
    started = time.monotonic()
    while not flag.is_file():
        assert process.poll() is None, "the build ended without getting there"
        assert time.monotonic() - started < 300
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_while_linking(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}extra_scripts = post:slow.py")
    project.write("slow.py", f"Import('env')\nenv.Replace(LINK=[r'{sys.executable}', 'slow_link.py', env['LINK']])\n")
    project.write(
        "slow_link.py",
        "import pathlib, subprocess, sys, time\n"
        "code = subprocess.call(sys.argv[1:])\n"
        "elf = pathlib.Path(sys.argv[sys.argv.index('-o') + 1])\n"
        "if pathlib.Path('slow').exists():\n"
        "    data = elf.read_bytes()\n"
        "    elf.write_bytes(data[: len(data) // 2])\n"
        "    pathlib.Path('linking').touch()\n"
        "    time.sleep(60)\n"
        "sys.exit(code)\n",
    )
    slow, linking = project.folder / "slow", project.folder / "linking"
    assert uploads(project)
    project.built("net", "firmware.elf").unlink()
    slow.touch()
    kill_when(start(project), linking)
    slow.unlink()
    # Half a program, and nothing to link as far as SCons knows: it looks at what went into it.
    assert refuses_to_upload(project, "firmware.elf")
    assert uploads(project)
    linking.unlink()
    enlarge(project)
    slow.touch()
    kill_when(start(project), linking)
    slow.unlink()
    assert refuses_to_upload(project)


def test_killed_while_checking(make_project, library_copy):
    check = library_copy / "platformio_tinyml" / "cli" / "check.py"
    page = "def _page(json_text: str) -> str:\n"
    assert page in check.read_text()
    wait = (
        "    import time\n    while Path('slow').exists():\n        Path('checking').touch()\n        time.sleep(0.1)\n"
    )
    check.write_text(check.read_text().replace(page, page + wait))
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}", f"lib_deps = symlink://{library_copy}")
    assert uploads(project)
    enlarge(project)
    (project.folder / "slow").touch()
    kill_when(start(project), project.folder / "checking")
    assert not project.built("net", "tinyml/report.json").exists(), "that of the program before would say ok"
    (project.folder / "slow").unlink()
    assert refuses_to_upload(project)


def test_another_program_in_its_place(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    assert uploads(project)
    small = enlarge(project)
    assert refuses_to_upload(project)
    (project.folder / "src" / "main.c").write_text(small)
    assert uploads(project)
    shutil.copy(project.built("net", "tinyml/over_budget.elf"), project.built("net", "firmware.elf"))
    assert refuses_to_upload(project)
    assert uploads(project)


def test_a_folder_where_a_file_should_be(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    for name in ("report.json", "report.html", "report.txt", "gate.json", "over_budget.elf"):
        assert uploads(project)
        place = project.built("net", f"tinyml/{name}")
        place.unlink(missing_ok=True)
        (place / "in the way").mkdir(parents=True)
        small = enlarge(project)
        assert refuses_to_upload(project, "over the budget" if name == "over_budget.elf" else name)
        shutil.rmtree(place)
        (project.folder / "src" / "main.c").write_text(small)


def test_a_file_where_the_folder_should_be(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    assert uploads(project)
    folder = project.built("net", "tinyml")
    shutil.rmtree(folder)
    folder.touch()
    enlarge(project)
    build = project.run("-t", "upload")
    assert build.code == 1
    assert "tinyml is a file" in build.stderr and "Delete it" in build.stderr
    assert "TypeError" not in build.output
    assert not (project.folder / "uploaded").exists()
    folder.unlink()
    assert refuses_to_upload(project)


def test_clock_set_back(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    assert uploads(project)
    for path in project.folder.rglob("*"):
        os.utime(path, (FUTURE, FUTURE))
    small = enlarge(project)
    assert refuses_to_upload(project)
    for path in project.folder.rglob("*"):
        os.utime(path, (FUTURE, FUTURE))
    (project.folder / "src" / "main.c").write_text(small)
    assert uploads(project)
    assert project.run().started == ()


def test_budget_edited(make_project):
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    ini = project.folder / "platformio.ini"
    wide = ini.read_text()
    assert uploads(project)
    ini.write_text(wide.replace("64 KB", "4 KB"))
    assert refuses_to_upload(project)
    ini.write_text(wide)
    assert uploads(project)


def test_the_report_is_of_the_last_verdict(make_project):
    """A build that fails before the gate writes a report too; the program of before has another."""
    project = make_project("[env:net]\nboard = stm32vldiscovery\ncustom_tinyml_sine_arena_budget = ${sysenv.BUDGET}")
    report, main = project.built("net", "tinyml/report.json"), project.folder / "src" / "main.c"
    small = main.read_text()
    assert project.run(env={"BUDGET": "64"}).code == 0
    assert project.run(env={"BUDGET": "16"}).code == 1
    assert json.loads(report.read_text())["stage"] == "preflight"
    assert project.run(env={"BUDGET": "64"}).code == 0
    assert is_ok(project)
    main.write_text(small.replace("sine_init();", "static volatile char big[9000]; big[1] = 2; sine_init();"))
    assert project.run(env={"BUDGET": "64"}).code == 1
    assert json.loads(report.read_text())["stage"] == "link"
    main.write_text(small)
    assert project.run(env={"BUDGET": "64"}).code == 0
    assert is_ok(project)
    # Nor is an edited one told again.
    report.write_text(report.read_text().replace('"ok": true', '"ok": false'))
    project.built("net", "tinyml/report.html").unlink()
    assert project.run(env={"BUDGET": "64"}).started == ("check",)
    assert is_ok(project)
    assert project.built("net", "tinyml/report.html").is_file()


def test_two_builds_at_once(make_project):
    """They take turns; neither finds half of what the other makes."""
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    assert [process.wait() for process in [start(project), start(project)]] == [0, 0]
    assert uploads(project)
    small = enlarge(project)
    assert [process.wait() for process in [start(project), start(project)]] == [1, 1]
    assert not (project.folder / "uploaded").exists()
    # One that waits says so, and judges what there is when its turn comes.
    (project.folder / "src" / "main.c").write_text(small)
    lock = project.folder / ".pio" / "tinyml" / "net.lock"
    hold = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\nfrom pathlib import Path\n"
    hold += f"from platformio_tinyml.tool_env import locked\nwith locked(Path({str(lock)!r})):\n"
    hold += "    print('held', flush=True)\n    sys.stdin.read(1)\n"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        waiting = start(project)
        time.sleep(3)
        assert waiting.poll() is None
        assert not (project.folder / "uploaded").exists()
        enlarge(project)
        holder.communicate(b"\n")
    assert waiting.wait() == 1
    assert not (project.folder / "uploaded").exists()


def test_a_build_that_a_build_starts(make_project):
    """Platforms that configure a framework start a build of the same environment and wait for it."""
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}extra_scripts = post:again.py")
    project.write(
        "again.py",
        "import os, subprocess\nImport('env')\n"
        "def again(source, target, env):\n"
        "    if not os.environ.get('INNER'):\n"
        "        command = [env.subst('$PYTHONEXE'), '-m', 'platformio', 'run', '-e', 'net']\n"
        "        return subprocess.call(command, env={**os.environ, 'INNER': '1'})\n"
        "env.AddPostAction('checkprogsize', again)\n",
    )
    build = project.run()
    assert build.code == 0, build.output
    assert len(re.findall(r"ok: \d+ checks passed", build.stdout)) == 2


@pytest.mark.parametrize("size", ["20k", "60k", "120k", "400k"])
def test_a_full_disk(make_project, size):
    """SCons would end with a traceback, the last of several things that fail."""
    project = make_project(f"[env:net]{UPLOAD}{BUDGET}")
    place = project.folder / ".pio"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        for _ in range(2):
            build = project.run("-t", "upload")
            assert build.code == 1
            assert "No space left on device" in build.stderr
            assert "Traceback" not in build.output and "SCons/" not in build.output
            assert not (project.folder / "uploaded").exists()
    finally:
        subprocess.run(["umount", place], check=True)
    assert uploads(project)

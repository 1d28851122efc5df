"""Ways in which a check of PlatformIO's, or a script's, lets a program pass (docs/testing.md lists them all)."""

import shutil
import sys

import pytest

pytestmark = pytest.mark.slow

BOARD = "board = netduinoplus2\n"
OVER = BOARD + "custom_tinyml_flash_budget = 4 KB\n"
UPLOAD = f"""
upload_protocol = custom
upload_command = "{sys.executable}" -c "import shutil; shutil.copy(r'$SOURCE', 'uploaded-$PIOENV')"
"""


def left(project, environment: str) -> list[str]:
    """What could be uploaded of it, and what was."""
    files = [path.name for path in project.built(environment).glob("firmware*") if path.suffix != ".map"]
    return sorted(files + [path.name for path in project.folder.glob(f"uploaded-{environment}")])


def test_several_environments_in_one_run(make_project):
    project = make_project(f"[env:bad]\n{OVER}{UPLOAD}\n[env:good]\n{BOARD}{UPLOAD}\n[env:worse]\n{OVER}{UPLOAD}")
    for arguments in ([], ["-e", "bad", "-e", "good"], ["-e", "good", "-e", "worse"], ["-t", "upload"]):
        build = project.run(*arguments)
        assert build.code == 1, arguments
        assert "over the budget" in build.stderr
        assert left(project, "bad") == left(project, "worse") == []
    assert left(project, "good") == ["firmware.bin", "firmware.elf", "uploaded-good"]
    assert project.run("-e", "good").code == 0


def test_the_boards_limit_as_a_budget(make_project):
    project = make_project(f"[env:net]\n{BOARD}board_upload.maximum_ram_size = ${{sysenv.LIMIT}}\n{UPLOAD}")
    for limit, said in (
        ("1100", "bytes over region RAM"),  # as with ststm32 the linker script has it too, and ld refuses first
        ("-5", "upload.maximum_ram_size is -5, not a number of bytes"),
        ("99999999999999", "Set board_upload.maximum_ram_size"),
    ):
        build = project.run("-t", "upload", env={"LIMIT": limit})
        assert build.code == 1
        assert said in build.stderr
        assert "builder/main.py" not in build.output, "no traceback"
        assert left(project, "net") == []
    assert project.run("-t", "upload", env={"LIMIT": "131072"}).code == 0


@pytest.mark.parametrize("end", ["os.abort()", "sys.exit(0x100)", "raise ValueError('text')"])
def test_a_check_that_ends_in_another_way(make_project, library_copy, end):
    """env.Execute of a command that fails goes on to SUCCESS."""
    check = library_copy / "platformio_tinyml" / "cli" / "check.py"
    begin = '    """Judge, write, print."""\n'
    assert begin in check.read_text()
    check.write_text(check.read_text().replace(begin, f"{begin}    import os, sys\n    {end}\n"))
    project = make_project(f"[env:net]\n{BOARD}{UPLOAD}", f"lib_deps = symlink://{library_copy}")
    for _ in range(2):
        build = project.run("-t", "upload")
        # What a shell makes of it: 0x100 is 0 in a byte, and no report was written.
        assert build.code == 1, build.output
        assert left(project, "net") == []


def test_pre_script_alone(make_project, repo):
    """A hook on the program from a pre: script is lost when the program is there already."""
    project = make_project(f"[env:net]\n{BOARD}{UPLOAD}extra_scripts = pre:{repo / 'extra_script.py'}", common="")
    main = project.folder / "src" / "main.c"
    small = main.read_text()
    assert project.run("-t", "upload").code == 0
    (project.folder / "uploaded-net").unlink()
    ini = project.folder / "platformio.ini"
    ini.write_text(ini.read_text().replace(BOARD, OVER))
    main.write_text(small.replace("sine_init();", "sine_init(); sine_reset();"))
    for _ in range(2):
        build = project.run("-t", "upload")
        assert build.code == 1
        assert "over the budget" in build.stderr
        assert left(project, "net") == []


def test_images_that_an_action_on_the_program_makes(make_project):
    """As the .uf2 of RP2040: there before any check."""
    project = make_project(f"[env:net]\n{OVER}{UPLOAD}extra_scripts = post:image.py")
    project.write(
        "image.py",
        "import shutil\nImport('env')\n"
        "def copy(source, target, env):\n"
        "    shutil.copy(target[0].get_abspath(), env.subst('$BUILD_DIR/firmware.uf2'))\n"
        "env.AddPostAction('$PROGPATH', copy)\n",
    )
    for arguments in ([], ["-j4", "-t", "upload"]):
        assert project.run(*arguments).code == 1
        assert left(project, "net") == []


def test_a_program_from_elsewhere_in_the_build_folder(make_project):
    """Of the same size and with the dates of the one that passed."""
    project = make_project(f"[env:net]\n{BOARD}{UPLOAD}custom_tinyml_ram_budget = 2 KB")
    assert project.run().code == 0
    elf = project.built("net", "firmware.elf")
    times = elf.stat()
    data = bytearray(elf.read_bytes())
    start = data.index(b"\x7fELF")
    data[start + 32 : start + 36] = bytes(4)  # no section headers: nothing in it can be counted
    elf.write_bytes(data)
    shutil.copystat(project.built("net", "firmware.bin"), elf)
    assert elf.stat().st_size == times.st_size
    build = project.run("-t", "upload")
    assert build.code == 1
    assert left(project, "net") == []
    assert project.run("-t", "upload").code == 0


def test_nobuild_after_a_kill(make_project, repo):
    """The program is there, linked, and nobody judged it."""
    upload = UPLOAD.replace("$SOURCE", "$PROG_PATH")
    project = make_project(f"[env:net]\n{BOARD}{upload}extra_scripts = pre:{repo / 'extra_script.py'}")
    assert project.run().code == 0
    assert project.run("-t", "nobuild", "-t", "upload").code == 0
    uploaded, elf = project.folder / "uploaded-net", project.built("net", "firmware.elf")
    assert uploaded.read_bytes() == elf.read_bytes()
    uploaded.unlink()
    good = elf.read_bytes()
    elf.write_bytes(good + b"another")
    build = project.run("-t", "nobuild", "-t", "upload")
    assert build.code == 1
    assert "firmware.elf was not checked" in build.stderr
    assert not uploaded.exists()
    elf.write_bytes(good)
    project.built("net", "tinyml/gate.json").unlink()
    assert project.run("-t", "nobuild", "-t", "upload").code == 1
    assert not uploaded.exists()
    assert project.run("-t", "upload").code == 0
    assert project.run("-t", "nobuild", "-t", "upload").code == 0


def test_our_script_without_pre(make_project, repo):
    """PlatformIO runs it behind all others then, and a program that needs no header would be built unjudged."""
    project = make_project(f"[env:net]\n{OVER}{UPLOAD}extra_scripts = {repo / 'extra_script.py'}", common="")
    project.write("src/main.c", "int main(void) { return 0; }\n")
    build = project.run("-t", "upload")
    assert build.code == 1
    assert "Write `pre:` before its path in extra_scripts" in build.stderr
    assert not build.started
    assert not project.built("net", "firmware.elf").exists()

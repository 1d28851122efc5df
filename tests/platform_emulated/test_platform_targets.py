"""Targets and options of PlatformIO that real platforms have."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

FAMILIES = ("netduinoplus2", "hifive1-revb", "lx106", "uno", "host")
MAIN = "int main(void) { return 0; }\n"
PRINT = '#include <stdio.h>\nint main(void) { printf("%s\\n", TEXT); return 0; }\n'


@pytest.mark.slow
def test_upload_command_gets_the_image(tmp_path, make_project, pio):
    recorder = tmp_path / "record.py"
    recorder.write_text("import sys\nopen('uploaded.txt', 'a').write(sys.argv[1] + '\\n')\n")
    command = f"upload_protocol = custom\nupload_command = {sys.executable} {recorder} $SOURCE"
    make_project(tmp_path, FAMILIES, command, {"src/main.c": MAIN})
    images = [
        *(f".pio/build/{board}/firmware.bin" for board in ("netduinoplus2", "hifive1-revb", "lx106")),
        *(".pio/build/uno/firmware.hex", ".pio/build/host/program"),
    ]
    for targets in (["upload"], ["nobuild", "upload"]):
        result = pio(tmp_path, "run", *(f"-t{target}" for target in targets))
        assert result.returncode == 0, result.stderr
        assert (tmp_path / "uploaded.txt").read_text().splitlines() == images
        (tmp_path / "uploaded.txt").unlink()


@pytest.mark.slow
def test_upload_without_a_command_is_refused(tmp_path, make_project, pio):
    make_project(tmp_path, ("netduinoplus2",), "", {"src/main.c": MAIN})
    result = pio(tmp_path, "run", "-t", "upload")
    assert result.returncode == 1
    assert "an emulated board has no programmer" in result.stderr


@pytest.mark.slow
def test_a_gate_before_the_image_stops_exec_and_upload(tmp_path, make_project, pio):
    gate = """
Import("env")
gate = env.Alias("gate", "$PROGPATH", lambda target, source, env: 1)
env.AlwaysBuild(gate)
env.Depends(env.Alias("buildprog")[0].sources, gate)
"""
    options = f"extra_scripts = post:gate.py\nupload_protocol = custom\nupload_command = {sys.executable} -V"
    make_project(tmp_path, ("netduinoplus2",), options, {"src/main.c": MAIN, "gate.py": gate})
    for target in ("buildprog", "exec", "upload"):
        result = pio(tmp_path, "run", "-t", target)
        assert result.returncode == 1
        assert "[gate] Error 1" in result.stderr
        assert not list(tmp_path.glob(".pio/build/*/firmware.[bh]*"))


@pytest.mark.slow
def test_size_targets_and_idedata(tmp_path, make_project, pio):
    make_project(tmp_path, FAMILIES, "", {"src/main.c": MAIN})
    result = pio(tmp_path, "run", "-t", "size")
    assert result.returncode == 0
    assert len(re.findall(r"^ +text\s+data\s+bss", result.stdout, re.MULTILINE)) == len(FAMILIES)

    result = pio(tmp_path, "run", "-t", "compiledb", "-e", "uno")
    assert result.returncode == 0
    (entry,) = [e for e in json.loads((tmp_path / "compile_commands.json").read_text()) if "src/main.c" in e["file"]]
    assert "-mmcu=atmega328p" in entry["command"]

    for board, program in (("netduinoplus2", "firmware.elf"), ("host", "program")):
        result = pio(tmp_path, "run", "-t", "idedata", "-e", board)
        assert result.returncode == 0
        data = json.loads((tmp_path / ".pio/build" / board / "idedata.json").read_text())
        assert data["prog_path"].endswith(program)
        assert {target["name"] for target in data["targets"]} >= {"exec", "size", "upload"}


@pytest.mark.slow
def test_build_options(tmp_path, make_project, pio):
    options = """
board_build.f_cpu = 12345678L
build_type = debug
build_flags = -DTEXT=\\"from_build_flags\\" -DFIRST
build_unflags = -DFIRST -Wall
"""
    source = PRINT + "#ifdef FIRST\n#error FIRST\n#endif\n#if F_CPU != 12345678L\n#error F_CPU\n#endif\n"
    make_project(tmp_path, FAMILIES, options, {"src/main.c": source})
    result = pio(tmp_path, "run", "-v", "-t", "exec")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("from_build_flags\n") == len(FAMILIES)
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("avr-gcc") and "src/main.c" in line]
    assert "-Og" in line and "-Os" not in line and "-Wall" not in line


@pytest.mark.slow
def test_program_arguments_reach_the_host_only(tmp_path, make_project, pio):
    source = "#include <stdio.h>\nint main(int count, char **values) { return count < 2 || puts(values[1]) < 0; }\n"
    make_project(tmp_path, ("host", "uno"), "", {"src/main.c": source})
    result = pio(tmp_path, "run", "-t", "exec", "-a", "one 'two' $three")
    assert "one 'two' $three\n" in result.stdout
    assert "[exec] Error 1" in result.stderr
    assert "takes no program arguments" in result.stderr


@pytest.mark.slow
def test_lto(tmp_path, make_project, pio):
    options = 'build_flags = -flto -DTEXT=\\"linked_as_one\\"'
    make_project(tmp_path, FAMILIES, options, {"src/main.c": PRINT})
    result = pio(tmp_path, "run", "-t", "exec")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("linked_as_one\n") == len(FAMILIES)


@pytest.mark.slow
def test_build_cache_restores(tmp_path, make_project, pio):
    make_project(tmp_path, FAMILIES, 'build_flags = -DTEXT=\\"cached\\"', {"src/main.c": PRINT})
    with (tmp_path / "platformio.ini").open("a") as file:
        file.write("[platformio]\nbuild_cache_dir = cache\n")
    assert pio(tmp_path, "run").returncode == 0
    shutil.rmtree(tmp_path / ".pio")
    result = pio(tmp_path, "run", "-t", "exec")
    assert result.returncode == 0, result.stderr
    assert "Retrieved" in result.stdout
    assert result.stdout.count("cached\n") == len(FAMILIES)


@pytest.mark.slow
def test_a_users_own_linker_script(tmp_path, make_project, pio, repo):
    script = (repo / "platform-emulated/ldscripts/cortex-m.ld").read_text()
    small = script.replace("LENGTH = __ram_size", "LENGTH = 4K")
    assert small != script
    files = {"src/main.c": MAIN, "own.ld": small}
    make_project(tmp_path, ("netduinoplus2",), "board_build.ldscript = own.ld", files)
    assert pio(tmp_path, "run", "-t", "exec").returncode == 0
    assert re.search(
        r"^RAM +0x0*20000000 +0x0*1000 ", (tmp_path / ".pio/build/netduinoplus2/firmware.map").read_text(), re.M
    )

    # An edit of the script links again.
    (tmp_path / "own.ld").write_text(script.replace("LENGTH = __ram_size", "LENGTH = 16"))
    result = pio(tmp_path, "run")
    assert result.returncode == 1
    assert "region `RAM' overflowed" in result.stderr


@pytest.mark.slow
def test_missing_tools_name_their_package(tmp_path, make_project, pio):
    make_project(tmp_path, ("netduinoplus2",), "", {"src/main.c": MAIN})
    result = pio(tmp_path, "run", env={"PATH": str(tmp_path)})
    assert result.returncode == 1
    assert "arm-none-eabi-gcc is not on PATH. Run: sudo apt-get install gcc-arm-none-eabi" in result.stderr

    assert pio(tmp_path, "run").returncode == 0
    launcher = tmp_path / ".pio/build/netduinoplus2/program"
    result = subprocess.run(
        [launcher], env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 127
    assert "qemu-system-arm is not on PATH. Run: sudo apt-get install qemu-system-arm" in result.stderr

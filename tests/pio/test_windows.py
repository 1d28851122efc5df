"""What Windows does otherwise, as far as it can be tried elsewhere: nothing of it was run there."""

import ast
import ntpath
import os
import posixpath
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from linked import ARM, link_stm32
from SCons.Environment import Environment

from platformio_tinyml.c_arrays import read_model_array
from platformio_tinyml.config_options import parse_config
from platformio_tinyml.errors import UsageError
from platformio_tinyml.files import is_inside, is_of_the_system, write_text
from platformio_tinyml.firmware.attribution import file_owner
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.linker_map import read_link
from platformio_tinyml.model.naming import c_identifier
from platformio_tinyml.pio import builder
from platformio_tinyml.shell_line import shell_line
from platformio_tinyml.tool_env import ToolEnvironment

PACKAGE = Path(__file__).parents[2] / "platformio_tinyml"
LIMIT = 260
"""Characters of a path that programs without long paths take, with the drive and a NUL at the end."""


def test_no_shell_and_no_links():
    for path in [*PACKAGE.rglob("*.py"), PACKAGE.parent / "extra_script.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in ("os.system", "os.popen", "os.symlink", "os.link"), path
                assert not name.endswith((".symlink_to", ".hardlink_to")), path
                shells = [word for word in node.keywords if word.arg == "shell"]
                assert not any(ast.unparse(word.value) != "False" for word in shells), path


def argv(line):
    """Words of a command line as programs on Windows take them: rules of Microsoft's C runtime."""
    words, word, quoted, inside = [], "", False, False
    at = 0
    while at < len(line):
        slashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        at += slashes
        if line[at : at + 1] == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted, inside = not quoted, True
            at += 1
            continue
        word += "\\" * slashes
        if at < len(line):
            if line[at] == " " and not quoted:
                words += [word] if word or inside else []
                word, inside = "", False
            else:
                word += line[at]
            at += 1
    return [*words, word] if word or inside else words


@pytest.mark.parametrize(
    "command",
    [
        ["python", "-I", r"C:\Users\A Name\lib\run_tool.py", "generate"],
        ["tool", r"\\server\share\x & del y", r"\\?\C:\long\path", "a;b", "50%"],
        ["tool", "", 'say "hi"', "ends in a backslash \\", 'a\\\\b\\"c d'],
        ["tool", r"C:\Projekte (alt)\kws.tflite"],
    ],
)
def test_a_line_to_paste(command):
    line = shell_line(command, windows=True)
    assert argv(line) == command
    assert subprocess.list2cmdline(["x y"]) == shell_line(["x y"], windows=True)
    assert "'" not in line
    for word in command:
        if any(character in word for character in " &();<>|"):
            assert f'"{word}'[:5] in line, "what cmd would take for its own stands in quotes"


def test_commands_in_a_windows_environment(monkeypatch, capsys):
    """A fake environment of SCons there: what its variables hold, and what the process's separator is."""
    monkeypatch.setattr(os, "pathsep", ";")
    monkeypatch.setattr("platformio_tinyml.pio.builder.shell_line", lambda command: shell_line(command, windows=True))
    core = PureWindowsPath(r"C:\Users\A Name\.platformio")
    tool = ToolEnvironment(core, r"C:\Users\A Name\.platformio\penv\Scripts\python.exe").with_emulator()
    env = {"TINYML_TOOL": tool, "TINYML_VERBOSE": True}
    monkeypatch.setattr(ToolEnvironment, "ensure", lambda self, announce: self.folder)
    command = builder.announced_command(env, ["generate", r"D:\models\kws.tflite"], "short")
    assert argv(capsys.readouterr().out.rstrip("\n")) == command
    folders = command[6].split(";")
    assert len(folders) == 2 and all(
        folder.startswith(r"C:\Users\A Name\.platformio\tinyml" + "\\") for folder in folders
    )
    assert command[-1] == r"D:\models\kws.tflite"


def test_what_lies_in_a_folder():
    folder = r"C:\Project\.pio\build\uno/tinyml/include"
    assert is_inside(r"c:\project\.pio\build\uno\tinyml\include\kws_model.h", folder, ntpath)
    assert is_inside("C:/Project/.pio/build/uno/tinyml/include/kws_model.h", folder, ntpath)
    assert not is_inside(r"C:\Project\.pio\build\uno\tinyml\include2\x.h", folder, ntpath)
    assert is_inside(r"\\server\share\lib\include\tinyml.h", r"\\SERVER\share\lib\include", ntpath)
    assert is_inside("/a/b", "/a", posixpath) and not is_inside("/A/b", "/a", posixpath)
    assert is_inside("/a", "/", posixpath)


def test_a_folder_called_dev_is_none_of_the_system():
    """What lies in /dev is written to, not replaced; sources in C:\\dev are replaced as everywhere."""
    assert is_of_the_system(PurePosixPath("/dev/null")) and is_of_the_system(PurePosixPath("/proc/self/fd/1"))
    assert not is_of_the_system(PureWindowsPath(r"C:\dev\project\kws_model.h"))
    assert not is_of_the_system(PureWindowsPath(r"\dev\project\kws_model.h"))
    assert not is_of_the_system(PurePosixPath("/home/dev/null"))


@pytest.mark.skipif(shutil.which(f"{ARM[0]}") is None, reason="no cross compiler")
def test_a_map_with_crlf(tmp_path):
    link_stm32(tmp_path, "-Wl,-Map=firmware.map")
    image = read_image(tmp_path / "firmware.elf")
    path = tmp_path / "firmware.map"
    as_here = read_link(path, image)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_link(path, image) == as_here
    assert as_here.inputs and as_here.regions


def test_files_with_crlf(tmp_path):
    rows = (
        "/* a model */",
        "alignas(16) const unsigned char g_model[] = {",
        "0x1c, 0x00, 0x00, 0x00,",
        "0x54, 0x46, 0x4c, 0x33",
        "};",
        "",
    )
    header = "\n".join(rows)
    (tmp_path / "lf.h").write_bytes(header.encode())
    (tmp_path / "crlf.h").write_bytes(header.replace("\n", "\r\n").encode())
    assert read_model_array(tmp_path / "lf.h") == read_model_array(tmp_path / "crlf.h")
    write_text(tmp_path / "generated.h", "one\ntwo\n")
    assert (tmp_path / "generated.h").read_bytes() == b"one\ntwo\n", "alike on every system"


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        (r"C:\p\.pio\build\uno\libFrameworkArduino.a(main.cpp.o)", "framework"),
        (r".pio\build\uno\FrameworkArduino\main.cpp.o", "framework"),
        (r"c:\toolchain\bin\..\lib\gcc\avr\12\libgcc.a(x.o)", "libc"),
        (r".pio\build\uno\src\main.cpp.o", None),
        (r".pio\build\uno\tinyml\kws\kws_weights.o", "weights:kws"),
    ],
)
def test_owners_of_files(file, owner):
    assert file_owner(file, {"kws_weights": "weights:kws"}) == owner


@pytest.mark.parametrize("stem", ["con", "AUX", "nul", "com1", "LPT9"])
def test_no_folder_is_called_like_a_device(stem):
    assert c_identifier(stem) == f"m{stem}"
    assert c_identifier(f"{stem}x") == f"{stem}x"


def test_names_that_differ_in_case_alone(tmp_path):
    for name in ("a/KWS.tflite", "b/kws.tflite"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x")
    options = {"custom_tinyml_models": "a/KWS.tflite, b/kws.tflite"}
    with pytest.raises(UsageError, match=r"two models are called|would share the header"):
        parse_config(options, tmp_path, flash_limit=None, ram_limit=None)


def test_a_drive_and_a_share_in_options(tmp_path):
    """Paths are kept as they are written; only what they lead to is the system's affair."""
    options = {"custom_tinyml_models": r"D:\models\my net.tflite"}
    with pytest.raises(UsageError) as refused:
        parse_config(options, tmp_path, flash_limit=None, ram_limit=None)
    assert r"D:\models\my net.tflite" in refused.value.message


def test_paths_stay_short(tmp_path, repo):
    """A project of a usual name, in a user's usual folder, with the longest file that a build makes of a model."""
    out = tmp_path / "out"
    model = repo / "examples" / "sine" / "models" / "sine.tflite"
    command = [sys.executable, "-m", "platformio_tinyml", "generate", model, "-o", out, "--name", "hey_computer_v2"]
    subprocess.run(command, check=True, capture_output=True)
    longest = max((path.name for path in out.iterdir()), key=len)
    project = PureWindowsPath(r"C:\Users\firstname.lastname\Documents\PlatformIO\Projects\a-project-of-some-length")
    built = project / ".pio" / "build" / "adafruit_feather_nrf52840_sense" / "tinyml" / "hey_computer_v2" / "probe"
    cached = project / ".pio" / "tinyml" / f"{'0' * 24}.abcdefgh.tmp"
    for path in (built / f".{longest}.abcdefgh", cached / f".{longest}.abcdefgh"):
        assert len(str(path)) < LIMIT


def test_a_map_file_on_a_drive():
    from platformio_tinyml.pio import linker_flags

    env = Environment(LINKFLAGS=[r"-Wl,-Map=C:\build\firmware.map"])
    assert str(linker_flags.map_file(env)).endswith(r"C:\build\firmware.map")

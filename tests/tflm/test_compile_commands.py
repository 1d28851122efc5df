"""The plan of a twin, of what CMake says that it compiles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from platformio_tinyml.errors import SetupError
from platformio_tinyml.tflm.compile_commands import plan_of
from platformio_tinyml.tflm.twin_build import TwinPlan

GCC = "/opt/bin/riscv32-esp-elf-gcc"


def plan(folder: Path, commands: object) -> TwinPlan:
    """Of the objects a.o and b.o, and of a model's sources, the array of which nothing compiles."""
    path = folder / "compile_commands.json"
    path.write_text(commands if isinstance(commands, str) else json.dumps(commands))
    for name in ("a.o", "b.o"):
        (folder / name).write_bytes(b"object")
    generated = [folder / "kws_model.cc", folder / "kws_tflite.c"]
    return plan_of(path, GCC, [folder / "." / "a.o", folder / "b.o"], generated, folder / "twin")


def entries(folder: Path) -> list[dict[str, object]]:
    common = {"directory": str(folder)}
    return [
        {**common, "file": "a.cc", "command": "xtensa-g++ @more.txt -I 'an include' -mlongcalls -O2 -o a.o -c a.cc"},
        {**common, "file": "b.S", "arguments": ["xtensa-gcc", "-o", "b.o", "-c", "b.S"]},
        {**common, "file": f"{folder}/kws_model.cc", "output": "m.o", "command": "xtensa-g++ -Igen -isystem sys -DX"},
    ]


def test_what_is_of_no_machine_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text('-flto -DCONFIG_NN=1\n-mfix -DTEXT="a b"')
    found = plan(tmp_path, entries(tmp_path))
    (group,) = found.library
    assert group.sources == (str(tmp_path / "a.cc"),), "assembly is of one machine"
    assert group.words == ("-DCONFIG_NN=1", "-DTEXT=a b", "-I", "an include", "-O2")
    assert [(each.words, each.sources) for each in found.generated] == [
        (("-Igen", "-isystem", "sys", "-DX"), (str(tmp_path / "kws_model.cc"),)),
        (("-Igen", "-isystem", "sys"), (str(tmp_path / "kws_tflite.c"),)),
    ]
    assert (found.folder, found.archiver) == (str(tmp_path), "/opt/bin/riscv32-esp-elf-ar")


def test_objects_that_changed_are_compiled_anew(tmp_path: Path) -> None:
    first = plan(tmp_path, entries(tmp_path)).objects
    assert plan(tmp_path, entries(tmp_path)).objects == first
    changed = [{**entries(tmp_path)[0], "command": "xtensa-g++ -O3 -o a.o -c a.cc"}, *entries(tmp_path)[1:]]
    assert plan(tmp_path, changed).objects != first


@pytest.mark.parametrize(
    "commands, told",
    [
        ("", "compile_commands.json cannot be read"),
        ("[3]", "holds no commands"),
        ({}, "holds no commands"),
        ([], "holds no commands"),
        ([{}], "does not say how a.o is compiled"),
        ([{"command": "gcc 'open"}], "none of a shell's"),
    ],
)
def test_what_says_too_little(tmp_path: Path, commands: object, told: str) -> None:
    with pytest.raises(SetupError, match=re.escape(told)):
        plan(tmp_path, commands)


def test_a_model_that_nothing_compiles(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"how kws_model\.cc is compiled"):
        plan(tmp_path, entries(tmp_path)[:2])

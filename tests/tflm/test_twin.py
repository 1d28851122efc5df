"""The arena of a target that cannot run here, from a twin of its library: the stand-in for TFLM, and a real one."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cross_compilers import compiler, cxx_headers, require_compilers
from fake_tflm import ARENA, NEW, write_fake, write_structs
from model_builder import Builder, per_tensor
from real_tflm import archive, library, link_probe, struct_sizes
from test_tflm_generated import generate
from test_tflm_probe import link

from platformio_tinyml import tflm
from platformio_tinyml.cli.bound import _refuse_other
from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import UsageError
from platformio_tinyml.tflm.link import STRUCT_SIZES_FLAGS
from platformio_tinyml.tflm.struct_sizes import CORE, STRUCT_SIZES_SOURCE

pytest.importorskip("unicorn", reason="unicorn is not installed")

STRUCTS = {**dict.fromkeys(CORE, (8, 4)), "pointer": (4, 4), "basic_enum": (4, 4), "TfLiteAddParams": (8, 4)}
LARGE = {**STRUCTS, "MicroAllocator": (2000, 4)}
"""With these the bound is above what the stand-in takes."""
MEMBERS = {"AllocationInfo.bytes": 0, "MicroAllocator.memory_planner_": 8}


def sizes_object(
    folder: Path, name: str, structs: Mapping[str, tuple[int, int]], members: Mapping[str, int] = MEMBERS
) -> str:
    """An object as struct_sizes.cc makes it."""
    lines = [
        f"char tinyml_size_{each}[{size + 1}]; char tinyml_align_{each}[{alignment + 1}];"
        for each, (size, alignment) in structs.items()
    ]
    lines += [f"char tinyml_at_{each.replace('.', '__')}[{offset + 2}];" for each, offset in members.items()]
    lines.append("char tinyml_at_AllocationInfo__not_there[1];")
    (folder / f"{name}.c").write_text("\n".join(lines))
    command = [*compiler("rv32imac", "gcc"), "-fno-common", "-c", f"{name}.c", "-o", f"{name}.o"]
    subprocess.run(command, cwd=folder, check=True, timeout=600)
    return str(folder / f"{name}.o")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    builder = Builder()
    constant = builder.tensor("c", (8,), quantization=per_tensor(0.5), data=np.ones(8, np.int8))
    first = builder.tensor("speech", (8,), quantization=per_tensor(0.5, -3))
    last = builder.tensor("word", (8,), quantization=per_tensor(0.25))
    builder.operator("ADD", [first, constant], [last])
    path = tmp_path / "kws.tflite"
    path.write_bytes(builder.build([first], [last]))
    return path


@pytest.fixture
def elf(model: Path, tmp_path: Path) -> Path:
    generate(model, tmp_path, NEW)
    return link(tmp_path, machine="rv32imac")


def bound(
    elf: Path,
    model: Path,
    *options: str,
    own: Mapping[str, tuple[int, int]] = LARGE,
    twin: Mapping[str, tuple[int, int]] = LARGE,
    members: Mapping[str, int] = MEMBERS,
) -> tuple[int, dict]:
    folder = elf.parent
    objects = [sizes_object(folder, "own", own), sizes_object(folder, "twin", twin, members)]
    words = [objects[0], "--twin", str(elf), objects[1], "--manifest", str(folder / "generated" / "kws_model.json")]
    code = main(["bound", *words, "--model", str(model), "-o", str(folder / "out"), *options])
    written = folder / "out" / "kws_arena.json"
    return code, json.loads(written.read_text()) if written.exists() else {}


def test_the_twins_arena_is_taken(elf: Path, model: Path) -> None:
    code, document = bound(elf, model)
    assert code == 0
    assert (document["size"], document["method"], document["twin"]) == (ARENA, "twin", ARENA)
    assert document["bound"] > ARENA
    manifest = json.loads((elf.parent / "out" / "kws_model.json").read_text())
    assert (manifest["arena"]["size"], manifest["arena"]["method"]) == (ARENA, "twin")


@pytest.mark.parametrize(
    "name, told",
    [
        ("MicroAllocator", "MicroAllocator takes 2000 bytes"),
        ("basic_enum", "enum takes 4 bytes (aligned to 4), in the twin 1 bytes (aligned to 1)"),
    ],
)
def test_another_layout_leaves_the_bound(elf: Path, model: Path, name: str, told: str) -> None:
    code, document = bound(elf, model, twin={**LARGE, name: (1, 1)})
    assert code == 0
    assert (document["method"], document["size"], document["twin"]) == ("bound", document["bound"], None)
    assert told in document["no_twin"]


def test_a_struct_that_one_side_lacks(elf: Path, model: Path) -> None:
    _, document = bound(elf, model, twin={name: each for name, each in LARGE.items() if name != "TfLiteAddParams"})
    assert document["method"] == "bound"
    assert "TfLiteAddParams takes 8 bytes (aligned to 4), in the twin nothing" in document["no_twin"]
    manifest = json.loads((elf.parent / "out" / "kws_model.json").read_text())
    assert manifest["arena"]["no_twin"] == document["no_twin"]


def test_a_member_elsewhere(elf: Path, model: Path) -> None:
    """Members that changed places leave sizes as they were."""
    _, document = bound(elf, model, members={**MEMBERS, "AllocationInfo.bytes": 4})
    assert (document["method"], document["twin"]) == ("bound", None)
    assert document["no_twin"].endswith("AllocationInfo.bytes is at byte 0, in the twin at byte 4")
    _, document = bound(elf, model, members={"AllocationInfo.bytes": 0})
    assert "MicroAllocator.memory_planner_ is at byte 8, in the twin not seen" in document["no_twin"]


def test_private_members_that_changed_places(elf: Path, model: Path, tmp_path: Path) -> None:
    """Of the same type, by the compiler itself: sizes and alignments are the same."""
    first, second = "void *memory_planner_;", "void *persistent_buffer_allocator_;"
    write_fake(tmp_path / "tflm", NEW)
    objects = []
    for name, members in (("own", first + second), ("twin", second + first)):
        write_structs(tmp_path / "tflm", members)
        objects.append(str(tmp_path / f"{name}.o"))
        flags = [*STRUCT_SIZES_FLAGS, f"-I{tmp_path / 'tflm'}", "-c", str(STRUCT_SIZES_SOURCE), "-o", objects[-1]]
        subprocess.run([*compiler("rv32imac", "g++"), *flags], check=True, timeout=600)
    manifest = str(tmp_path / "generated" / "kws_model.json")
    words = [objects[0], "--twin", str(elf), objects[1], "--manifest", manifest, "--model", str(model)]
    assert main(["bound", *words, "-o", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / "kws_arena.json").read_text())
    assert document["method"] == "bound"
    assert "MicroAllocator.memory_planner_ is at byte 0, in the twin at byte 4" in document["no_twin"]


def test_rungs_that_disagree(elf: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bound(elf, model, own=STRUCTS, twin=STRUCTS) == (2, {})
    assert f"the twin takes an arena of {ARENA:,} bytes, and the bound is " in capsys.readouterr().err
    assert bound(elf, model, "--device-arena", str(ARENA - 16)) == (2, {})
    assert f"an arena of {ARENA - 16:,} bytes, and the twin takes {ARENA:,}" in capsys.readouterr().err
    assert bound(elf, model, "--arena-size", str(ARENA - 16)) == (2, {})
    assert f"takes {ARENA:,} with this library" in capsys.readouterr().err


def test_device_and_twin_agree(elf: Path, model: Path) -> None:
    assert bound(elf, model, "--device-arena", str(ARENA))[1]["method"] == "device"
    assert bound(elf, model, "--arena-margin", "32")[1]["size"] == ARENA + 32
    assert bound(elf, model, "--device-arena", str(ARENA), "--arena-margin", "32")[1]["size"] == ARENA + 32


def test_what_a_device_took_of_an_arena_that_was_split_is_not_of_a_whole_one(elf: Path, model: Path) -> None:
    assert bound(elf, model, "--device-arena", "4096", "--device-persistent", "64")[1]["method"] == "twin"


@pytest.mark.parametrize(
    "device, told",
    [
        ((1264, 704), None),
        ((1248, 688), None),
        ((1264, 720), "a persistent arena of 720 bytes, and the bound is 704"),
        ((1264, 688), "an arena of 576 bytes, and the bound is 560"),
        ((1104, None), "an arena of 1,104 bytes, and the bound is 560"),
    ],
)
def test_both_parts_of_a_device_are_within_the_bound(device: tuple[int, int | None], told: str | None) -> None:
    with contextlib.nullcontext() if told is None else pytest.raises(UsageError, match=told):
        _refuse_other(device, (1264, 704))


def test_a_twin_of_another_model(elf: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_bytes(model.read_bytes() + bytes(4))
    assert bound(elf, model)[0] == 2
    assert "holds another model" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, size", [("hello_world_int8", 1104), ("kws_ref_model", 22784), ("pretrainedResnet_quant", 54368)]
)
def test_xtensa_by_rv32(
    shared_models: Path, tmp_path: Path, request: pytest.FixtureRequest, name: str, size: int
) -> None:
    """lx106 in the place of the ESP32; the sizes were found by hand in QEMU, with reference kernels."""
    require_compilers("lx106")
    include, path = library("rv32imac"), shared_models / f"{name}.tflite"
    cache = request.config.cache.mkdir("tflm")
    elf, manifest = link_probe(path, include, archive(include, "rv32imac", cache), "rv32imac", tmp_path)
    for machine in ("lx106", "rv32imac"):
        (tmp_path / machine).mkdir()
        struct_sizes(include, machine, tmp_path / machine)
    own, twin = (str(tmp_path / machine / "struct_sizes.o") for machine in ("lx106", "rv32imac"))
    words = ["bound", own, "--twin", str(elf), twin, "--manifest", str(manifest), "--model", str(path)]
    assert main([*words, "-o", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out" / f"{name}_arena.json").read_text())
    assert document["method"] == "twin"
    assert abs(document["size"] - size) <= 16


def test_a_bound_does_without_the_emulator() -> None:
    """Where nothing can be emulated the build does not install it."""
    code = "import sys; sys.modules['unicorn'] = None; import platformio_tinyml.cli.bound"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def plan(model: Path, tmp_path: Path) -> dict[str, Any]:
    """Of the stand-in for TFLM."""
    generate(model, tmp_path, NEW)
    library = write_fake(tmp_path / "a library", NEW)
    write_structs(library, "char bytes[2000];")
    gcc = compiler("rv32imac", "gcc")[0]
    runtime = Path(tflm.__file__).parents[1] / "runtime" / "include"
    includes = [f"-I{folder}" for folder in (library, tmp_path / "generated", runtime)]
    words = ["-std=c++17", "-fno-exceptions", "-fno-rtti", *cxx_headers(), *includes]
    return {
        "schema": "tinyml-twin/1",
        "compiler": shutil.which(gcc),
        "archiver": shutil.which(gcc.replace("gcc", "ar")),
        "folder": str(tmp_path),
        "objects": str(tmp_path / "kept objects"),
        "library": [{"words": [*words, "-Os"], "sources": ["a library/kernels.cc"]}],
        "generated": [
            {"words": words, "sources": ["generated/kws_model.cc"]},
            {"words": includes, "sources": ["generated/kws_tflite.c"]},
        ],
        "cxx_words": words,
    }


def bound_by_plan(plan: dict[str, Any], model: Path) -> tuple[int, dict]:
    """With struct sizes of the very layout, as those of the target."""
    folder = Path(plan["folder"])
    path = folder / "plan.json"
    path.write_text(json.dumps(plan))
    words = [*compiler("rv32imac", "g++"), *STRUCT_SIZES_FLAGS, *plan["generated"][0]["words"]]
    if not (folder / "own.o").exists():
        command = [*words, "-c", str(STRUCT_SIZES_SOURCE), "-o", "own.o"]
        subprocess.run(command, cwd=folder, check=True, timeout=600)
    manifest = str(folder / "generated" / "kws_model.json")
    called = [str(folder / "own.o"), "--twin-plan", str(path), "--manifest", manifest, "--model", str(model)]
    code = main(["bound", *called, "-o", str(folder / "out")])
    written = folder / "out" / "kws_arena.json"
    return code, json.loads(written.read_text()) if written.exists() else {}


def test_a_twin_that_is_built(plan: dict[str, Any], model: Path) -> None:
    assert bound_by_plan(plan, model)[1]["twin"] == ARENA
    (kept,) = Path(plan["objects"]).glob("*.o")
    Path(plan["folder"], "a library", "kernels.cc").write_text("#error is not compiled again\n")
    assert bound_by_plan(plan, model)[1]["method"] == "twin"
    kept.unlink()
    code, document = bound_by_plan(plan, model)
    assert (code, document["method"], document["twin"]) == (0, "bound", None)
    assert "does not compile: kernels.cc: " in document["no_twin"]
    assert "#error is not compiled again" in document["no_twin"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"compiler": "/nowhere/riscv-gcc"}, "compiler does not start: No such file"),
        ({"archiver": "/nowhere/ar"}, "the twin has no archive"),
        ({"library": []}, "the twin did not run"),
        ({"cxx_words": ["-std=c++17"]}, "does not compile: struct_sizes.cc"),
    ],
)
def test_a_twin_that_cannot_be_built(plan: dict[str, Any], model: Path, change: dict[str, Any], told: str) -> None:
    code, document = bound_by_plan(plan | change, model)
    assert (code, document["method"]) == (0, "bound")
    assert told in document["no_twin"]


def test_instructions_of_the_target(plan: dict[str, Any], model: Path) -> None:
    """In functions that init does not call they do no harm; where it does, there is no twin."""
    kernels = Path(plan["folder"], "a library", "kernels.cc")
    text, foreign = kernels.read_text(), '__asm__ volatile("rsr.ccount %0" : "=r"(x)); return x; }\n'
    barrier = text.replace("{ return 0; }", '{ __asm__ volatile("" ::: "memory"); return 0; }')
    kernels.write_text(f"{barrier}unsigned ticks() {{ unsigned x; {foreign}")
    assert bound_by_plan(plan, model)[1]["twin"] == ARENA
    kernels.write_text(text.replace("{ return 0; }", f"{{ size_t x; {foreign}"))
    shutil.rmtree(plan["objects"])
    _, document = bound_by_plan(plan, model)
    assert document["method"] == "bound"
    assert "the twin did not run" in document["no_twin"]


def test_a_twin_of_other_macros(plan: dict[str, Any], model: Path) -> None:
    """Nothing of the library is compiled for it."""
    assert bound_by_plan(plan | {"cxx_words": [*plan["cxx_words"], "-fshort-enums"]}, model)[1]["twin"] is None
    assert not Path(plan["objects"]).exists()


def test_no_plan_of_a_twin(plan: dict[str, Any], model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bound_by_plan(plan | {"schema": "tinyml-twin/0"}, model) == (2, {})
    assert "is no plan of a twin" in capsys.readouterr().err

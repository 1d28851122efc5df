"""The twin in a real build: where the target's own code cannot be emulated, its library is built for RV32."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import Project
from cross_compilers import cxx_headers, require_compilers
from fake_tflm import ARENA, write_structs
from test_tflm_options import MAIN, write_library, write_model

from platformio_tinyml.pio.builder import members
from platformio_tinyml.pio.tflm import MICRO, Library, kernels_of
from platformio_tinyml.pio.twin import twin_of

LX106 = """\
[env:lx106]
board = lx106
build_flags = {headers}
custom_tinyml_verify = off
"""


@pytest.fixture
def project(make_project, repo: Path, tmp_path: Path) -> Project:
    require_compilers("lx106")
    require_compilers("rv32imac")
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    library = tmp_path / "a library" / "tflite-micro"
    write_library(library)
    write_structs(library / "src", "char bytes[2000];")
    libraries = f"lib_deps =\n  symlink://{repo}\n  symlink://{library}"
    project: Project = make_project(LX106.format(headers=" ".join(cxx_headers())), libraries)
    (project.folder / "models" / "sine.tflite").unlink()
    write_model(project.folder / "models" / "kws.tflite")
    project.write("src/main.c", MAIN)
    return project


def arena_of(project: Project) -> dict:
    """In the report."""
    (model,) = json.loads(project.built("lx106", "tinyml/report.json").read_text())["models"]
    arena: dict = model["arena"]
    return arena


@pytest.mark.slow
def test_the_arena_of_a_twin(project: Project, tmp_path: Path) -> None:
    build = project.run("-e", "lx106")
    assert build.code == 0, build.output
    assert (arena_of(project)["method"], arena_of(project)["size"]) == ("twin", ARENA)
    kept = list(project.built("lx106", "tinyml/twin").glob("*/*.o"))
    assert len(kept) == 2

    kernels = tmp_path / "a library" / "tflite-micro" / "src" / "kernels.cc"
    kernels.write_text(kernels.read_text() + "#ifdef __XTENSA__\nint more = 1;\n#else\n#error\n#endif\n")
    build = project.run("-e", "lx106")
    assert build.code == 0, build.output
    assert "kws: the arena is of method bound: the twin does not compile: kernels.cc" in build.output
    assert arena_of(project)["method"] == "bound"
    assert "the arena is of method" not in project.run("-e", "lx106").output


def test_why_there_is_none() -> None:
    archive, prebuilt = SimpleNamespace(sources=["object"]), SimpleNamespace(sources=[])
    env = SimpleNamespace(WhereIs=lambda name: None, subst=lambda text: "/opt/bin/xtensa-esp32s3-elf-gcc")
    library = SimpleNamespace(builder=object())
    assert twin_of(env, library, [archive], [])[1].startswith("there is no compiler for RV32 on PATH")
    assert twin_of(env, library, [prebuilt], [])[1] == "the project's TensorFlow Lite Micro comes as an archive"
    assert twin_of(env, SimpleNamespace(builder=None), [archive], [])[0] is None
    env.WhereIs = lambda name: f"/opt/{name}" if name.startswith("riscv-none-elf") else None
    twin, none = twin_of(env, library, [prebuilt, archive], ["o"])
    assert twin is not None
    assert (twin.prefix, twin.archives, none) == ("/opt/riscv-none-elf-", (archive,), "")
    env.subst = lambda text: "arm-none-eabi-gcc"
    assert twin_of(env, library, [archive], []) == (None, "")


def test_members_of_archives() -> None:
    """An object counts itself, not the source that it is made of: headers are in the object alone."""
    source = SimpleNamespace(sources=[])
    first = SimpleNamespace(sources=[source])
    archive = SimpleNamespace(sources=[first])
    assert [members(node) for node in (archive, first, source)] == [[first], [first], [source]]


@pytest.mark.parametrize(
    ("folder", "source", "told"),
    [
        ("test_data_generation", "generate.cc", "reference"),  # upstream's, beside its kernels
        ("vendor", "only.h", "reference"),
        ("vendor", "conv.cc", None),
    ],
)
def test_kernels_by_their_folders(tmp_path: Path, folder: str, source: str, told: str | None) -> None:
    (tmp_path / MICRO / "kernels" / folder).mkdir(parents=True)
    (tmp_path / MICRO / "kernels" / folder / source).write_text("")
    assert kernels_of(None, Library(tmp_path)) == told

"""Several models in one arena, and a model in the application's: what the generated C does."""

from __future__ import annotations

import ctypes
import json
import subprocess
from pathlib import Path

import numpy as np
from random_models import MODELS

from platformio_tinyml.cli.main import main
from platformio_tinyml.operators import check_model
from platformio_tinyml.tflite import read_model

OK, ARENA, INIT, ALIGNMENT = 0, 1, 4, 5


def generate(folder: Path, name: str, opcode: str, *words: str) -> dict[str, object]:
    """The manifest of a random model."""
    for seed in range(100):
        data = MODELS[opcode](np.random.default_rng(seed))
        if not check_model(read_model(data, name)):
            break
    path = folder / f"{name}.tflite"
    path.write_bytes(data)
    assert main(["generate", str(path), "-o", str(folder / "c"), "--with-runtime", *words]) == 0
    manifest: dict[str, object] = json.loads((folder / "c" / f"{name}_model.json").read_text())
    return manifest


def library(folder: Path) -> ctypes.CDLL:
    flags = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run(["gcc", *flags, *sorted((folder / "c").glob("*.c")), "-o", folder / "models.so"], check=True)
    return ctypes.CDLL(str(folder / "models.so"))


def address(models: ctypes.CDLL, function: str) -> int | None:
    called = models[function]
    called.restype = ctypes.c_void_p
    found: int | None = called()
    return found


def test_one_arena_for_several(tmp_path: Path) -> None:
    sizes = [
        generate(tmp_path, name, opcode, "--share-arena")["arena"]["size"]  # type: ignore[index]
        for name, opcode in (("one", "CONV_2D"), ("two", "FULLY_CONNECTED"), ("three", "CONV_2D"))
    ]
    models = library(tmp_path)
    assert f"tinyml_shared_arena[{max(sizes)}]" in (tmp_path / "c" / "tinyml_arena.c").read_text()
    base = ctypes.addressof(ctypes.c_uint8.in_dll(models, "tinyml_shared_arena"))
    for name in ("one", "two", "three"):
        assert models[f"{name}_init"]() == OK
        assert base <= (address(models, f"{name}_input_0") or 0) < base + max(sizes)
        assert "THE ARENA IS SHARED" in (tmp_path / "c" / f"{name}_model.h").read_text()


def test_the_applications_arena(tmp_path: Path) -> None:
    arena = generate(tmp_path, "mine", "CONV_2D", "--user-arena")["arena"]
    size = int(arena["size"])  # type: ignore[index]
    models = library(tmp_path)
    memory = ctypes.create_string_buffer(size + 32)
    base = ctypes.addressof(memory) + -ctypes.addressof(memory) % 16
    init = models["mine_init_with"]
    init.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    assert models["mine_invoke"]() == INIT
    assert address(models, "mine_input_0") is None
    assert init(None, size) == init(base, size - 1) == ARENA
    assert init(base + 4, size) == ALIGNMENT
    assert models["mine_invoke"]() == INIT
    assert init(base, size) == OK
    assert base <= (address(models, "mine_input_0") or 0) < base + size
    assert models["mine_invoke"]() == OK
    assert not hasattr(models, "mine_init")
    assert init(base, 0) == ARENA
    assert address(models, "mine_output_0") is None


def test_both_are_not_one(tmp_path: Path) -> None:
    assert main(["generate", "x.tflite", "-o", str(tmp_path), "--share-arena", "--user-arena"]) == 2

"""Hostile model files are refused before anything loads them, with words that name what they hold."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import hostile_models as hostile
import pytest
from hostile_models import Hostile
from quantize_samples import float_dense, keras_file, layer, saved_model, sequential

from platformio_tinyml.quantize.workers import archive
from platformio_tinyml.quantize.workers.say import Refusal
from platformio_tinyml.quantize.workers.untrusted import code_in, examine, take_copy

pytest.importorskip("h5py", reason="h5py is not installed")
PYTHON = os.environ.get("TINYML_TENSORFLOW_PYTHON")
ROOT = Path(__file__).parent.parent.parent


def refusal(source: Path, kind: str, folder: Path) -> str:
    """What is said of a file: why it is not taken, or what it holds."""
    folder.mkdir()
    try:
        return "; ".join(examine(take_copy(source, kind, folder), kind).code)
    except Refusal as refused:
        return refused.message


def test_there_are_many() -> None:
    names = [each.name for each in hostile.ALL]
    assert len(names) == len(set(names))
    assert len(names) >= 40


@pytest.mark.parametrize("each", hostile.ALL, ids=lambda each: each.name)
def test_refused(tmp_path: Path, each: Hostile) -> None:
    source = each.make(tmp_path, tmp_path / "canary")
    said = refusal(source, each.kind, tmp_path / "copy")
    assert each.said in said
    assert not (tmp_path / "canary").exists()


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="TINYML_TENSORFLOW_PYTHON names no interpreter with TensorFlow")
@pytest.mark.parametrize("each", hostile.ALL, ids=lambda each: each.name)
def test_refused_by_the_command(tmp_path: Path, each: Hostile) -> None:
    source = each.make(tmp_path, tmp_path / "canary")
    before = sorted(tmp_path.rglob("*"))
    command = ["quantize", source, "--data", "random", "-o", tmp_path / "out.tflite", "--python", PYTHON, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "platformio_tinyml", *map(str, command)], capture_output=True, text=True, cwd=ROOT
    )
    error = json.loads(done.stdout)["errors"][0]
    assert done.returncode == 3, error
    assert error["code"] in ("model-unsafe", "model-size", "model-damaged")
    assert each.said in error["message"]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_layer_is_named() -> None:
    found = list(code_in(sequential(layer("TimeDistributed", name="outer", layer=layer("Lambda", name="inner")))))
    assert found == ["a Lambda layer (inner)"]
    assert list(code_in(sequential(layer("Mine", "my_layers", name="block_7")))) == [
        "the class Mine of the module my_layers in block_7, which is not among the layers known to be harmless"
    ]


def test_two_members_of_one_name(tmp_path: Path) -> None:
    """The last counts, for the look and for the loading."""
    path = keras_file(tmp_path / "m.keras", hostile.PLAIN_3)
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("config.json", json.dumps(sequential(layer("Lambda"))))
    assert "a Lambda layer" in refusal(path, "keras", tmp_path / "a")


def test_what_is_not_needed_is_not_loaded(tmp_path: Path) -> None:
    """Assets, optimizers of any class, members that lie outside: none of them is in the copy."""
    compiled = {**sequential(hostile.INPUT_3), "compile_config": {"optimizer": layer("system", "os")}}
    path = keras_file(tmp_path / "m.keras", compiled)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("../../outside.txt", "x")
        made.writestr("assets/vocabulary.txt", "x")
        made.writestr("model.weights.npz", "x")
    copy = take_copy(path, "keras", tmp_path)
    with zipfile.ZipFile(copy) as made:
        assert made.namelist() == [archive.CONFIG, archive.METADATA]
    assert examine(copy, "keras").code == ()


def test_a_file_of_two_kinds_is_loaded_as_what_was_examined(tmp_path: Path) -> None:
    """HDF5 at its start and a zip archive at its end: Keras would go by its name."""
    h5 = hostile.h5(tmp_path / "a.h5", hostile.PLAIN_2).read_bytes()
    zipped = keras_file(tmp_path / "b.keras", sequential(layer("Lambda"))).read_bytes()
    (tmp_path / "both.keras").write_bytes(h5 + zipped)
    assert take_copy(tmp_path / "both.keras", "h5", tmp_path).suffix == ".h5"


def test_another_graph_beside_is_not_loaded(tmp_path: Path) -> None:
    """TensorFlow prefers saved_model.cpb to saved_model.pb."""
    made = saved_model(tmp_path / "m", ("Conv2D",))
    for name in ("saved_model.cpb", "saved_model.pbtxt", "fingerprint.pb"):
        (made / name).write_bytes(b"x")
    (made / "assets").mkdir()
    (tmp_path / "copy").mkdir()
    copy = take_copy(made, "saved-model", tmp_path / "copy")
    assert sorted(path.name for path in copy.iterdir()) == ["saved_model.pb", "variables"]


def test_plain_files_are_taken(tmp_path: Path) -> None:
    for index, (source, kind) in enumerate(
        (
            (hostile.h5(tmp_path / "m.h5", hostile.PLAIN_2), "h5"),
            (keras_file(tmp_path / "m.keras", hostile.PLAIN_3), "keras"),
            (saved_model(tmp_path / "m", ("Conv2D", "StatefulPartitionedCall")), "saved-model"),
        )
    ):
        assert refusal(source, kind, tmp_path / str(index)) == ""


def test_functions_that_save_are_taken_where_nothing_calls_them(tmp_path: Path) -> None:
    """Every SavedModel has them, for TensorFlow 1."""
    (tmp_path / "m").mkdir()
    function = hostile.library_function("f", "Conv2D")
    (tmp_path / "m" / "saved_model.pb").write_bytes(hostile.graph(hostile.SAVE + function))
    assert refusal(tmp_path / "m", "saved-model", tmp_path / "copy") == ""


@pytest.mark.parametrize("code", ["FlexReadFile", "FlexEagerPyFunc", "Mine", ""])
def test_custom_operators_of_tflite(tmp_path: Path, code: str) -> None:
    (tmp_path / "m.tflite").write_bytes(hostile.custom_tflite(code))
    command = ["quantize", tmp_path / "m.tflite", "--data", "random", "-o", tmp_path / "out.tflite", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "platformio_tinyml", *map(str, command), "--python", sys.executable],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    error = json.loads(done.stdout)["errors"][0]
    assert (done.returncode, error["code"]) == (3, "model-unsafe")
    assert code in error["message"]


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="TINYML_TENSORFLOW_PYTHON names no interpreter with TensorFlow")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process")
def test_with_consent_it_is_confined_still(tmp_path: Path) -> None:
    """The reproduction: a folder made by a layer, and a library whose constructor writes a file."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    canary = tmp_path / "canary"
    source = tmp_path / "evil.c"
    source.write_text(
        "#include <stdio.h>\n#include <stdlib.h>\n__attribute__((constructor)) static void run(void) "
        f'{{ fputs("constructor ran\\n", stderr); FILE *f = fopen("{canary}", "w"); if (f) fclose(f); '
        f'system("touch {canary}"); }}\n'
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "canary.so", source], check=True)
    for each in hostile.FUNCTION_CALLS[:2]:
        folder = tmp_path / each.name
        folder.mkdir()
        made = each.make(folder, canary)
        command = ["quantize", made, "--data", "random", "-o", tmp_path / "out.tflite", "--python", PYTHON]
        subprocess.run(
            [sys.executable, "-m", "platformio_tinyml", *map(str, command), "--allow-unsafe"],
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        assert not canary.exists()


def test_float_models_of_tensorflow_lite_have_no_code(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(float_dense())
    copy = take_copy(tmp_path / "m.tflite", "float-tflite", tmp_path)
    assert examine(copy, "float-tflite").code == ()
    assert copy.read_bytes() == float_dense()

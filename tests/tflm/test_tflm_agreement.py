"""Two objects that tell the sizes of TFLM's types: the same, or an error that names the macro."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.errors import SetupError
from platformio_tinyml.tflm.agreement import AGREEMENT_SOURCE, compare

SIZES = {"TfLiteTensor": 32, "TfLiteNode": 28, "TfLiteStatus": 1, "MicroInterpreter": 208}


def object_of(folder: Path, name: str, sizes: dict[str, int]) -> Path:
    """As agreement.cc compiled where the types have these sizes."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    source = "".join(f"char tinyml_number_{type_name}[{size} + 1];\n" for type_name, size in sizes.items())
    (folder / f"{name}.c").write_text(source + "int other;\n")
    command = ["gcc", "-c", folder / f"{name}.c", "-o", folder / f"{name}.o"]
    subprocess.run(command, check=True, timeout=600)
    return folder / f"{name}.o"


def test_agreement(tmp_path: Path) -> None:
    compare(object_of(tmp_path, "library", SIZES), object_of(tmp_path, "application", SIZES))


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"TfLiteTensor": 64, "TfLiteNode": 40}, "TF_LITE_STATIC_MEMORY"),
        ({"TfLiteNode": 40}, "TF_LITE_STATIC_MEMORY"),
        ({"TfLiteStatus": 4, "TfLiteTensor": 40}, "-fshort-enums"),
        ({"MicroInterpreter": 212}, "a macro or an ABI flag"),
    ],
)
def test_what_differs(tmp_path: Path, changed: dict[str, int], cause: str) -> None:
    library = object_of(tmp_path, "library", SIZES)
    with pytest.raises(SetupError, match=cause) as error:
        compare(library, object_of(tmp_path, "application", SIZES | changed))
    for name, size in changed.items():
        assert f"{name} {SIZES[name]} and {size}" in error.value.message


def test_an_object_that_tells_nothing(tmp_path: Path) -> None:
    empty = object_of(tmp_path, "empty", {})
    with pytest.raises(SetupError, match="says nothing"):
        compare(empty, empty)


def test_the_source_tells_of_every_type_that_errors_name() -> None:
    text = AGREEMENT_SOURCE.read_text()
    assert all(f"TINYML_NUMBER({name}," in text for name in SIZES)

"""What the headers of a TFLM say of it, in the shapes that they have had since 2021."""

from pathlib import Path

import pytest
from fake_tflm import NEW, OLD, write_fake

from platformio_tinyml.errors import SetupError, UsageError
from platformio_tinyml.tflm.headers import AddMethod, find_library, read_library


def test_a_new_library(tmp_path: Path) -> None:
    library = read_library(write_fake(tmp_path, NEW))
    assert library.builtins == {"ADD": AddMethod("AddAdd", True)}
    assert library.customs == {"TICK": AddMethod("AddTick", False)}
    assert library.int8 == {"ADD": "tensorflow/lite/micro/kernels/add.h"}
    assert (library.registration, library.error_reporter, library.reset) == ("TFLMRegistration", False, "Reset")


def test_an_old_library(tmp_path: Path) -> None:
    library = read_library(write_fake(tmp_path, OLD))
    assert library.builtins == {"ADD": AddMethod("AddAdd", False)}
    assert library.int8 == {}
    assert (library.registration, library.error_reporter) == ("TfLiteRegistration", True)
    assert library.reset == "ResetVariableTensors"


def test_an_int8_registration_without_fallback_is_not_relied_on(tmp_path: Path) -> None:
    guarded = "#if defined(CMSIS_NN)\nTFLMRegistration Register_ADD_INT8();\n#endif"
    assert read_library(write_fake(tmp_path, {**NEW, "INT8": guarded})).int8 == {}


def test_no_library_and_two(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has tensorflow/lite"):
        find_library([tmp_path])
    one, two = write_fake(tmp_path / "one", NEW), write_fake(tmp_path / "two", OLD)
    assert find_library([tmp_path, one, one / ".." / "one"]) == one
    with pytest.raises(UsageError, match="several"):
        find_library([one, two])


@pytest.mark.parametrize("header", ["micro_mutable_op_resolver.h", "micro_interpreter.h"])
def test_a_header_that_is_missing_or_unlike_any(tmp_path: Path, header: str) -> None:
    path = write_fake(tmp_path, NEW) / "tensorflow/lite/micro" / header
    path.write_text("class Something {};")
    with pytest.raises(SetupError, match=header):
        read_library(tmp_path)
    path.unlink()
    with pytest.raises(SetupError, match=header):
        read_library(tmp_path)

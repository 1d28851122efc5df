"""What a file is told to be, from its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
import quantize_samples as samples

from platformio_tinyml.errors import ModelError, TinymlError, UsageError
from platformio_tinyml.quantize.source import recognise


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (samples.int8_dense, "int8-tflite"),
        (samples.float_dense, "float-tflite"),
        (samples.float16_dense, "float-tflite"),
        (samples.hybrid_dense, "hybrid-tflite"),
    ],
)
def test_tflite_kinds(tmp_path: Path, make, kind: str) -> None:
    assert recognise(written(tmp_path / "m.tflite", make())) == kind


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (samples.uint8_dense, "TensorFlow 1"),
        (samples.partly_int8, "TANH compute in float"),
    ],
)
def test_tflite_that_is_explained(tmp_path: Path, make, said: str) -> None:
    with pytest.raises(ModelError) as error:
        recognise(written(tmp_path / "m.tflite", make()))
    assert said in error.value.message
    assert error.value.next_step


def test_int8_with_float_doors_is_int8(tmp_path: Path) -> None:
    builder = samples.Builder()
    x = builder.tensor("input", (1, 4), samples.FLOAT32)
    q = builder.tensor("quantized", (1, 4), samples.INT8, quantization=samples.per_tensor(0.5))
    y = builder.tensor("output", (1, 4), samples.FLOAT32)
    builder.operator("QUANTIZE", [x], [q])
    builder.operator("DEQUANTIZE", [q], [y])
    assert recognise(written(tmp_path / "m.tflite", builder.build([x], [y]))) == "int8-tflite"


def test_uint8_doors_of_an_int8_model_are_taken(tmp_path: Path) -> None:
    assert recognise(written(tmp_path / "m.tflite", samples.int8_with_uint8_input())) == "int8-tflite"


@pytest.mark.parametrize("name", ["m.lite", "m.TFLITE", "m.bin", "m.pb", "m", "m.keras"])
def test_tflite_by_content_whatever_the_name(tmp_path: Path, name: str) -> None:
    assert recognise(written(tmp_path / name, samples.int8_dense())) == "int8-tflite"
    assert recognise(written(tmp_path / name, samples.float_dense())) == "float-tflite"


def test_keras_and_hdf5_by_content_whatever_the_name(tmp_path: Path) -> None:
    assert recognise(samples.keras_file(tmp_path / "a.keras", {})) == "keras"
    assert recognise(samples.keras_file(tmp_path / "a.h5", {})) == "keras"
    assert recognise(written(tmp_path / "b.keras", b"\x89HDF\r\n\x1a\n" + bytes(8))) == "h5"


def test_saved_model_folder(tmp_path: Path) -> None:
    assert recognise(samples.saved_model(tmp_path / "m")) == "saved-model"
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match=r"without saved_model\.pb"):
        recognise(tmp_path / "other")


@pytest.mark.parametrize("name", ["m.pt", "m.pth", "m.pb", "m.pkl", "m.joblib"])
def test_foreign_formats_get_a_pointer(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError) as error:
        recognise(written(tmp_path / name, b"anything"))
    assert error.value.code == "model-format"
    assert error.value.next_step


def test_onnx_and_pytorch_by_name(tmp_path: Path) -> None:
    assert recognise(written(tmp_path / "m.onnx", b"\x08\x07")) == "onnx"
    assert recognise(samples.keras_file(tmp_path / "m.pt2", {})) == "pt2"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("m.pt2", b"nonsense"),
        ("m.keras", b"nonsense"),
        ("m.keras", b"PK\x03\x04broken"),
        ("m.h5", b""),
        ("m.tflite", b"nonsense"),
        ("m", b""),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(TinymlError):
        recognise(written(tmp_path / name, data))


def test_missing_and_hostile_paths(tmp_path: Path) -> None:
    for path in (tmp_path / "no.keras", tmp_path / "a\x1b[2J.keras", Path("a\0b.keras")):
        with pytest.raises(UsageError) as error:
            recognise(path)
        assert "\x1b" not in error.value.message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kws_saved_model", "saved-model"),
        ("ad01.h5", "h5"),
        ("ad01_float.tflite", "float-tflite"),
        ("kws_float.tflite", "hybrid-tflite"),
        ("kws_ref_model.tflite", "int8-tflite"),
        ("ad01_int8.tflite", "int8-tflite"),
        ("hello_world_int8.tflite", "int8-tflite"),
        ("micro_speech_quantized.tflite", "int8-tflite"),
        ("pretrainedResnet_quant.tflite", "int8-tflite"),
        ("vww_96_int8.tflite", "int8-tflite"),
    ],
)
def test_real_models(shared_models: Path, name: str, kind: str) -> None:
    assert recognise(shared_models / name) == kind

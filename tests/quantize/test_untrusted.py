"""Code in model files is found before anything loads them."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantize_samples import field, keras_file, layer, saved_model, sequential, varint

from platformio_tinyml.quantize.workers import protobuf
from platformio_tinyml.quantize.workers.say import Refusal
from platformio_tinyml.quantize.workers.untrusted import code_in, examine

PLAIN = sequential(
    layer("InputLayer", batch_shape=[None, 4]), layer("Dense", name="d", activation="relu", units=2), layer("Dropout")
)
LAMBDA = layer("Lambda", name="evil", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}})


def test_plain_models_have_no_code(tmp_path: Path) -> None:
    examined = examine(keras_file(tmp_path / "m.keras", PLAIN), "keras")
    assert examined.code == ()
    assert not examined.legacy
    assert examined.config == PLAIN


@pytest.mark.parametrize(
    "config",
    [
        sequential(LAMBDA),
        sequential(layer("TimeDistributed", layer=LAMBDA)),
        sequential(sequential(sequential(LAMBDA))),
        {"class_name": "Functional", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}},
        sequential(layer("Custom>Lambda")),
        sequential(layer("Dense", activation={"class_name": "__lambda__", "config": {"code": ""}})),
        sequential(layer("system", "os")),
        sequential(layer("Dense", "keras_evil.layers")),
        sequential({"module": "subprocess", "class_name": "function", "config": "run"}),
        sequential(layer("TFSMLayer", filepath="../other")),
        sequential({"class_name": "TFOpLambda", "config": {"function": "io.write_file"}}),
        sequential({"class_name": "TFOpLambda", "config": {"function": "keras.utils.get_file"}}),
        sequential({"class_name": "TFOpLambda", "config": {"function": "py_function"}}),
        sequential({"class_name": "TFOpLambda", "config": {}}),
    ],
)
def test_code_is_found_wherever_it_stands(config: object) -> None:
    assert list(code_in(config))


@pytest.mark.parametrize("function", ["math.multiply", "nn.relu", "__operators__.add", "concat", "cast"])
def test_plain_functions_of_tensorflow_are_no_code(function: str) -> None:
    assert not list(code_in({"class_name": "TFOpLambda", "config": {"function": function}}))


def test_escapes_in_json_hide_nothing(tmp_path: Path) -> None:
    text = json.dumps(sequential(LAMBDA)).replace("Lambda", "\\u004cambda")
    assert "Lambda" not in text
    assert examine(keras_file(tmp_path / "m.keras", text), "keras").code


@pytest.mark.parametrize(
    ("version", "legacy"), [("2.15.0", True), ("2.3.0-tf", True), ("3.0.0", False), ("10.1", False)]
)
def test_which_keras(tmp_path: Path, version: str, legacy: bool) -> None:
    assert examine(keras_file(tmp_path / "m.keras", PLAIN, version), "keras").legacy is legacy


def test_saved_model_operators_and_metadata(tmp_path: Path) -> None:
    assert examine(saved_model(tmp_path / "plain", ("Conv2D",)), "saved-model").code == ()
    assert examine(saved_model(tmp_path / "py", ("Conv2D", "EagerPyFunc")), "saved-model").code == (
        "the operator EagerPyFunc",
    )
    text = json.dumps({"class_name": "Lambda", "config": {"name": "l"}})
    examined = examine(saved_model(tmp_path / "lambda", (), (("_tf_keras_layer", text),)), "saved-model")
    assert examined.code == ("a Lambda layer (l)",)
    assert examined.legacy


def test_saved_model_metadata_beside(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "m", (), (("_generic_user_object", "not json"),))
    assert examine(folder, "saved-model").code == ()
    assert not examine(folder, "saved-model").legacy
    text = json.dumps({"class_name": "Lambda", "config": {}})
    (folder / "keras_metadata.pb").write_bytes(field(1, varint(2 << 3) + varint(7) + field(5, text)))
    assert examine(folder, "saved-model").code == ("a Lambda layer",)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "m", ("Conv2D",))
    data = (folder / "saved_model.pb").read_bytes()
    (folder / "saved_model.pb").write_bytes(data[:-1])
    with pytest.raises(Refusal, match=r"^m is damaged"):
        examine(folder, "saved-model")
    with pytest.raises(Refusal, match=r"^kws is damaged"):
        examine(folder, "saved-model", "kws")
    with pytest.raises(Refusal, match="damaged"):
        examine(keras_file(tmp_path / "m.keras", "{"), "keras")
    with pytest.raises(Refusal, match="damaged"):
        examine(keras_file(tmp_path / "n.keras", "[" * 100_000), "keras")
    with zipfile.ZipFile(tmp_path / "empty.keras", "w"):
        pass
    with pytest.raises(Refusal, match="damaged"):
        examine(tmp_path / "empty.keras", "keras")


@given(st.binary(max_size=200))
def test_protobuf_of_any_bytes_ends_or_is_refused(data: bytes) -> None:
    with suppress(ValueError):
        list(protobuf.at(memoryview(data), 1, 2))


@given(st.lists(st.tuples(st.integers(1, 500), st.binary(max_size=20)), max_size=8))
def test_protobuf_round_trip(fields: list[tuple[int, bytes]]) -> None:
    data = b"".join(field(number, content) for number, content in fields)
    assert [(number, bytes(content)) for number, content in protobuf.fields(memoryview(data))] == fields


def test_real_saved_model(shared_models: Path) -> None:
    examined = examine(shared_models / "kws_saved_model", "saved-model")
    assert examined.legacy
    assert examined.code == ()


def test_real_h5(shared_models: Path) -> None:
    pytest.importorskip("h5py", reason="h5py is not installed")
    examined = examine(shared_models / "ad01.h5", "h5")
    assert examined.legacy
    assert examined.code == ()

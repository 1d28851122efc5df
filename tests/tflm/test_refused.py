"""What no TFLM runs is refused by every command, with the same reason; what TFLM does run is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from fake_tflm import NEW, write_fake
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import ModelError, SetupError
from platformio_tinyml.manifest import manifest_from_json
from platformio_tinyml.model import (
    Activation,
    AddOptions,
    ArithmeticOptions,
    ConcatenationOptions,
    FullyConnectedOptions,
    GeluOptions,
    MirrorPadOptions,
    SoftmaxOptions,
    StridedSliceOptions,
    TensorType,
)
from platformio_tinyml.operators import check_model
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflm.refused import refuse
from platformio_tinyml.verify.oracles import wheel_oracle
from platformio_tinyml.verify.samples import Samples

HEAD = per_tensor(0.1, 3)
PAIRED = per_tensor(0.1)


def hybrid() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4), TensorType.FLOAT32), builder.tensor("y", (1, 2), TensorType.FLOAT32)
    w = builder.tensor("w", (2, 4), quantization=per_tensor(0.1), data=bytes(range(8)))
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    return builder.build([x], [y])


def of_one(type: TensorType, opcode: str, options: object = None, code: str = "", scratch: bool = False) -> bytes:
    builder = Builder()
    x, y = (builder.tensor(name, (1, 4), type, quantization=HEAD) for name in "xy")
    more = [builder.tensor("scratch", (64,), TensorType.UINT8)] if scratch else []
    builder.operator(opcode, [*more, x], [y], options, custom_code=code)
    return builder.build([x], [y])


def int4() -> bytes:
    builder = Builder()
    x, y = (builder.tensor(name, (1, 2), quantization=HEAD) for name in "xy")
    w = builder.tensor("w", (2, 2), TensorType.INT4, quantization=per_channel([0.1, 0.2]), data=bytes(2))
    builder.operator("FULLY_CONNECTED", [x, w, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    return builder.build([x], [y])


def of_five_dimensions() -> bytes:
    builder = Builder()
    x = builder.tensor("x", (1, 1, 1, 1, 4), quantization=HEAD)
    y = builder.tensor("y", (1, 1, 1, 1, 4), quantization=per_tensor(1 / 128))
    builder.operator("L2_NORMALIZATION", [x], [y], ArithmeticOptions(Activation.NONE))
    return builder.build([x], [y])


def of_fine_steps() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4), quantization=HEAD), builder.tensor("y", (1, 4), quantization=per_tensor(1e-7))
    builder.operator("ADD", [x, x], [y], AddOptions(Activation.NONE, True))
    return builder.build([x], [y])


def of_fine_quotient(scale: float) -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4), quantization=HEAD), builder.tensor("y", (1, 4), quantization=per_tensor(scale))
    builder.operator("DIV", [x, x], [y], ArithmeticOptions(Activation.NONE))
    return builder.build([x], [y])


def test_sparse_weights_are_refused() -> None:
    model = read_model(padded(0), "net")
    sparse = tuple(replace(tensor, is_sparse=tensor.data is not None) for tensor in model.tensors)
    with pytest.raises(ModelError, match="operator 0 SPACE_TO_BATCH_ND has sparse weights"):
        refuse(replace(model, tensors=sparse))


def test_the_finest_quotient_is_taken() -> None:
    """By both: they refuse from the same step on."""
    for scale, is_taken in ((1.01 * 2**-23, True), (0.99 * 2**-23, False)):
        model = read_model(of_fine_quotient(scale), "net")
        assert is_taken is not bool(check_model(model))
        if is_taken:
            refuse(model)


def padded(amount: int = 2) -> bytes:
    builder = Builder()
    x = builder.tensor("x", (1, 4, 3), quantization=per_tensor(0.5, 3))
    y = builder.tensor("y", (2, 2 + amount // 2, 3), quantization=per_tensor(0.5, 3))
    block, paddings = np.array([2], np.int32), np.array([[0, amount]], np.int32)
    tables = [builder.tensor("", each.shape, TensorType.INT32, data=each) for each in (block, paddings)]
    builder.operator("SPACE_TO_BATCH_ND", [x, *tables], [y])
    return builder.build([x], [y])


def test_what_pads_nothing_is_taken() -> None:
    refuse(read_model(padded(0), "net"))


def of_index() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4), quantization=HEAD), builder.tensor("y", (1,), TensorType.INT64)
    axis = builder.tensor("axis", (1,), TensorType.INT32, data=np.array([1], np.int32))
    builder.operator("ARG_MAX", [x, axis], [y])
    return builder.build([x], [y])


def half() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (1, 4), TensorType.FLOAT32), builder.tensor("y", (1, 2), TensorType.FLOAT32)
    w = builder.tensor("w", (2, 4), TensorType.FLOAT16, data=bytes(16))
    whole = builder.tensor("whole", (2, 4), TensorType.FLOAT32)
    builder.operator("DEQUANTIZE", [w], [whole])
    builder.operator("FULLY_CONNECTED", [x, whole, -1], [y], FullyConnectedOptions(Activation.NONE, 0, False))
    return builder.build([x], [y])


def moved(kind: TensorType, rank: int) -> bytes:
    builder = Builder()
    shape = (1,) * (rank - 1) + (4,)
    x, y = (builder.tensor(name, shape, kind, quantization=PAIRED) for name in "xy")
    given = ([0] * rank, shape, [1] * rank) if rank > 4 else ([[0, 0]] * rank,)
    tables = [builder.tensor("", np.shape(each), TensorType.INT32, data=np.array(each, np.int32)) for each in given]
    options = StridedSliceOptions(0, 0, 0, 0, 0, False) if rank > 4 else MirrorPadOptions(0)
    builder.operator("STRIDED_SLICE" if rank > 4 else "MIRROR_PAD", [x, *tables], [y], options)
    return builder.build([x], [y])


def pair(opcode: str, one: TensorType, other: TensorType) -> bytes:
    builder = Builder()
    x, y = (
        builder.tensor(kind.name, (1, 4), kind, quantization=PAIRED if kind.name.startswith("INT") else None)
        for kind in (one, other)
    )
    z = builder.tensor("z", (1, 4), TensorType.BOOL)
    builder.operator(opcode, [x, y], [z])
    return builder.build([x, y], [z])


@pytest.mark.parametrize("opcode", ["LESS", "EQUAL", "LOGICAL_AND"])
def test_pairs_of_types_that_are_compared(opcode: str) -> None:
    """Both runtimes take the same: TFLM runs others too, and reads one type as another."""
    kinds = [TensorType[name] for name in ("INT8", "INT16", "INT32", "INT64", "FLOAT32", "BOOL")]
    taken = set()
    for one, other in product(kinds, kinds):
        model = read_model(pair(opcode, one, other), "net")
        try:
            refuse(model)
            taken.add((one, other))
        except ModelError as error:
            assert error.code == "tflm-types"
        assert ((one, other) in taken) == (check_model(model) == ())
    ordered = {(kind, kind) for kind in kinds if kind.name not in ("INT16", "BOOL")}
    truth = {(TensorType.BOOL, TensorType.BOOL)}
    assert taken == {"LESS": ordered, "EQUAL": ordered | truth, "LOGICAL_AND": truth}[opcode]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (half(), "float16 weights"),
        (of_one(TensorType.INT16, "ELU"), "computes in INT16, in which neither TensorFlow Lite Micro nor"),
        (of_index(), "The output is int32. Found: INT64."),
        (padded(), "pads INT8 whose zero point is not 0"),
        (hybrid(), "is hybrid"),
        (int4(), "has INT4 weights with a scale for each output"),
        (pair("LESS", TensorType.FLOAT32, TensorType.INT32), "Both inputs are of one type. Found: FLOAT32 and INT32."),
        (
            pair("LOGICAL_OR", TensorType.INT8, TensorType.INT8),
            "Activations of LOGICAL_OR are bool. Found: INT8 activations.",
        ),
        (moved(TensorType.INT16, 4), "makes INT16, of which TensorFlow Lite Micro has no such operator"),
        (moved(TensorType.INT8, 5), "has an input of more than 4 dimensions, and in"),
        (of_five_dimensions(), "of more than 4 dimensions"),
        (of_fine_steps(), "has an output whose steps are so much finer than its inputs'"),
        (of_fine_quotient(1e-7), "has an output whose steps are so much finer than its quotient's"),
        (of_one(TensorType.UINT8, "LOG_SOFTMAX"), "Micro not at all. Found: LOG_SOFTMAX of uint8."),
        (of_one(TensorType.UINT8, "RSQRT"), "RSQRT of uint8"),
        (of_one(TensorType.INT8, "EXP"), "computes in INT8, and in TensorFlow Lite Micro in float alone"),
        (of_one(TensorType.UINT8, "SOFTMAX", SoftmaxOptions(1.0)), "SOFTMAX of uint8"),
        (of_one(TensorType.INT8, "SOFTMAX", SoftmaxOptions(1.0)), "not zero point -128 and scale 0.00390625"),
        (of_one(TensorType.INT8, "LOG_SOFTMAX"), "not zero point 127 and scale 0.0625"),
        (of_one(TensorType.INT8, "LOGISTIC"), "has zero point 3 and scale 0.1 in its output, not zero point -128"),
    ],
)
def test_every_command_refuses(data: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(data)
    assert main(["inspect", str(path)]) == 0
    assert "tflm refuses this model: operator 0" in capsys.readouterr().out
    write_fake(tmp_path / "tflm", NEW)
    include = str(tmp_path / "tflm")
    assert (
        main(["generate", str(path), "-o", str(tmp_path / "out"), "--runtime", "tflm", "--tflm-include", include]) == 3
    )
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    for command in ("plan", "fit"):
        assert main([command, str(path), "--runtime", "tflm"]) == 3
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "said"), [("ethos-u", "compiled by Vela"), ("XC_conv2d_v2", "compiled by XMOS's tools")]
)
def test_models_of_another_compiler_are_told(
    code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their operators read scratch that nothing has written."""
    path = tmp_path / "net.tflite"
    path.write_bytes(of_one(TensorType.INT8, "CUSTOM", code=code, scratch=True))
    assert main(["inspect", str(path)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert said in text
    assert f"if the library has {code}, or custom_tinyml_custom_operators" in text
    assert main(["generate", str(path), "-o", str(tmp_path / "out")]) == 3
    error = capsys.readouterr().err
    assert said in error
    assert "damaged" not in error
    write_fake(tmp_path / "tflm", NEW)
    more = ("--runtime", "tflm", "--tflm-include", str(tmp_path / "tflm"))
    assert main(["generate", str(path), "-o", str(tmp_path / "out"), *more]) == 3
    error = capsys.readouterr().err
    assert f"does not have CUSTOM '{code}' (operator 0: {said}" in error
    assert "give the .tflite file from before that compiler" in error
    assert "custom_tinyml_custom_operators" not in error


def test_the_oracle_that_does_not_run_a_model_says_why(tmp_path: Path) -> None:
    """In a build's `not verified`: the package's own words are of its source."""
    pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
    path = tmp_path / "net.tflite"
    path.write_bytes(moved(TensorType.INT8, 5))
    assert main(["generate", str(path), "-o", str(tmp_path / "out")]) == 0
    manifest = manifest_from_json((tmp_path / "out" / "net_model.json").read_text())
    with pytest.raises(SetupError, match="operator 0 STRIDED_SLICE has an input of more than 4 dimensions"):
        wheel_oracle(path, manifest, Samples("drawn", ((bytes(4),),), ()))


def test_the_oracle_that_ends_itself_says_so(tmp_path: Path) -> None:
    """A sum of 600 equal exponentials is more than its SOFTMAX asserts; most inputs have no such sum."""
    pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
    builder = Builder()
    x = builder.tensor("x", (1, 600), quantization=per_tensor(0.1))
    y = builder.tensor("y", (1, 600), quantization=per_tensor(1 / 256, -128))
    builder.operator("SOFTMAX", [x], [y], SoftmaxOptions(1.0))
    path = tmp_path / "net.tflite"
    path.write_bytes(builder.build([x], [y]))
    assert main(["generate", str(path), "-o", str(tmp_path / "out")]) == 0
    manifest = manifest_from_json((tmp_path / "out" / "net_model.json").read_text())
    with pytest.raises(SetupError, match=r"a kernel of it ended the process \(signal 6\)"):
        wheel_oracle(path, manifest, Samples("drawn", ((bytes(600),),), ()))


def test_the_oracle_runs_a_concatenation_that_tflm_refuses(tmp_path: Path) -> None:
    """Of more inputs than TFLM joins at once: it is given several."""
    pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
    builder, quantization = Builder(), per_tensor(0.5)
    parts = [builder.tensor(f"x{n}", (1, 2), quantization=quantization) for n in range(12)]
    output = builder.tensor("y", (1, 24), quantization=quantization)
    builder.operator("CONCATENATION", parts, [output], ConcatenationOptions(1, Activation.NONE))
    path = tmp_path / "net.tflite"
    path.write_bytes(builder.build(parts, [output]))
    with pytest.raises(ModelError, match="CONCATENATION joins 12 tensors, and TensorFlow Lite Micro 10 at most"):
        refuse(read_model(path.read_bytes(), "net"))
    assert main(["generate", str(path), "-o", str(tmp_path / "out")]) == 0
    manifest = manifest_from_json((tmp_path / "out" / "net_model.json").read_text())
    given = tuple(bytes((n, 255 - n)) for n in range(12))
    oracle = wheel_oracle(path, manifest, Samples("drawn", (given,), ()))
    assert list(oracle.outputs()) == [(b"".join(given),)]
    (tensors,) = oracle.tensors(0)
    assert tensors[output] == b"".join(given)


@pytest.mark.parametrize(
    "data",
    [
        of_index(),
        pair("LESS", TensorType.INT8, TensorType.INT32),
        pair("EQUAL", TensorType.BOOL, TensorType.INT8),
        pair("LESS", TensorType.INT16, TensorType.INT16),
        pair("LESS", TensorType.UINT8, TensorType.UINT8),
        pair("LOGICAL_OR", TensorType.INT8, TensorType.INT8),
        pair("LOGICAL_AND", TensorType.BOOL, TensorType.INT32),
        of_one(TensorType.UINT8, "L2_NORMALIZATION", ArithmeticOptions(Activation.NONE)),
    ],
)
def test_both_runtimes_refuse_in_the_same_words(data: bytes) -> None:
    model = read_model(data, "net")
    (violation,) = check_model(model)
    with pytest.raises(ModelError) as caught:
        refuse(model)
    assert caught.value.message.endswith(f" is refused. {violation.rule} Found: {violation.found}.")
    assert caught.value.next_step == violation.next_step


def test_prelu_of_many_dimensions() -> None:
    """Of float32 TFLM ends the program; of int8 it runs."""
    for kind, is_taken in ((TensorType.FLOAT32, False), (TensorType.INT8, True)):
        builder, quantization = Builder(), None if kind is TensorType.FLOAT32 else per_tensor(0.5)
        x, a, y = (
            builder.tensor(name, shape, kind, quantization=quantization)
            for name, shape in (("x", (1, 2, 2, 2, 3)), ("a", (3,)), ("y", (1, 2, 2, 2, 3)))
        )
        builder.operator("PRELU", [x, a], [y])
        model = read_model(builder.build([x, a], [y]), "net")
        if is_taken:
            refuse(model)
        else:
            with pytest.raises(ModelError, match="of 4 at most"):
                refuse(model)


@pytest.mark.parametrize("opcode", ["LESS", "LOGICAL_AND", "PRELU", "CONCATENATION", "ADD"])
def test_an_operator_without_inputs_is_no_traceback(opcode: str) -> None:
    """What is wrong with it the compiled runtime's rules say."""
    builder = Builder()
    x, z = builder.tensor("x", (1, 4), TensorType.BOOL), builder.tensor("z", (1, 4), TensorType.BOOL)
    builder.operator(opcode, [], [z])
    model = read_model(builder.build([x], [z]), "net")
    refuse(model)
    assert check_model(model)


def test_the_oracle_says_what_operator_it_lacks(tmp_path: Path) -> None:
    """TFLM logs the cause; what the package raises tells nothing of it."""
    pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
    path = tmp_path / "net.tflite"
    path.write_bytes(of_one(TensorType.FLOAT32, "GELU", GeluOptions(approximate=False)))
    assert main(["generate", str(path), "-o", str(tmp_path / "out")]) == 0
    manifest = manifest_from_json((tmp_path / "out" / "net_model.json").read_text())
    with pytest.raises(SetupError, match="opcode 'GELU'"):
        wheel_oracle(path, manifest, Samples("drawn", ((bytes(manifest.inputs[0].bytes),),), ()))

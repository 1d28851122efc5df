"""What a refused model is told: all of it, once, in few words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes import model, options, scales, tensor
from whole_models import (
    chain,
    fully_connected,
)

from platformio_tinyml.errors import ModelError
from platformio_tinyml.model import (
    TensorType,
)
from platformio_tinyml.operators import check_model, lower_model
from platformio_tinyml.operators.refusal import way_out
from platformio_tinyml.operators.rules import QUANTIZE


def test_equal_violations_are_told_once() -> None:
    (violation,) = check_model(chain(3))
    assert (violation.operator, violation.name) == ("", "")
    assert violation.found == 'none for CONV_3D (operators 0, 1, 2 "t1", of Conv3D)'
    (violation,) = check_model(chain(30))
    assert "CONV_3D (30 operators" in violation.found
    (violation,) = check_model(chain(2, "ADD", TensorType.INT32))
    assert violation.operator == "ADD (operators 0, 1)"


def test_all_that_is_missing_is_one_line_and_an_error_six() -> None:
    model = chain(12)
    missing, there = (
        ["RFFT2D", "CONV_3D", "HASHTABLE", "BUCKETIZE", "RANDOM_UNIFORM", "UNIQUE"],
        ["ADD", "SUB", "MUL", "PAD", "SPLIT", "PACK"],
    )
    operators = map(lambda operator, opcode: replace(operator, opcode=opcode), model.operators, missing + there)
    with pytest.raises(ModelError) as raised:
        lower_model(replace(model, operators=tuple(operators)))
    lines = raised.value.message.splitlines()
    assert len(lines) + 1 <= 6
    assert all(opcode in lines[1] for opcode in missing)
    assert "more: pio-tinyml inspect" in lines[-1]


@pytest.mark.parametrize(
    ("type", "said"),
    [
        (TensorType.FLOAT32, "custom_tinyml_data"),
        (TensorType.INT16, "custom_tinyml_activations = int8"),
        (TensorType.INT8, "quantized already"),
        (TensorType.UINT8, "convert the float model"),
    ],
)
def test_only_a_float_model_is_to_be_quantized(type: TensorType, said: str) -> None:
    assert said in way_out(chain(1, "RELU", type), QUANTIZE)


@pytest.mark.parametrize(("opcode", "of_tflm"), [("RESIZE_BILINEAR", False), ("CONV_3D", False), ("WHILE", True)])
def test_the_other_runtime_is_named_where_it_has_the_operator(opcode: str, of_tflm: bool) -> None:
    """All of them: that the model holds another is enough."""
    (violation,) = check_model(chain(1, opcode, TensorType.INT16))
    assert ("custom_tinyml_runtime = tflm" in violation.next_step) is of_tflm
    both = chain(2, "WHILE", TensorType.INT16)
    both = replace(both, operators=(both.operators[0], replace(both.operators[1], opcode=opcode)))
    assert all(("custom_tinyml_runtime = tflm" in each.next_step) is of_tflm for each in check_model(both))


def test_a_model_of_sparse_weights_is_told_in_six_lines() -> None:
    """Of each constant: it is sparse, and so has other bytes than its shape asks for."""
    whole = chain(1)
    constants = tuple(
        replace(whole.tensors[0], index=n, name=f"{'layer/' * 9}{n}", data=b"12", is_sparse=True) for n in range(2, 12)
    )
    reads = replace(whole.operators[0], inputs=(0, *range(2, 12)))
    with pytest.raises(ModelError) as raised:
        lower_model(replace(whole, tensors=(*whole.tensors, *constants), operators=(reads,)))
    text = raised.value.message
    assert "and 9 more" in text
    assert "bytes" not in text
    assert len(raised.value.message.splitlines()) <= 4
    assert "without sparsity" in raised.value.next_step


def test_all_violations_at_once() -> None:
    broken = options(weights_format=1)(scales(3, -1.0)(model(outputs=())(fully_connected())))
    assert len(check_model(broken)) == 3


def test_a_tensor_read_before_it_is_written() -> None:
    whole = chain(2, "RESHAPE")
    swapped = replace(whole, operators=(whole.operators[1], whole.operators[0]))
    assert [v.found for v in check_model(swapped)] == ['"t1" (tensor 1) is read by operator 1 before it is written']


def test_an_output_that_nothing_writes() -> None:
    whole = chain(2, "RESHAPE")
    cut = replace(whole, operators=whole.operators[:1])
    assert [v.found for v in check_model(cut)] == ['output "t2" (tensor 2) is never written']


def test_hostile_names_stay_short_and_printable() -> None:
    broken = scales(3, -1.0)(tensor(3, name="\x1b[2J" * 5000)(fully_connected()))
    with pytest.raises(ModelError) as raised:
        lower_model(broken)
    assert "\x1b" not in raised.value.message
    assert len(raised.value.message) < 500

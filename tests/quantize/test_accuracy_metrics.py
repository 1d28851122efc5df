"""Which metric suits which outputs, and its value by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from platformio_tinyml.quantize.workers.accuracy import metric, sqnr_db
from platformio_tinyml.quantize.workers.runners import quantized, real
from platformio_tinyml.quantize.workers.say import Refusal

FLOAT = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.45, 0.55]])
INT8 = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.45, 0.55]])


@pytest.mark.parametrize(
    "y",
    [np.array([0, 0, 1, 0]), np.array([[0], [0], [1], [0]]), np.array([[1, 0], [1, 0], [0, 1], [1, 0]], np.float32)],
)
def test_top_1(y: np.ndarray) -> None:
    assert metric(FLOAT, INT8, None, y) == {"metric": "top-1", "float_value": 0.75, "int8_value": 0.5, "drop": 0.25}


def test_top_1_of_one_output() -> None:
    found = metric(np.array([[0.9], [0.2], [0.6]]), np.array([[0.8], [0.1], [0.4]]), None, np.array([1, 0, 1]))
    assert (found["metric"], found["float_value"], found["int8_value"]) == ("top-1", 1, pytest.approx(2 / 3))


def test_agreement_without_truth() -> None:
    found = metric(FLOAT, INT8, None, None)
    assert (found["metric"], found["int8_value"], found["drop"]) == ("agreement", 0.75, 0.25)


def test_regression() -> None:
    found = metric(np.array([[1.0], [2.0]]), np.array([[1.5], [2.0]]), None, np.array([0.5, 2.5]))
    assert found["metric"] == "mse"
    assert (found["float_value"], found["int8_value"]) == (0.25, 0.625)
    assert found["drop"] == pytest.approx(1.5)
    assert (found["float_mae"], found["int8_mae"]) == (0.5, 0.75)


def test_an_autoencoder_is_compared_with_its_input() -> None:
    x = np.zeros((3, 4))
    found = metric(x + 1, x + 2, x, None)
    assert (found["metric"], found["float_value"], found["int8_value"], found["drop"]) == ("mse", 1, 4, 3)


def test_a_perfect_float_model_has_no_infinite_drop_in_json() -> None:
    x = np.ones((3, 4))
    assert metric(x, x, x, None)["drop"] == 0
    assert metric(x, x + 1, x, None)["drop"] == 1e9


def test_output_error_of_one_output_without_truth() -> None:
    found = metric(np.array([[3.0], [4.0]]), np.array([[3.0], [5.0]]), None, None)
    assert found["metric"] == "output-error"
    assert found["drop"] == pytest.approx(math.sqrt(1 / 25))


def test_float_labels_of_a_regressor_are_no_classes() -> None:
    assert metric(np.array([[0.2], [0.8]]), np.array([[0.2], [0.8]]), None, np.array([0.0, 1.0]))["metric"] == "mse"


@pytest.mark.parametrize("y", [np.array([0, 1, 2, 3]), np.ones((4, 3)), np.array(["a", "b", "c", "d"])])
def test_y_that_is_no_truth_is_refused(y: np.ndarray) -> None:
    with pytest.raises(Refusal, match="neither class numbers below 2"):
        metric(FLOAT, INT8, None, y)


def test_sqnr() -> None:
    assert sqnr_db(np.ones(4), np.ones(4)) is None
    assert sqnr_db(np.full(4, 10.0), np.full(4, 11.0)) == pytest.approx(20)
    assert sqnr_db(np.zeros(4), np.ones(4)) < -100


def test_quantization_of_inputs_rounds_half_away_from_zero_and_clamps() -> None:
    detail = {"dtype": np.int8, "quantization": (0.5, -1)}
    values = np.array([0.25, -0.25, 0.75, 1000, -1000, 0], np.float32)
    assert quantized(values, detail).tolist() == [0, -2, 1, 127, -128, -1]
    assert real(np.array([0, -1, 127], np.int8), detail).tolist() == [0.5, 0, 64]
    same = {"dtype": np.float32, "quantization": (0.0, 0)}
    assert quantized(values, same).dtype == np.float32
    assert real(values, same) is values

"""Text for comments, numbers and tables."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platformio_tinyml.codegen.literals import braced, comment_text, number, string_literal
from platformio_tinyml.errors import ModelError


@given(st.text())
def test_a_comment_holds_nothing_that_could_end_it(text: str) -> None:
    safe = comment_text(text)
    assert safe.isascii()
    assert safe.isprintable() or safe == ""
    assert not set(safe) & set("*?\\\"'")
    assert len(safe) <= 64


def test_ordinary_names_stay_readable_in_comments() -> None:
    name = "model/conv_1/BiasAdd;serving_default:0 [a-b]"
    assert comment_text(name) == name


def test_a_long_name_is_cut() -> None:
    assert comment_text("a" * 10_000) == "a" * 61 + "..."


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_exactly(value: float) -> None:
    text = number(value)
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?f", text) and re.search(r"[.e]", text)
    assert struct.pack("<f", float(text[:-1])) == struct.pack("<f", value)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_float_that_c_cannot_write_is_refused(value: float) -> None:
    with pytest.raises(ModelError):
        number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-128, "-128"),
        (2**31 - 1, "2147483647"),
        (-(2**31), "(-2147483647-1)"),
        (-(2**63), "(-9223372036854775807-1)"),
        (0.5, "0.5f"),
        (1.0, "1.0f"),
        (1e-10, "1e-10f"),
    ],
)
def test_numbers(value: int | float, text: str) -> None:
    assert number(value) == text


@given(st.binary(max_size=200))
def test_a_string_literal_is_the_bytes(data: bytes) -> None:
    escapes = "".join(re.findall(r'"([^"]*)"', string_literal(data)))
    assert re.fullmatch(r"(\\[0-3][0-7]{2})*", escapes)
    assert bytes(int(octal, 8) for octal in escapes.split("\\")[1:]) == data


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=50))
def test_numbers_in_braces_are_the_elements(values: list[int]) -> None:
    text = braced("int32_t", struct.pack(f"<{len(values)}i", *values))
    assert eval(text.replace("{", "[").replace("}", "]")) == values

"""Sizes and times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platformio_tinyml.errors import UsageError
from platformio_tinyml.sizes import parse_size, parse_time, shown_time

LIMIT = 131072


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("40", 40),
        ("0", 0),
        ("131,072", 131072),
        ("40 KB", 40960),
        ("40K", 40960),
        ("40kib", 40960),
        ("40 kb", 40960),
        ("1.5 KiB", 1536),
        ("0.1 KB", 102),
        ("1 MB", 1048576),
        ("512 bytes", 512),
        ("512 B", 512),
        ("0x8000", 32768),
        ("50%", 65536),
        ("50%%", 65536),
        ("50 %", 65536),
        ("50 percent", 65536),
        ("12.5 percent", 16384),
        ("100%", LIMIT),
        ("0%", 0),
        ("  64 KB\n", 65536),
    ],
)
def test_accepted(text: str, size: int) -> None:
    assert parse_size(text, LIMIT) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+1",
        "-5%",
        "nan",
        "inf",
        "1e99",
        "1e3",
        "1.",
        ".5 KB",
        "1,5 KB",
        "12,34",
        "40 KBB",
        "40 GB",
        "KB",
        "%",
        "101%",
        "100.1 percent",
        "\u0664\u0660",  # Arabic-Indic digits: int() would take them
        "\u00b2",
        "40\u00a0KB",
        "1_000",
        "0x",
        "0x1.8",
        "9" * 400,
        "1" + ",000" * 2000,  # more digits than int() takes
        "999999999999 MB",
        "40 KB 2",
        "40\n50",
        "$(rm)",
        "40 \u212a",  # the Kelvin sign lowers to k
    ],
)
def test_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_size(text, LIMIT)
    assert "40 KB" in error.value.next_step
    assert len(error.value.message) < 200


def test_percent_needs_a_limit() -> None:
    assert parse_size("4 KB", None) == 4096
    with pytest.raises(UsageError, match="not known"):
        parse_size("50%", None)


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_a_usage_error(text: str) -> None:
    try:
        size = parse_size(text, LIMIT)
    except UsageError:
        return
    assert 0 <= size < 2**64


@given(st.text("0123456789., smuMS%\u00b5", max_size=12))
def test_any_text_is_a_time_or_a_usage_error(text: str) -> None:
    try:
        microseconds = parse_time(text, None)
    except UsageError:
        return
    assert 0 <= microseconds < 2**64


@given(st.integers(0, 10**6), st.sampled_from(["", "B", "K", "KB", "KiB", "M"]))
def test_whole_numbers_are_exact(number: int, unit: str) -> None:
    factor = {"": 1, "B": 1, "M": 1 << 20}.get(unit, 1024)
    assert parse_size(f"{number} {unit}", None) == number * factor


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [("20 ms", 20000), ("500us", 500), ("0.5 s", 500000), ("1.5 MS", 1500), ("1,234.5 ms", 1234500), ("0.0009 ms", 0)],
)
def test_times(text: str, microseconds: int) -> None:
    assert parse_time(text, None) == microseconds


@pytest.mark.parametrize(
    "text", ["", "20", "20 KB", "-1 ms", "1e3 us", "0x10", "20 min", "\u0664 ms", "1 \u00b5s", "ms"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_time(text, 1000)
    assert "20 ms" in error.value.next_step


def test_a_time_is_no_share_of_a_board_but_may_be_of_another_time() -> None:
    assert parse_time("150 percent", 1000) == 1500
    with pytest.raises(UsageError, match="no share of the board") as error:
        parse_time("50 %", None)
    assert "baseline + 10 percent" in error.value.next_step


@given(st.integers(0, 10**12))
def test_a_time_that_is_shown_is_read_again(microseconds: int) -> None:
    text = shown_time(microseconds)
    assert text.endswith(" us" if microseconds < 1000 else " ms")
    assert parse_time(text, None) == microseconds
    assert parse_time(text.replace(",", ""), None) == microseconds

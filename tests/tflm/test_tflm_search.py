"""The search finds the least size, and asks no more than it must."""

from hypothesis import given
from hypothesis import strategies as st

from platformio_tinyml.tflm.search import smallest_accepted

LIMIT = 1 << 20


@given(st.integers(1, LIMIT), st.integers(0, LIMIT))
def test_the_least_multiple_of_16(needed: int, guess: int) -> None:
    asked: dict[int, bool] = {}

    def accepts(size: int) -> bool:
        assert size % 16 == 0
        assert size not in asked
        asked[size] = size >= needed
        return asked[size]

    found = smallest_accepted(accepts, guess, LIMIT)
    assert found == -(-needed // 16) * 16
    assert asked[found]
    assert found == 16 or not asked[found - 16]
    assert len(asked) <= 40


def test_none_where_nothing_is_accepted() -> None:
    sizes: list[int] = []
    assert smallest_accepted(lambda size: bool(sizes.append(size)), 100, LIMIT) is None
    assert sizes[-1] == LIMIT
    assert len(sizes) < 20

"""What counts as equal outputs."""

from __future__ import annotations

import struct

from platformio_tinyml.verify.compare import is_equal


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def test_integers_byte_for_byte() -> None:
    assert is_equal("INT8", b"\x01", b"\x01")
    assert not is_equal("INT8", b"\x01", b"\x02")
    assert not is_equal("INT32", floats(1.0), floats(1.00001))


def test_floats_up_to_rounding() -> None:
    assert is_equal("FLOAT32", floats(1.0, float("nan"), 1e-9), floats(1.00001, float("nan"), 0.0))
    assert not is_equal("FLOAT32", floats(1.0), floats(1.001))
    assert not is_equal("FLOAT32", floats(float("nan")), floats(1.0))
    assert not is_equal("FLOAT32", floats(float("inf")), floats(1e30))
    assert not is_equal("FLOAT32", floats(1.0), floats(1.0, 2.0))

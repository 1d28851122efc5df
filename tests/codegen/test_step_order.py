"""The order of a stream's steps as the runtime reads it."""

import random

from platformio_tinyml.codegen.step_order import END, packed


def unpacked(codes):
    """As runtime/src/tinyml_stream_next.c goes through them."""
    found, at, times = [], 0, 0
    while codes[at] != END:
        if codes[at] >= 0:
            found.append(codes[at])
            at += 1
            continue
        times = times or codes[at + 1] + 1
        times -= 1
        at += codes[at] if times else 2
    return found


def test_every_order_comes_out_again():
    rng = random.Random(1)
    for _ in range(200):
        order = []
        for _ in range(rng.randrange(6)):
            order += [rng.randrange(4) for _ in range(rng.randrange(1, 9))] * rng.choice([1, 1, 2, 7, 300])
        codes = packed(order)
        assert unpacked(codes) == order
        assert len(codes) <= len(order) + 1
        assert all(-128 <= code <= 127 for code in codes)


def test_what_comes_again_is_said_once():
    assert packed([0, 1] * 50) == [0, 1, -2, 49, END]
    assert packed([3, *[0, 1, 1] * 4, 2]) == [3, 0, 1, 1, -3, 3, 2, END]

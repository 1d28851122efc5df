"""The pictures of src/camera.c, bit by bit."""

from __future__ import annotations

import numpy as np

SIDE = 96
KINDS = 4


def _mixed(value: np.ndarray) -> np.ndarray:
    value = value.astype(np.uint32)
    value = (value ^ (value >> np.uint32(15))) * np.uint32(2246822519)
    value = (value ^ (value >> np.uint32(13))) * np.uint32(3266489917)
    return value ^ (value >> np.uint32(16))


def scene(seed: int) -> tuple[int, np.ndarray]:
    """(what is in it, 0 to 3; uint8 brightness [SIDE, SIDE])."""

    def pick(what: int, first: int, last: int) -> int:
        word = np.array([(seed * 31 + what) & 0xFFFFFFFF], np.uint32)
        return first + int(_mixed(word)[0]) % (last - first + 1)

    kind, radius = pick(1, 0, KINDS - 1), pick(2, 12, 30)
    x, y = pick(3, radius, SIDE - 1 - radius), pick(4, radius, SIDE - 1 - radius)
    dark = pick(5, 10, 90)
    bright = dark + pick(6, 40, 120)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    dy, dx = rows - y, columns - x
    edge = radius * 4 // 5
    inside = {
        0: np.zeros((SIDE, SIDE), bool),
        1: dx * dx + dy * dy <= radius * radius,
        2: (abs(dx) <= edge) & (abs(dy) <= edge),
        3: (abs(2 * dx) <= dy + radius),
    }[kind] & (abs(dy) <= radius)
    pixel = (rows * SIDE + columns).astype(np.uint32)
    noise = _mixed(np.uint32(seed) + pixel * np.uint32(2654435761)) >> np.uint32(27)
    return kind, (np.where(inside, bright, dark) + noise).astype(np.uint8)

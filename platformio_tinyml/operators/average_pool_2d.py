"""AVERAGE_POOL_2D."""

from ..program import Kind, Sweep
from .pool_2d import support

SUPPORT = support(
    "AVERAGE_POOL_2D",
    Sweep(Kind.WINDOW, maximum=False),
    of_uint8="tinyml_average_pool_2d_u8",
)

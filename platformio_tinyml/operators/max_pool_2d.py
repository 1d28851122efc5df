"""MAX_POOL_2D."""

from ..program import Kind, Sweep
from .pool_2d import support

SUPPORT = support("MAX_POOL_2D", "tinyml_max_pool_2d_s8", Sweep(Kind.WINDOW, padding=-128, maximum=True))

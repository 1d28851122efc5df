"""MAX_POOL_2D."""

from ..program import Kind, Sweep
from .pool_2d import support

SUPPORT = support("MAX_POOL_2D", Sweep(Kind.WINDOW, padding=-128, maximum=True))

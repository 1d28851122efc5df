"""Where activations lie in RAM: lifetimes, bounds, planner, independent check, drawing. See docs/arena.md."""

from .draw import draw
from .planner import place_arena, place_firmware, plan_arena
from .verify import verify

__all__ = ["draw", "place_arena", "place_firmware", "plan_arena", "verify"]

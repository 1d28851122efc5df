"""Where activations lie in RAM: lifetimes, bounds, planner, independent check, drawing. See docs/arena.md."""

from .draw import draw
from .planner import plan_arena, plan_firmware
from .verify import verify

__all__ = ["draw", "plan_arena", "plan_firmware", "verify"]

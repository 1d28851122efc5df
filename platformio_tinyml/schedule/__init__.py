"""Program -> Program: calls that run row by row, so that what passes between them need not be held whole."""

from .choose import schedule, schedule_arena

__all__ = ["schedule", "schedule_arena"]

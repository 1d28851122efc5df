"""Program -> Program: calls that run row by row, so that what passes between them need not be held whole."""

from .choose import Schedules
from .plans import Scheduled, schedule_arena

__all__ = ["Scheduled", "Schedules", "schedule_arena"]

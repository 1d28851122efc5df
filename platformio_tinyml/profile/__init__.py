"""What one invoke of a linked model takes: counted in the emulator, or estimated; then time and energy as ranges."""

from .cost import Power
from .cpi import cpi_of
from .profile import profile_of

__all__ = ["Power", "cpi_of", "profile_of"]

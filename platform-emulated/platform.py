from platformio.public import PlatformBase


class EmulatedPlatform(PlatformBase):
    """Not "embedded" in PlatformIO's sense: there is no programmer and no serial port, so `pio test` runs a program."""

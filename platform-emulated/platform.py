import os

from platformio.public import PlatformBase


class EmulatedPlatform(PlatformBase):
    """Not "embedded" in PlatformIO's sense: there is no programmer and no serial port, so `pio test` runs a program."""

    def run(self, variables, targets, silent, verbose, jobs):
        """`pio run -s` shows nothing of standard output: a program that is run (`-t exec`) then takes the other one."""
        os.environ["EMULATED_SILENT"] = "1" if silent else ""
        return super().run(variables, targets, silent, verbose, jobs)

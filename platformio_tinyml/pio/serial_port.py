"""The device's serial port, by the settings of `pio device monitor`: monitor_port, _speed, _parity, _rts, _dtr."""

from __future__ import annotations

import time
from typing import Any

from ..errors import SetupError
from ..selftest.log import LogReader
from .say import say

_APPEARS = 10.0
"""Seconds that a board may take to come back after an upload."""


def read(env: Any, reader: LogReader, seconds: float) -> bytes:
    """All that came until `reader` had a whole run, or for `seconds` no whole line of a self test."""
    import serial  # PlatformIO's own dependency

    port = _find(env)
    say(f"TinyML: listening at {port}")
    log = bytearray()
    try:
        with _open(serial, env, port) as device:
            last, lines = time.monotonic(), 0
            while time.monotonic() - last < seconds:
                data = device.read(device.in_waiting or 1)
                log += data
                if reader.feed(data):
                    break
                if reader.lines > lines:
                    last, lines = time.monotonic(), reader.lines
    except (serial.SerialException, OSError, ValueError) as error:
        raise SetupError(f"{port}: {error}", "Check the cable, monitor_port and monitor_speed.") from error
    return bytes(log)


def _open(serial: Any, env: Any, port: str) -> Any:
    """Once it is there: a board with USB of its own is away for a moment after an upload."""
    until = time.monotonic() + _APPEARS
    while True:
        device = serial.serial_for_url(
            port,
            do_not_open=True,
            baudrate=int(env.GetProjectOption("monitor_speed", 9600)),
            parity=str(env.GetProjectOption("monitor_parity", "N")),
            timeout=0.2,
        )
        for line in ("rts", "dtr"):
            wanted = env.GetProjectOption(f"monitor_{line}", None)
            if wanted is not None:
                setattr(device, line, bool(int(wanted)))
        try:
            device.open()
            return device
        except (serial.SerialException, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _find(env: Any) -> str:
    """As the monitor does. SetupError where there is none."""
    from platformio.device.finder import SerialPortFinder

    found = SerialPortFinder(
        board_config=env.BoardConfig() if "BOARD" in env else None,
        upload_protocol=env.subst("$UPLOAD_PROTOCOL"),
        ensure_ready=False,
    ).find(initial_port=env.GetProjectOption("monitor_port", None))
    if not found:
        raise SetupError("no serial port was found", "Connect the board, or set monitor_port (pio device list).")
    return str(found)

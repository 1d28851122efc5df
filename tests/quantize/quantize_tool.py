"""`pio-tinyml` in a process, with a fake conversion worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import quantize_samples as samples

HERE = Path(__file__).parent
CALLER = """
import sys
from pathlib import Path
from platformio_tinyml.quantize import run
run.WORKER = Path({worker!r})
from platformio_tinyml.cli import main
sys.exit(main())
"""


class Tool:
    """A folder with a source and its data, and the command that converts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = samples.keras_file(folder / "net.keras", {})
        self.data = folder / "data.npz"
        self.data.write_bytes(b"never read by the fake")
        self.calls = folder / "calls.txt"
        self.wanted = samples.int8_dense()
        (folder / "wanted.bin").write_bytes(self.wanted)

    def start(self, *arguments: str | Path, mode: str = "ok") -> subprocess.Popen[str]:
        """Start it."""
        environment = {**os.environ, "FAKE": mode, "FAKE_OUTPUT": str(self.folder / "wanted.bin")}
        environment |= {"FAKE_CALLS": str(self.calls), "PYTHONPATH": str(HERE.parent.parent)}
        return subprocess.Popen(
            [sys.executable, "-c", CALLER.format(worker=str(HERE / "fake_worker.py")), *map(str, arguments)],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, mode: str = "ok") -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        process = self.start(*arguments, mode=mode)
        stdout, stderr = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def quantize(self, *arguments: str | Path) -> Sequence[str | Path]:
        """The arguments of a conversion of the source to out/net.tflite."""
        output = self.folder / "out" / "net.tflite"
        given = ("--data", self.data, "--python", sys.executable, "-o", output)
        return ("quantize", self.source, *given, *arguments)

    @property
    def output(self) -> Path:
        """What it writes."""
        return self.folder / "out" / "net.tflite"

    def worker_calls(self) -> int:
        """How often the worker ran."""
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0

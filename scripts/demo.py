"""The main job on real input: `make demo`.

Builds examples/digits for an emulated STM32F405, runs it, shows the report; then builds it for a board that allows it
3 KB of RAM and shows that it is refused. The last line says `demo: OK` and the figures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "digits"


def pio(title: str, *arguments: str) -> tuple[int, str]:
    """Run `pio run` in the example, show what it prints, and return (exit code, output)."""
    command = [sys.executable, "-m", "platformio", "run", *arguments]
    print(f"\n=== {title}\n$ pio run {' '.join(arguments)}\n", flush=True)
    process = subprocess.Popen(
        command, cwd=EXAMPLE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    return process.wait(), "".join(lines)


def main() -> None:
    """Exit 0 when the digits were read and the small board was refused, else 1 with the reason."""
    code, output = pio("Build, measure and run on netduinoplus2 (128 KB of RAM)", "-e", "netduinoplus2", "-t", "exec")
    right = re.search(r"^(\d+) of (\d+) digits right", output, re.MULTILINE)
    if code != 0 or right is None:
        sys.exit(f"demo: FAILED: the firmware did not build and run (exit code {code})")
    path = EXAMPLE / ".pio" / "build" / "netduinoplus2" / "tinyml" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))

    code, output = pio(
        "The same for stm32vldiscovery (3 of its 8 KB of RAM allowed): refused", "-e", "stm32vldiscovery"
    )
    refused = re.search(r"ram is at least ([\d,]+) bytes over", output)
    if code == 0 or refused is None:
        sys.exit(f"demo: FAILED: the small board was not refused for its RAM (exit code {code})")

    model = report["models"][0]
    print(
        f"\ndemo: OK: {right[1]} of {right[2]} digits right; flash {report['flash']['used']:,} of "
        f"{report['flash']['limit']:,}, ram {report['ram']['used']:,} of {report['ram']['limit']:,}, arena "
        f"{model['arena']['size']:,} bytes; stm32vldiscovery refused, {refused[1]} bytes of ram short"
    )


if __name__ == "__main__":
    main()

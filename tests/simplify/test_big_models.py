"""Large graphs and large models take work in proportion to their size, and little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from big_models import mobile_net, unrolled_lstm
from counted_work import lines_of

from platformio_tinyml.cli import main

MEMORY = """
import json, re, sys
from pathlib import Path
from platformio_tinyml.cli import main
code = main(sys.argv[1:])
print(json.dumps([code, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])]))
"""
"""VmHWM, since ru_maxrss would count what started this process too."""


@pytest.mark.parametrize("make", [lambda: unrolled_lstm(1751), mobile_net], ids=["1,751 operators", "4 MB"])
def test_memory(make: Callable[[], bytes], tmp_path: Path, repo: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(make())
    words = [sys.executable, "-c", MEMORY, "generate", str(path), "-o", str(tmp_path / "out")]
    done = subprocess.run(words, cwd=repo, capture_output=True, text=True, timeout=1200, check=True)
    code, kilobytes = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert kilobytes < 500 << 10


def test_each_operator_of_a_large_graph_is_as_much_work_as_one_of_a_small_one(tmp_path: Path) -> None:
    def work(operators: int) -> int:
        path = tmp_path / f"lstm{operators}.tflite"
        path.write_bytes(unrolled_lstm(operators))
        return lines_of(lambda: main(["generate", str(path), "-o", str(tmp_path / "out")]))

    work(4)  # imports
    few, some, many, most = map(work, (60, 120, 240, 360))
    assert (most - many) / (360 - 240) < 1.18 * (some - few) / (120 - 60), (few, some, many, most)

"""Large graphs and large models are generated in seconds, in little memory. Times are of the processor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from big_models import mobile_net, unrolled_lstm

MEASURE = """
import json, re, resource, sys
from pathlib import Path
from platformio_tinyml.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss would count what started this process too.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps([code, used.ru_utime + used.ru_stime, peak]))
"""


@pytest.mark.parametrize(
    ("make", "seconds"), [(lambda: unrolled_lstm(1751), 5), (mobile_net, 10)], ids=["1,751 operators", "4 MB"]
)
def test_time_and_memory(make: Callable[[], bytes], seconds: int, tmp_path: Path, repo: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(make())
    words = [sys.executable, "-c", MEASURE, "generate", str(path), "-o", str(tmp_path / "out")]
    done = subprocess.run(words, cwd=repo, capture_output=True, text=True, timeout=120, check=True)
    code, used, kilobytes = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert used < seconds
    assert kilobytes < 500 << 10

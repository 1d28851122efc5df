"""The command around the worker: files, exit codes, interruptions. The worker is a fake."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from quantize_samples import float_dense, int8_dense, int8_joined, partly_int8
from quantize_tool import Tool

from platformio_tinyml.tflite import read_model_file

if sys.platform == "win32":
    pytest.skip("signals", allow_module_level=True)


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_conversion(tool: Tool) -> None:
    done = tool.run(*tool.quantize("--json", "--report", tool.folder / "out" / "net.json"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert tool.output.read_bytes() == tool.wanted
    assert json.loads((tool.folder / "out" / "net.json").read_text()) == report
    assert listed(tool.folder / "out") == [".net.json.lock", "net.json", "net.tflite"]
    assert (report["ok"], report["kind"], report["size"]) == (True, "keras", len(tool.wanted))
    assert (report["input_type"], report["calibration"]["calibrated"]) == ("int8", True)
    assert report["accuracy"]["operators"] == [
        {"index": 0, "opcode": "FULLY_CONNECTED", "name": "output", "sqnr_db": 31.5}
    ]
    assert "TinyML: writing" in done.stderr


def test_what_tflm_does_not_join_is_joined_in_steps(tool: Tool) -> None:
    """An unrolled layer leaves a CONCATENATION of as many inputs as it has steps."""
    (tool.folder / "wanted.bin").write_bytes(int8_joined(15))
    done = tool.run(*tool.quantize("--json"))
    assert done.returncode == 0, done.stderr
    model = read_model_file(tool.output)
    assert [len(operator.inputs) for operator in model.operators] == [10, 5, 2]
    assert json.loads(done.stdout)["size"] == len(tool.output.read_bytes())


def test_text_for_people(tool: Tool) -> None:
    done = tool.run(*tool.quantize())
    assert "top-1 85.00% (float 90.00%) on 7 samples of the evaluation data" in done.stdout
    assert "31.5    0 FULLY_CONNECTED  output" in done.stdout
    assert "warning: a warning" in done.stdout
    assert "noise of a library" not in done.stdout + done.stderr


def test_options_reach_the_worker(tool: Tool) -> None:
    extra = ("--eval", tool.data, "--input-type", "float", "--data-range", "-1", "1", "--allow-unsafe")
    assert tool.run(*tool.quantize(*extra)).returncode == 0
    arguments = json.loads(tool.calls.read_text().split(" ", 1)[1])
    assert arguments[arguments.index("--data-range") + 1 :][:2] == ["-1.0", "1.0"]
    assert arguments[arguments.index("--input-type") + 1] == "float"
    assert "--allow-unsafe" in arguments
    assert all(Path(arguments[arguments.index(name) + 1]).is_absolute() for name in ("--source", "--data", "--eval"))


def test_with_a_report_nothing_is_done_twice(tool: Tool) -> None:
    arguments = tool.quantize("--json", "--report", tool.folder / "out" / "net.json")
    first, second = (tool.run(*arguments) for _ in range(2))
    assert first.stdout == second.stdout
    assert tool.worker_calls() == 1
    tool.data.write_bytes(b"other data")
    assert tool.run(*arguments).returncode == 0
    assert tool.worker_calls() == 2
    tool.output.write_bytes(b"damaged")
    assert tool.run(*arguments).returncode == 0
    assert tool.worker_calls() == 3
    (tool.folder / "out" / "net.json").write_text("[]")
    assert tool.run(*arguments).returncode == 0
    assert tool.worker_calls() == 4
    assert tool.output.read_bytes() == tool.wanted


def test_two_at_once_convert_once(tool: Tool) -> None:
    arguments = tool.quantize("--json", "--report", tool.folder / "out" / "net.json")
    both = [tool.start(*arguments, mode="slow") for _ in range(2)]
    outputs = [process.communicate(timeout=600)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outputs[0] == outputs[1]
    assert tool.worker_calls() == 1


def test_too_large_a_drop(tool: Tool) -> None:
    report = tool.folder / "out" / "net.json"
    done = tool.run(*tool.quantize("--max-accuracy-drop", "4.9 percent", "--report", report))
    assert done.returncode == 1
    assert "int8 loses 5.00%, and 4.90% are allowed" in done.stderr
    assert "most in FULLY_CONNECTED output" in done.stderr
    assert not tool.output.exists()
    assert json.loads(report.read_text())["accuracy"]["drop"] == 0.05
    assert tool.run(*tool.quantize("--max-accuracy-drop", "5%", "--report", report)).returncode == 0
    stored = tool.run(*tool.quantize("--max-accuracy-drop", "0.04", "--report", report))
    assert stored.returncode == 1


def test_what_a_file_names_stays_in_its_line(tool: Tool) -> None:
    """Neither a line of its own nor an escape sequence."""
    done = tool.run(*tool.quantize("--json"), mode="forge")
    error = json.loads(done.stdout)["errors"][0]
    assert (error["message"], error["next"]) == ("x\\n::error::\\x1b[2J", "do\\nnot")


def test_the_worker_refuses(tool: Tool) -> None:
    done = tool.run(*tool.quantize("--json"), mode="refuse")
    assert done.returncode == 3
    assert json.loads(done.stdout)["errors"] == [{"code": "model-unsafe", "message": "it holds code", "next": "do not"}]
    assert listed(tool.folder / "out") == []


def test_the_worker_crashes(tool: Tool) -> None:
    done = tool.run(*tool.quantize(), mode="crash")
    assert done.returncode == 4
    assert "Segmentation fault, of sorts" in done.stderr
    assert "Traceback" not in done.stderr
    assert listed(tool.folder / "out") == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_the_worker_dies_of_a_signal(tool: Tool) -> None:
    done = tool.run(*tool.quantize(), mode="abort")
    assert done.returncode == 3
    assert "TensorFlow died while calibrating (SIGABRT), a fault of its own" in done.stderr
    assert "--alone" in done.stderr
    done = tool.run(*tool.quantize(), mode="alarm")
    assert done.returncode == 3
    assert "is damaged: the look into it does not come to an end" in done.stderr


def test_the_time_limit(tool: Tool) -> None:
    started = time.monotonic()
    done = tool.run(*tool.quantize("--timeout", "1"), mode="hang")
    assert done.returncode == 4
    assert "longer than 1 seconds" in done.stderr
    assert time.monotonic() - started < 200
    assert listed(tool.folder / "out") == []


@pytest.mark.parametrize("make", [float_dense, partly_int8])
def test_a_result_that_is_not_int8_is_refused(tool: Tool, make) -> None:
    (tool.folder / "wanted.bin").write_bytes(make())
    done = tool.run(*tool.quantize())
    assert done.returncode == 3
    assert "net.keras, converted," in done.stderr
    assert listed(tool.folder / "out") == []


def worker_pid(tool: Tool) -> int:
    deadline = time.monotonic() + 200
    while not (tool.calls.exists() and tool.calls.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(tool.calls.read_text().split()[0])


def gone(pid: int) -> bool:
    """Within some seconds; a zombie is gone."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_ctrl_c(tool: Tool) -> None:
    # What a shell runs in the background ignores it, and so does all that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = tool.start(*tool.quantize(), mode="hang")
    finally:
        signal.signal(signal.SIGINT, before)
    pid = worker_pid(tool)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=200)
    assert process.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert gone(pid)
    assert listed(tool.folder / "out") == []


@pytest.mark.slow
def test_killed_at_any_moment_leaves_no_half_file(tool: Tool) -> None:
    """Killed 12 times at random moments: the output is not there or whole, and the next run is right."""
    moments = random.Random(4)
    report = tool.folder / "out" / "net.json"
    arguments = tool.quantize("--report", report)
    survived = 0
    for _ in range(12):
        for path in (tool.output, report):
            path.unlink(missing_ok=True)
        process = tool.start(*arguments, mode="slow")
        time.sleep(moments.uniform(0.05, 1.2))
        process.kill()
        process.communicate()
        if tool.output.exists():
            survived += 1
            assert tool.output.read_bytes() == tool.wanted
            assert json.loads(report.read_text())["sha256"]
        visible = [name for name in listed(tool.folder / "out") if not name.startswith(".")]
        assert set(visible) <= {"net.tflite", "net.json"}
    assert survived < 12, "no kill came before the end"
    assert tool.run(*arguments).returncode == 0
    assert tool.output.read_bytes() == tool.wanted


def test_the_real_worker_ends_with_the_tool(tmp_path: Path) -> None:
    """Its standard input closes when the tool dies, however that happens."""
    code = "from platformio_tinyml.quantize.workers.say import Channel; Channel(); import time; time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=Path(__file__).parents[2])
    time.sleep(0.3)
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=200) == 1


def test_the_worker_has_no_network() -> None:
    code = (
        "from platformio_tinyml.quantize.workers.say import forbid_network; forbid_network()\n"
        "import socket, urllib.request\n"
        "for call in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: urllib.request.urlopen('http://127.0.0.1:9')):\n"
        "    try: call()\n"
        "    except PermissionError: print('forbidden')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.split() == ["forbidden", "forbidden"]


def test_int8_passes_through_untouched_without_any_environment(tool: Tool, tmp_path: Path) -> None:
    source = tmp_path / "ready.tflite"
    source.write_bytes(int8_dense())
    done = tool.run("quantize", source, "-o", tool.output, "--json", "--core-dir", tmp_path / "none")
    assert done.returncode == 0, done.stderr
    assert tool.output.read_bytes() == source.read_bytes()
    report = json.loads(done.stdout)
    assert (report["kind"], report["calibration"]["method"], report["accuracy"]) == ("int8-tflite", "none", None)
    assert tool.worker_calls() == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("net.keras", "-o", "o.tflite"), 2, "numpy.savez"),
        (("net.keras", "-o", "o.tflite", "--data", "no.npz"), 2, "there is no no.npz"),
        (("net.keras", "-o", "o.tflite", "--data", "data.npz", "--eval", "no.npz"), 2, "there is no no.npz"),
        (("no.keras", "-o", "o.tflite", "--data", "data.npz"), 2, "no.keras cannot be read"),
        (("net.keras", "-o", "o.tflite", "--data", "data.npz", "--python", "no/python"), 2, "no Python interpreter"),
        (("net.keras", "-o", "net.keras", "--data", "data.npz"), 2, "would be overwritten"),
        (("net.keras", "-o", "data.npz", "--data", "data.npz"), 2, "would be overwritten"),
        (("net.keras", "-o", ".", "--data", "data.npz"), 2, "is a folder"),
        (("net.keras", "-o", "data.npz/o.tflite", "--data", "random"), 4, "cannot write"),
        (("net.keras", "-o", "o.tflite", "--data", "random", "--max-accuracy-drop", "-3"), 2, "is no drop"),
    ],
)
def test_mistakes(tool: Tool, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = tool.run("quantize", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert tool.worker_calls() == 0


def test_an_interpreter_without_tensorflow(tool: Tool) -> None:
    """The real worker, run by an interpreter that has nothing."""
    environment = tool.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    arguments = [*tool.quantize()]
    arguments[arguments.index("--python") + 1] = environment / "bin" / "python"
    command = [sys.executable, "-m", "platformio_tinyml", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 4
    assert "has no tensorflow and no numpy" in done.stderr
    assert "pip install -r" in done.stderr

"""Stands for the conversion worker: `FAKE` in the environment says how it behaves, `FAKE_OUTPUT` what it writes."""

import json
import os
import signal
import sys
import time
from pathlib import Path

mode = os.environ["FAKE"]
output = Path(sys.argv[sys.argv.index("--output") + 1])
source = Path(sys.argv[sys.argv.index("--source") + 1])


def say(**message: object) -> None:
    print(json.dumps(message), flush=True)


if "FAKE_CALLS" in os.environ:
    with Path(os.environ["FAKE_CALLS"]).open("a") as file:
        file.write(f"{os.getpid()} {json.dumps(sys.argv[1:])}\n")
print("noise of a library")
print("noise of a library", file=sys.stderr)
if mode == "refuse":
    say(error={"kind": "model", "code": "model-unsafe", "message": "it holds code", "next": "do not"})
    sys.exit(0)
if mode == "forge":
    message = "\x1b[1mx\n::error::\x1b[2J\x1b[0m"
    say(error={"kind": "model", "code": "model-unsafe", "message": message, "next": "do\nnot"})
    sys.exit(0)
if mode == "crash":
    print("Segmentation fault, of sorts", file=sys.stderr)
    os._exit(9)
if mode == "alarm":
    signal.raise_signal(signal.SIGALRM)
if mode == "abort":
    say(stage="calibrating")
    os.abort()
if mode == "hang":
    say(stage="hanging")
    time.sleep(600)
data = Path(os.environ["FAKE_OUTPUT"]).read_bytes()
with output.open("wb") as file:
    for index in range(0, len(data), 64):
        file.write(data[index : index + 64])
        file.flush()
        say(stage="writing", done=index, total=len(data))
        if mode == "slow":
            time.sleep(0.03)
operators = {"output": 31.5, "other": None}
accuracy = {
    "metric": "top-1",
    "data": "evaluation",
    "samples": 7,
    "float_value": 0.9,
    "int8_value": 0.85,
    "drop": 0.05,
    "output_error": 0.01,
    "largest_error": 0.5,
    "runtime": "tflite_micro",
    "sqnr_db": operators,
}
result = {
    "calibration": {"method": "representative", "samples": 7, "low": -1.0, "high": 1.0},
    "accuracy": accuracy,
    "float_size": 123,
    "notes": ["a note"],
    "warnings": ["a warning"],
    "versions": {"tensorflow": "0"},
}
say(protocol="tinyml-worker/1", result=result)

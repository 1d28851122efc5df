"""On PYTHONPATH of a build: writes each command that SCons starts to the file $STARTED, one JSON list a line."""

import json
import os
import sys
from pathlib import Path


def record(event, arguments):
    if event == "subprocess.Popen" and Path(sys.argv[0]).name in ("scons.py", "scons"):
        words = arguments[1] if isinstance(arguments[1], (list, tuple)) else [arguments[1]]
        with Path(os.environ["STARTED"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps([os.fsdecode(word) for word in words]) + "\n")


if "STARTED" in os.environ:
    sys.addaudithook(record)

"""`--help` of every command where none of the packages is installed."""

import subprocess
import sys

from platformio_tinyml.cli.main import COMMANDS

SCRIPT = """
import sys

sys.path.insert(0, sys.argv[1])
from platformio_tinyml.cli.main import COMMANDS, main

for name in COMMANDS:
    try:
        print(name, main([name, "--help"]))
    except SystemExit as end:
        assert end.code == 0
assert main(["verify", "no.elf"]) == 4
"""


def test_help_without_packages(repo):
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(repo)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    assert done.stdout.count("usage: pio-tinyml ") == done.stdout.count("exit codes: ") == len(COMMANDS)
    assert "No module named 'elftools'" in done.stderr, "what needs a package says so"

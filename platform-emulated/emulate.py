"""Runs an emulator within a time limit: `emulate.py --timeout SECONDS --package APT_PACKAGE -- COMMAND...`

Output and exit code are the command's own. Exit codes of ours: 124 when the time is up, 127 when the emulator is not
installed, 128 + n when signal n killed it. Standard library only.
"""

import argparse
import subprocess
import sys


def emulate(command: "list[str]", timeout: float, package: str) -> int:
    try:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=timeout, check=False).returncode
    except subprocess.TimeoutExpired:
        limit = f"{timeout:g} s"
        return fail(124, f"stopped after {limit} (the limit is `board_emulator.timeout`, in seconds)")
    except FileNotFoundError:
        return fail(127, f"{command[0]} is not on PATH. Run: sudo apt-get install {package}")
    return code if code >= 0 else fail(128 - code, f"killed by signal {-code}")


def fail(code: int, message: str) -> int:
    sys.stderr.write(f"Error: emulated board: {message}\n")
    return code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    sys.exit(emulate(arguments.command, arguments.timeout, arguments.package))

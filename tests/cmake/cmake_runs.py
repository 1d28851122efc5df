"""What became of a run of cmake."""

import subprocess


def said(done: subprocess.CompletedProcess[str]) -> str:
    """All that a run printed."""
    return done.stdout + done.stderr

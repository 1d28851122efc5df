"""What the process that loads a foreign file cannot do. Only Linux has all of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from platformio_tinyml.quantize.workers import sandbox
from platformio_tinyml.quantize.workers.sandbox import MEMORY

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process")

CHILD = """
import ctypes, json, os, pathlib, resource, socket, subprocess, sys, threading
from platformio_tinyml.quantize.workers.sandbox import confine

inside, outside = map(pathlib.Path, sys.argv[1:])
lacks = confine((inside,))
deeds = {
    "write": lambda: (outside / "new").write_text("x"),
    "append": lambda: (outside / "file").open("a"),
    "truncate": lambda: os.truncate(outside / "file", 0),
    "unlink": lambda: (outside / "file").unlink(),
    "rename": lambda: (outside / "file").rename(inside / "moved"),
    "link": lambda: os.link(outside / "file", inside / "link"),
    "symlink": lambda: os.symlink("/etc", outside / "link"),
    "mkdir": lambda: (outside / "folder").mkdir(),
    "fifo": lambda: os.mkfifo(outside / "fifo"),
    "chmod": lambda: (outside / "file").chmod(0o777),
    "utime": lambda: os.utime(outside / "file", (0, 0)),
    "xattr": lambda: os.setxattr(outside / "file", "user.x", b"x"),
    "through a link": lambda: ((inside / "out").symlink_to(outside), (inside / "out" / "new").write_text("x")),
    "up": lambda: (inside / ".." / outside.name / "new").write_text("x"),
    "program": lambda: subprocess.run(["/bin/true"], check=True),
    "fork and program": lambda: sys.exit(0) if os.system("true") == 0 else (_ for _ in ()).throw(OSError()),
    "tcp": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "signal": lambda: os.kill(os.getppid(), 0),
    "trace": lambda: check(ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0)),
    "namespace": lambda: check(ctypes.CDLL(None, use_errno=True).unshare(0x10000000)),
    "memory": lambda: bytearray(int(1.2 * resource.getrlimit(resource.RLIMIT_DATA)[0])),
    "more memory": lambda: resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2),
    "other memory": lambda: open(f"/proc/{os.getppid()}/mem", "r+b"),
    "device": lambda: open("/dev/zero", "w"),
}
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def tried(deed):
    try:
        deed()
    except (OSError, MemoryError, ValueError):
        return False
    return True
done = [name for name, deed in deeds.items() if tried(deed)]
late = []
thread = threading.Thread(target=lambda: late.append(tried(deeds["write"])))
thread.start(); thread.join()
allowed = {
    "write": lambda: (inside / "x").write_text("x"),
    "folder": lambda: (inside / "y").mkdir(),
    "rename": lambda: (inside / "x").rename(inside / "y" / "x"),
    "remove": lambda: (inside / "y" / "x").unlink(),
    "null": lambda: open(os.devnull, "w").write("x"),
    "read": lambda: (outside / "file").read_text(),
    "thread": lambda: threading.Thread(target=len, args=("",)).start(),
}
print(json.dumps([lacks, done, late, [name for name, deed in allowed.items() if not tried(deed)]]))
"""


def test_confined(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "file").write_text("untouched")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, inside, outside], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lacks, succeeded, late, refused = json.loads(done.stdout)
    if lacks:
        pytest.skip(f"this system does not give it: {lacks}")
    assert succeeded == []
    assert late == [False]
    assert refused == []
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "untouched"


def test_what_a_system_does_not_give_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_limit", lambda: False)
    monkeypatch.setattr(sandbox, "write_only_below", lambda folders: False)
    monkeypatch.setattr(sandbox, "leave_the_system_alone", lambda: False)
    assert sandbox.confine(()) == (
        "its memory is not bounded",
        "it may write files",
        "it may start programs and use the network",
    )


def test_a_look_that_does_not_end() -> None:
    """Also in C code that does not return to Python."""
    code = (
        "import ctypes; from platformio_tinyml.quantize.workers.sandbox import ended_after\n"
        "with ended_after(1): pass\n"
        "with ended_after(1): ctypes.PyDLL(None).sleep(20)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=200)
    assert done.returncode == -signal.SIGALRM


def test_the_memory_is_bounded_where_it_can_be() -> None:
    assert 1 << 32 < MEMORY < 1 << 40

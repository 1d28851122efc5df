"""How far something is: in a terminal one line, as PlatformIO passes it on; in a log a line now and then."""

import io
import sys
import threading

import pytest
from platformio.proc import BuildAsyncPipe

from platformio_tinyml import pip_install
from platformio_tinyml.cli import quantize
from platformio_tinyml.pio import say
from platformio_tinyml.pip_install import Arriving


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(say, "_last", -say._BETWEEN)


def test_a_log(capsys):
    for done in range(1, 201):
        say.say_how_far(f"TinyML: kws: calibrating {done} of 200\n")
    say.say_how_far("TinyML: kws: converting")
    assert capsys.readouterr().out.splitlines() == [
        "TinyML: kws: calibrating 1 of 200",
        "TinyML: kws: calibrating 200 of 200",
        "TinyML: kws: converting",
    ]


def test_a_terminal(monkeypatch):
    """What PlatformIO shows while no line has ended."""
    monkeypatch.setitem(say.ARGUMENTS, "ISATTY", "1")
    shown = io.StringIO()
    pipe = BuildAsyncPipe(shown.write, shown.write)
    writer = open(pipe.fileno(), "w", closefd=False)  # noqa: SIM115
    monkeypatch.setattr(sys, "stdout", writer)
    say.say_how_far("TinyML: kws: calibrating 1 of 200")
    say.say_how_far("TinyML: kws: calibrating 2 of 200")
    say.say("TinyML: done")
    monkeypatch.undo()
    writer.close()
    pipe.close()
    first, second, done = shown.getvalue().split("\x1b[G")
    assert first.startswith("TinyML: kws: calibrating 1 of 200 ...")
    assert second.startswith("TinyML: kws: calibrating 2 of 200 ...")
    assert done == "TinyML: done\n", "over the last"


def test_a_terminal_of_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for text in ("TinyML: calibrating 1 of 2", "TinyML: calibrating 2 of 2", "TinyML: converting"):
        quantize.say(text)
    said = capsys.readouterr().err.replace("\x1b[K", "")
    assert said == "TinyML: calibrating 1 of 2\rTinyML: calibrating 2 of 2\nTinyML: converting\n"


def test_an_installation(tmp_path, monkeypatch):
    monkeypatch.setattr(pip_install, "BETWEEN", 0.02)
    monkeypatch.setattr(pip_install, "PATIENCE", 0.05)
    ended, told = threading.Event(), []

    def announce(text: str) -> None:
        told.append(text)
        if len(told) == 1:
            (tmp_path / "part").write_bytes(bytes(40))
        else:
            ended.set()

    Arriving("a package", tmp_path, 100, "look elsewhere").tell(announce, ended)
    assert told == [
        "TinyML: waiting for the package index or its files, 0 seconds so far\n  no network? look elsewhere",
        "TinyML: installing a package, about 40 percent",
    ]


@pytest.mark.parametrize(("growing", "advised"), [(0, 1), (3, 0)])
def test_what_to_do_without_a_network_is_said_once_and_where_nothing_arrives(tmp_path, monkeypatch, growing, advised):
    monkeypatch.setattr(pip_install, "PATIENCE", 4)
    told, looks = [], []

    class Looks(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            looks.append(timeout)
            if len(looks) <= growing:
                (tmp_path / str(len(looks))).write_bytes(bytes(40))
            return len(looks) > 40

    Arriving("a package", tmp_path, 1_000_000, "look elsewhere").tell(told.append, Looks())
    assert len(told) > 2 and all("waiting" in text for text in told)
    assert sum("look elsewhere" in text for text in told) == advised

"""The cache of what is made of models: a project's own folder, and one that it shares."""

import json
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from platformio_tinyml.pio import cache
from platformio_tinyml.pio.cache import Cache


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    monkeypatch.setattr(cache, "_said", set())


def fill(folder: Path) -> bool:
    (folder / "a.c").write_text("whole")
    return True


def no_need(_: Path) -> bool:
    raise AssertionError("made again")


def folders(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir() if each.is_dir())


def test_keys(tmp_path: Path):
    model = tmp_path / "a.tflite"
    model.write_bytes(b"1")
    key = cache.cache_key(model, ("--name", "a"), "tool")
    assert cache.cache_key(model, ("--name", "a"), "tool") == key
    elsewhere = tmp_path / "elsewhere" / "a.tflite"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"1")
    assert cache.cache_key(elsewhere, ("--name", "a"), "tool") == key, "a checkout elsewhere shares it"
    others = [cache.cache_key(model, ("--name", "b"), "tool"), cache.cache_key(model, ("--name", "a"), "other")]
    model.write_bytes(b"2")
    others.append(cache.cache_key(model, ("--name", "a"), "tool"))
    assert len({key, *others}) == 4


def test_an_entry_is_whole_or_not_there(tmp_path: Path):
    own = Cache(tmp_path)

    def fail_half_way(folder: Path) -> bool:
        (folder / "a.c").touch()
        return False

    def fill_and_look(folder: Path) -> bool:
        assert own.lookup("k") is None
        return fill(folder)

    assert own.obtain("k", fail_half_way) is None
    assert folders(tmp_path) == []
    (tmp_path / "k").mkdir()  # as SCons does
    (tmp_path / "k.0.tmp").mkdir()  # as a killed build left it
    entry = own.obtain("k", fill_and_look)
    assert entry == own.lookup("k") == own.obtain("k", no_need) == tmp_path / "k"
    assert (tmp_path / "k" / "a.c").read_text() == "whole"
    assert folders(tmp_path) == ["k"]


DAMAGES = ["empty", "removed", "added", "seal", "no seal", "another's", "link", "pipe", "folder"]


def damage(entry: Path, how: str) -> None:
    if how == "empty":
        (entry / "a.c").write_text("")
    elif how == "removed":
        (entry / "a.c").unlink()
    elif how == "added":
        (entry / "b.c").touch()
    elif how == "seal":
        (entry / cache.SEAL).write_text("[" * 100_000)
    elif how == "no seal":
        (entry / cache.SEAL).unlink()
    elif how == "another's":
        seal = json.loads((entry / cache.SEAL).read_text())
        (entry / cache.SEAL).write_text(json.dumps({**seal, "key": "another"}))
    elif how == "link":
        (entry / "a.c").rename(entry.parent / "a.c")
        (entry / "a.c").symlink_to(entry.parent / "a.c")
    elif how == "pipe":
        (entry / "a.c").unlink()
        os.mkfifo(entry / "a.c")
    else:
        (entry / "a.c").unlink()
        (entry / "a.c").mkdir()


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_entry_is_made_again(tmp_path: Path, how: str):
    own = Cache(tmp_path)
    damage(own.obtain("k", fill), how)
    assert own.lookup("k") is None
    assert own.obtain("k", fill) == own.lookup("k") == tmp_path / "k"
    assert (tmp_path / "k" / "a.c").read_text() == "whole"


@pytest.mark.parametrize("how", DAMAGES)
def test_an_altered_entry_of_a_shared_folder_is_not_taken(tmp_path: Path, how: str):
    shared = tmp_path / "shared"
    Cache(tmp_path / "one", shared).obtain("k", fill)
    damage(shared / "k", how)
    two, made = Cache(tmp_path / "two", shared), []
    assert two.lookup("k") is None
    assert two.obtain("k", lambda folder: made.append(1) or fill(folder))
    assert made == [1]
    three = Cache(tmp_path / "three", shared).obtain("k", no_need)
    assert (three / "a.c").read_text() == "whole", "and it is replaced"


def test_a_shared_folder(tmp_path: Path):
    shared = tmp_path / "not there" / "shared"
    entry = Cache(tmp_path / "one", shared).obtain("k", fill)
    two = Cache(tmp_path / "two", shared)
    assert entry == tmp_path / "one" / "k"
    assert two.obtain("k", no_need) == two.lookup("k") == tmp_path / "two" / "k"
    assert (tmp_path / "two" / "k" / "a.c").read_text() == "whole"
    assert Cache(tmp_path / "three", shared).lookup("k") == tmp_path / "three" / "k"
    assert cache.cache_of({"TINYML_CACHE": shared, "TINYML_SHARED_CACHE": tmp_path / "not there" / "." / "shared"}) == (
        Cache(shared)
    ), "the lock is not taken twice"


def test_a_shared_folder_that_cannot_be_used(tmp_path: Path, capsys):
    """A file in its place: to nobody, root least of all, a folder."""
    shared = tmp_path / "shared"
    shared.touch()
    one = Cache(tmp_path / "one", shared)
    assert one.obtain("k", fill) and one.obtain("l", fill) and one.obtain("k", no_need)
    out = capsys.readouterr().out
    assert out == f"TinyML: cannot write the shared cache {shared}: File exists; this project's own serves\n"


def test_a_shared_folder_that_is_full_or_vanishes(tmp_path: Path, capsys, monkeypatch):
    shared = tmp_path / "shared"
    Cache(tmp_path / "one", shared).obtain("k", fill)

    def full(entry: Path, to: Path) -> bool:
        if to.parent == shared:
            (to / "a.c").write_text("wh")
            raise OSError(28, "No space left on device")
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(cache, "_copy", full)
    two = Cache(tmp_path / "two", shared)
    assert (two.obtain("k", fill) / "a.c").read_text() == (two.obtain("l", fill) / "a.c").read_text() == "whole"
    assert folders(shared) == ["k"], "nothing half"
    assert capsys.readouterr().out.splitlines() == [
        f"TinyML: cannot read the shared cache {shared}: Stale file handle; this project's own serves",
        f"TinyML: cannot write the shared cache {shared}: No space left on device; this project's own serves",
    ]


def test_a_lock_that_is_never_freed(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(cache, "PATIENCE", 0.1)
    shared = tmp_path / "shared"
    shared.mkdir()
    with cache.held(shared / "k.lock", ""):
        assert Cache(tmp_path / "one", shared).obtain("k", fill)


def _obtain(own: Path, shared: Path, log: Path, start: float) -> None:
    def slow(folder: Path) -> bool:
        with log.open("a") as file:
            file.write(f"{folder.name[:1]}\n")
        time.sleep(0.2)
        return fill(folder)

    time.sleep(max(0.0, start - time.time()))
    for key in ("a", "b", "c"):
        entry = Cache(own, shared).obtain(key, slow)
        assert (entry / "a.c").read_text() == "whole"


def test_processes_at_once_on_one_folder(tmp_path: Path):
    """Of two projects, two processes each."""
    log, context, start = tmp_path / "log", multiprocessing.get_context("spawn"), time.time() + 1
    owns = ["one", "one", "two", "two"]
    arguments = [(tmp_path / own, tmp_path / "shared", log, start) for own in owns]
    processes = [context.Process(target=_obtain, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert sorted(log.read_text().split()) == ["a", "b", "c"]
    assert folders(tmp_path / "shared") == folders(tmp_path / "one") == folders(tmp_path / "two") == ["a", "b", "c"]

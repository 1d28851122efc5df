"""The cache of generated models."""

from pathlib import Path

import pytest

from platformio_tinyml.pio import cache


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
    def fail_half_way(folder: Path) -> bool:
        (folder / "a.c").touch()
        return False

    def fill(folder: Path) -> bool:
        (folder / "a.c").write_text("whole")
        assert cache.lookup(tmp_path, "k") is None
        return True

    assert cache.make(tmp_path, "k", fail_half_way) is None
    assert list(tmp_path.iterdir()) == []
    entry = cache.make(tmp_path, "k", fill)
    assert entry == cache.lookup(tmp_path, "k") == tmp_path / "k"
    assert (tmp_path / "k" / "a.c").read_text() == "whole"


@pytest.mark.parametrize("damage", ["empty", "removed", "added", "seal", "no seal"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str):
    def fill(folder: Path) -> bool:
        (folder / "a.c").write_text("whole")
        return True

    entry = cache.make(tmp_path, "k", fill)
    if damage == "empty":
        (entry / "a.c").write_text("")
    elif damage == "removed":
        (entry / "a.c").unlink()
    elif damage == "added":
        (entry / "b.c").write_text("")
    elif damage == "seal":
        (entry / cache.SEAL).write_bytes(b"\xff[")
    else:
        (entry / cache.SEAL).unlink()
    assert cache.lookup(tmp_path, "k") is None
    assert cache.make(tmp_path, "k", fill) == cache.lookup(tmp_path, "k") == entry
    assert (entry / "a.c").read_text() == "whole"


def test_two_make_the_same_entry(tmp_path: Path):
    def first(folder: Path) -> bool:
        (folder / "a.c").write_text("first")
        return True

    def second(folder: Path) -> bool:
        cache.make(tmp_path, "k", first)
        (folder / "a.c").write_text("second")
        return True

    assert cache.make(tmp_path, "k", second) == tmp_path / "k"
    assert (tmp_path / "k" / "a.c").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["k"]

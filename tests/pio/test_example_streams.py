"""examples/microphone and examples/accelerometer, a sketch: windows slide over a recording, on an emulated board."""

import importlib.util
import re
import shutil

import pytest


@pytest.fixture
def examples(repo, tmp_path):
    """The folder of the examples, as a registry's tarball has them: beside each other."""
    shutil.copytree(repo / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".pio"))
    for ini in tmp_path.glob("examples/*/platformio.ini"):
        text = ini.read_text().replace("symlink://../../platform-emulated", f"symlink://{repo}/platform-emulated")
        ini.write_text(text.replace("symlink://../..\n", f"symlink://{repo}\n"))
    return tmp_path / "examples"


def played(pio, example):
    done = pio(example, "run", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stderr
    return [(int(time), what) for time, what in re.findall(r"^ *(\d+) ms: (.+)$", done.stdout, re.MULTILINE)]


@pytest.mark.slow
def test_words_in_a_stream_are_told_once_each(examples, pio):
    """Within a second and a half of a word's beginning."""
    told = played(pio, examples / "microphone")
    assert [word for _, word in told] == ["rise", "fall", "hold", "rise"]
    assert all(0 <= time - begun <= 1500 for (time, _), begun in zip(told, (1000, 4000, 7000, 10000), strict=True))


@pytest.mark.slow
def test_the_sketch_tells_a_fault_and_no_knock(examples, pio):
    """The bearing is damaged from 1,200 to 2,200 ms; six windows of 20 ms decide, eight clear."""
    told = played(pio, examples / "accelerometer")
    assert [what for _, what in told] == ["FAULT", "ok again"]
    assert 1200 < told[0][0] < 1400
    assert 2200 < told[1][0] < 2500


def test_the_recording_is_made_by_the_script(repo):
    spec = importlib.util.spec_from_file_location("make_recording", repo / "scripts" / "make_recording.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    ours, kept = maker.vibration(), (repo / "examples/accelerometer/src/recording.h").read_text()
    numbers = [int(word) for word in re.findall(r"-?\d+", kept[kept.index("{") :])]
    assert len(numbers) == len(ours)
    assert max(abs(a - int(b)) for a, b in zip(numbers, ours, strict=True)) <= 1, "libm may round differently"

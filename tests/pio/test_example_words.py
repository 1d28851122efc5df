"""examples/words, in QEMU on two architectures and on this computer: of raw samples the scores of tflite_micro."""

import importlib.util
import json
import re
import shutil

import pytest

ENVIRONMENTS = ("netduinoplus2", "hifive1-revb", "host")


@pytest.fixture
def maker(repo):
    pytest.importorskip("tflite_micro", reason="tflite_micro is not installed")
    spec = importlib.util.spec_from_file_location("make_words_models", repo / "scripts" / "make_words_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_words(repo, tmp_path, pio, maker):
    example = tmp_path / "words"
    shutil.copytree(repo / "examples" / "words", example, ignore=shutil.ignore_patterns(".pio"))
    ini = example / "platformio.ini"
    ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{repo}"))
    front, words = ((example / "models" / f"{name}.tflite").read_bytes() for name in ("front_end", "words"))
    expected = [
        [int(score) for score in maker.run(words, [maker.features(front, maker.sound(word, 1000 + seed))])[0].ravel()]
        for word in maker.WORDS
        for seed in range(5)
    ]
    for environment in ENVIRONMENTS:
        done = pio(example, "run", "-e", environment, "-t", "exec")
        assert done.returncode == 0, done.stdout + done.stderr
        scores = re.findall(r"heard as \w+ +scores ((?:-?\d+ ?){4})", done.stdout)
        assert [[int(score) for score in each.split()] for each in scores] == expected
        assert "20 of 20 words right" in done.stdout
        report = json.loads((example / ".pio/build" / environment / "tinyml/report.json").read_text())
        assert report["ok"]
        owners = {row["owner"]: row["ram"] for row in report["owners"]}
        assert owners["state:front_end"] == 160
        assert owners["arena:(shared)"] == max(model["arena"]["size"] for model in report["models"])


@pytest.mark.slow
def test_the_models_are_made_by_the_script(repo, maker):
    assert maker.front_end() == (repo / "examples" / "words" / "models" / "front_end.tflite").read_bytes()

"""examples/camera on a board whose RAM is smaller than a picture: the scores of tflite_micro for the same scenes."""

import importlib.util
import json
import re
import shutil

import numpy as np
import pytest


@pytest.mark.slow
def test_camera(repo, tmp_path, pio):
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    example = tmp_path / "camera"
    shutil.copytree(repo / "examples" / "camera", example, ignore=shutil.ignore_patterns(".pio"))
    ini = example / "platformio.ini"
    ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{repo}"))
    spec = importlib.util.spec_from_file_location("scenes", example / "training" / "scenes.py")
    scenes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenes)
    interpreter = runtime.Interpreter.from_file(str(example / "models" / "shapes.tflite"))

    def scores(seed):
        _, picture = scenes.scene(seed)
        interpreter.set_input((picture.astype(np.int16) - 128).astype(np.int8)[np.newaxis, ..., np.newaxis], 0)
        interpreter.invoke()
        return [int(score) for score in interpreter.get_output(0).ravel()]

    expected = [scores(seed) for seed in range(1, 21)]
    for environment in ("stm32vldiscovery", "host"):
        done = pio(example, "run", "-e", environment, "-t", "exec")
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.findall(r"scores +(-?\d+) +(-?\d+) +(-?\d+) +(-?\d+)", done.stdout)
        assert [[int(score) for score in each] for each in found] == expected
        report = json.loads((example / ".pio/build" / environment / "tinyml/report.json").read_text())
        assert report["ok"]
        assert report["models"][0]["arena"]["size"] < scenes.SIDE**2
    text = ini.read_text()
    ini.write_text(text + "custom_tinyml_streams = off\n")
    done = pio(example, "run", "-e", "host")
    assert (
        "custom_tinyml_shapes_input = rows does not go with custom_tinyml_streams = 'off'" in done.stdout + done.stderr
    )

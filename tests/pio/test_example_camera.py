"""examples/camera on a board whose RAM is smaller than a picture: what tflite_micro makes of the same scenes."""

import importlib.util
import json
import re
import shutil

import numpy as np
import pytest


@pytest.fixture
def example(repo, tmp_path):
    folder = tmp_path / "camera"
    shutil.copytree(repo / "examples" / "camera", folder, ignore=shutil.ignore_patterns(".pio"))
    ini = folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("symlink://../..", f"symlink://{repo}"))
    return folder


def module_of(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outputs_of(example, model, seeds):
    """What tflite_micro makes of scenes."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="tflite_micro is not installed")
    scenes = module_of(example / "training" / "scenes.py")
    interpreter = runtime.Interpreter.from_file(str(example / "models" / model), arena_size=100_000)
    for seed in seeds:
        _, picture = scenes.scene(seed)
        interpreter.set_input((picture.astype(np.int16) - 128).astype(np.int8)[np.newaxis, ..., np.newaxis], 0)
        interpreter.invoke()
        yield interpreter.get_output(0).copy()


def report_of(example, environment):
    return json.loads((example / ".pio/build" / environment / "tinyml/report.json").read_text())


@pytest.mark.slow
def test_edges_of_a_picture_row_by_row(example, pio):
    """`input = rows` and `output = rows`: neither fits the board."""
    done = pio(example, "run", "-e", "edges", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stderr
    report = report_of(example, "edges")
    assert report["ok"] and report["models"][0]["verification"]["oracles"][0]["difference"] is None
    assert report["models"][0]["arena"]["size"] < 96 * 96 // 8
    drawn = [line for line in done.stdout.splitlines() if len(line) == 48 and not line.strip(" .+#")]
    expected = [
        "".join(" .+#"[(int(value) + 128) // 64] for value in row[::2])
        for output in outputs_of(example, "edges.tflite", range(1, 5))
        for row in output.reshape(96, 96)[::4]
    ]
    assert drawn == expected


def test_the_edges_are_made_by_the_script(repo):
    maker = module_of(repo / "scripts" / "make_edges_model.py")
    assert maker.edges() == (repo / "examples/camera/models/edges.tflite").read_bytes()


@pytest.mark.slow
def test_camera(example, pio):
    ini = example / "platformio.ini"
    expected = [[int(score) for score in each.ravel()] for each in outputs_of(example, "shapes.tflite", range(1, 21))]
    for environment in ("stm32vldiscovery", "host"):
        done = pio(example, "run", "-e", environment, "-t", "exec")
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.findall(r"scores +(-?\d+) +(-?\d+) +(-?\d+) +(-?\d+)", done.stdout)
        assert [[int(score) for score in each] for each in found] == expected
        report = report_of(example, environment)
        assert report["ok"]
        assert report["models"][0]["arena"]["size"] < 96 * 96
    text = ini.read_text()
    ini.write_text(text + "custom_tinyml_streams = off\n")
    done = pio(example, "run", "-e", "host")
    assert (
        "custom_tinyml_shapes_input = rows does not go with custom_tinyml_streams = 'off'" in done.stdout + done.stderr
    )

"""Models that are not int8, on their way through a build; a fake worker stands for TensorFlow."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from quantize.quantize_samples import float_dense, hybrid_dense, int8_dense
from test_incremental import COMPILED, change_weights

from platformio_tinyml.pio.tflite_types import computes_int8

ENVIRONMENTS = "[env:net]\nboard = netduinoplus2\n[env:micro]\nboard = microbit"


@dataclass(frozen=True)
class Conversion:
    """A project whose model is `models/sine.keras`, and the fake that converts it."""

    project: object
    calls: Path
    variables: dict[str, str]
    core: Path

    def run(self, *arguments: str, mode: str = "good"):
        return self.project.run("-e", "net", *arguments, env={**self.variables, "FAKE": mode})

    def start(self, environment: str) -> subprocess.Popen:
        """A build beside others, whose conversion takes seconds."""
        variables = {**os.environ, **self.variables, "FAKE": "slow", "PLATFORMIO_CORE_DIR": str(self.core)}
        return subprocess.Popen(
            [sys.executable, "-m", "platformio", "run", "-e", environment],
            cwd=self.project.folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def conversions(self) -> int:
        return len(self.calls.read_text().splitlines()) if self.calls.is_file() else 0

    def source(self) -> Path:
        return self.project.folder / "models" / "sine.keras"

    def cached(self) -> list[Path]:
        return list((self.project.folder / ".pio" / "tinyml").glob("*/sine.int8.tflite"))


@pytest.fixture
def conversion(make_project, repo, library_copy, tmp_path, core_dir):
    """`make(options)`: a Conversion with `options` under [env]."""

    def make(options: str = "custom_tinyml_data = data.npy", name: str = "project") -> Conversion:
        project = make_project(
            ENVIRONMENTS, f"lib_deps = symlink://{library_copy}\ncustom_tinyml_python = ../fake-python\n{options}", name
        )
        fake = tmp_path / "fake-python"
        worker = repo / "tests" / "quantize" / "fake_worker.py"
        fake.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{worker}" "$@"\n')
        fake.chmod(0o755)
        models = project.folder / "models"
        (models / "sine.tflite").rename(tmp_path / f"{name}.tflite")
        with zipfile.ZipFile(models / "sine.keras", "w") as archive:
            archive.writestr("config.json", "{}")
        (project.folder / "data.npy").write_bytes(b"the fake does not read it")
        calls = tmp_path / f"{name}.calls"
        variables = {"FAKE_CALLS": str(calls), "FAKE_OUTPUT": str(tmp_path / f"{name}.tflite")}
        return Conversion(project, calls, variables, core_dir)

    return make


def change(path: Path) -> None:
    """Another content that is read the same."""
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(("data", "is_int8"), [(int8_dense(), True), (float_dense(), False), (hybrid_dense(), False)])
def test_what_computes_in_int8(tmp_path, data, is_int8):
    path = tmp_path / "x.tflite"
    path.write_bytes(data)
    assert computes_int8(path) is is_int8


def test_damaged_files_are_for_generate_to_explain(tmp_path):
    path = tmp_path / "x.tflite"
    assert computes_int8(path)
    whole = float_dense()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        computes_int8(path)
        path.write_bytes(whole[:size] + b"\xff" + whole[size + 1 :])
        computes_int8(path)
    path.write_bytes(b"TFL3 is not enough")
    assert computes_int8(path)


@pytest.mark.slow
def test_what_changed_is_done_and_no_more(conversion):
    made = conversion("custom_tinyml_data = data.npy\ncustom_tinyml_max_accuracy_drop = 6 percent")
    first = made.run()
    assert first.code == 0, first.output
    assert first.started.count("quantize") == first.started.count("generate") == 1
    assert "TinyML: converting sine.keras" in first.stdout
    assert "TinyML: sine.keras: writing" in first.stdout, "progress, and whose"
    report = json.loads(made.project.built("net", "tinyml/report.json").read_text())
    assert report["models"][0]["quantization"] == {
        "source": "sine.keras",
        "calibration": "representative",
        "calibrated": True,
        "samples": 7,
        "metric": "top-1",
        "data": "evaluation",
        "float": 0.9,
        "int8": 0.85,
        "drop": 0.05,
        "max_drop": 0.06,
    }
    assert "accuracy:sine" in {check["name"] for check in report["checks"]}
    assert "note: sine: int8 loses 5.00% (top-1 0.85, float 0.9)" in first.stdout
    assert made.run().started == ()
    change(made.project.folder / "data.npy")
    assert made.run().started == ("check", "quantize"), "the same int8 file: nothing to generate"
    change(made.source())
    change_weights(Path(made.variables["FAKE_OUTPUT"]))
    assert made.run().started == ("check", *COMPILED, "generate", "image", "link", "profile", "quantize")
    assert made.conversions() == 3
    for path in made.cached():
        path.write_bytes(b"")
    build = made.run()
    assert (build.code, made.conversions()) == (0, 4), "damaged files are made again"
    assert "generate" not in build.started
    shutil.rmtree(made.project.folder / ".pio" / "build")
    again = made.run()
    assert (again.code, made.conversions()) == (0, 4)
    assert not {"quantize", "generate"} & set(again.started), "the cache has both"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sine.lite", "sine.TFLITE", "sine.bin"])
def test_an_int8_model_is_taken_as_it_is_whatever_it_is_called(conversion, name):
    made = conversion("")
    made.source().unlink()
    shutil.copyfile(made.variables["FAKE_OUTPUT"], made.source().with_name(name))
    build = made.run()
    assert build.code == 0, build.output
    assert "quantize" not in build.started
    assert made.conversions() == 0


@pytest.mark.slow
def test_accuracy_by_the_baseline(conversion):
    made = conversion("custom_tinyml_data = data.npy\ncustom_tinyml_max_accuracy_drop = baseline + 1 percent")
    build = made.run()
    assert build.code == 1 and "custom_tinyml_max_accuracy_drop: " in build.stderr and "no baseline" in build.stderr
    build = made.run("-t", "tinyml_baseline")
    assert build.code == 0, build.output
    file = made.project.folder / "tinyml-baseline.json"
    kept = json.loads(file.read_text())
    (model,) = kept["baselines"][0]["models"]
    assert (model["accuracy_drop"], model["accuracy_metric"]) == (0.05, "top-1, evaluation data")
    assert made.run().code == 0
    model["accuracy_drop"] = 0.03
    file.write_text(json.dumps(kept))
    build = made.run()
    assert build.code == 1 and "int8 loses 5.00%, and 4.00% are allowed" in build.stderr
    assert made.conversions() == 1


@pytest.mark.slow
def test_lock(conversion, repo):
    made = conversion()
    folder = made.project.folder
    lock = [sys.executable, "-m", "platformio_tinyml", "lock", "models/sine.keras", "--data", "data.npy"]
    variables = {**os.environ, **made.variables, "FAKE": "good", "PYTHONPATH": str(repo)}
    subprocess.run([*lock, "--python", "../fake-python"], cwd=folder, env=variables, check=True, capture_output=True)
    assert made.conversions() == 1
    locked = made.run()
    assert locked.code == 0, locked.output
    assert ("quantize" in locked.started, made.conversions()) == (False, 1)
    report = json.loads(made.project.built("net", "tinyml/report.json").read_text())
    assert report["models"][0]["quantization"]["drop"] == 0.05
    assert made.run().started == ()
    data = folder / "data.npy"
    data.rename(folder / "gone.npy")
    assert made.run().code == 0, "a lock is there for those who lack the data"
    (folder / "gone.npy").rename(data)
    for path, said in (
        (made.source(), "the source sine.keras is another"),
        (data, "the data data.npy is other than ../data.npy was"),
        (folder / "models" / "sine.int8.tflite", "sine.int8.tflite is another"),
    ):
        before = path.read_bytes()
        change(path)
        refused = made.run("-s")
        assert refused.code == 1
        assert said in refused.stderr
        assert "pio-tinyml lock" in refused.stderr
        path.write_bytes(before)
    assert made.run().code == 0
    assert made.conversions() == 1


@pytest.mark.slow
def test_interrupted(conversion):
    made = conversion()
    running = made.start("net")
    limit = time.monotonic() + 300
    while not made.conversions() and time.monotonic() < limit:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert made.conversions() == 1
    assert not made.cached(), "nothing half"
    build = made.run()
    assert build.code == 0, build.output
    assert made.cached()[0].read_bytes() == Path(made.variables["FAKE_OUTPUT"]).read_bytes()


@pytest.mark.slow
def test_two_environments_at_once(conversion):
    made = conversion()
    assert made.run("-e", "micro", "-t", "idedata").code == 0, "what PlatformIO installs is there"
    running = [made.start(environment) for environment in ("net", "micro")]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    assert made.conversions() == 1
    assert made.run("-e", "micro").started == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "mode", "said"),
    [
        ("", "good", "samples like those that the device will see are needed"),
        ("custom_tinyml_data = none.npz", "good", "custom_tinyml_data of the model sine: there is no"),
        ("custom_tinyml_data = data.npy", "refuse", "it holds code"),
        ("custom_tinyml_data = data.npy", "crash", "Segmentation fault, of sorts"),
        (
            "custom_tinyml_data = data.npy\ncustom_tinyml_max_accuracy_drop = 0.04",
            "good",
            "int8 loses 5.00%, and 4.00%",
        ),
    ],
)
def test_refusals(conversion, options, mode, said):
    made = conversion(options)
    build = made.run("-s", mode=mode)
    assert build.code == 1
    assert build.stderr.count(said) == 1
    assert "Traceback" not in build.output
    assert not made.project.built("net", "firmware.bin").exists()

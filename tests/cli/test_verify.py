"""verify: equal outputs pass, others are told; no arithmetic of its own."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from tflite.Model import Model as TfliteModel

from platformio_tinyml.cli import main
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model_file

pytest.importorskip("unicorn")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(repo: Path) -> Path:
    return repo / "examples" / "sine" / "models" / "sine.tflite"


@pytest.fixture(scope="module")
def firmware(model: Path, tmp_path_factory) -> tuple[Path, Path]:
    """(ELF, manifest) of the model on a Cortex-M0."""
    target = find_target("microbit")
    if shutil.which(target.compiler) is None:
        pytest.skip(f"{target.compiler} is not installed")
    folder = tmp_path_factory.mktemp("verify")
    manifests = write_sources([read_model_file(model, "sine")], folder)
    elf = link_sources(folder, manifests, target, "-O2")
    path = folder / "manifest.json"
    path.write_text(manifests[0].to_json())
    return elf, path


def test_equal_outputs(firmware, model, capsys):
    pytest.importorskip("tflite_micro")
    elf, manifest = firmware
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--json", "--count", "9"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["inputs"], document["source"]) == (True, 9, "generated")
    assert document["oracles"] == [{"name": "the package tflite_micro", "independent": True, "difference": None}]
    assert document["instructions"] > 1000
    assert document["stack"]["invoke"] > 50
    assert main(["verify", str(elf), "--manifest", str(manifest), "--reference", str(elf)]) == 0
    assert "equal, byte for byte (4 inputs)" in capsys.readouterr().out
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--tensors"]) == 0
    assert "equal, byte for byte (4 inputs)" in capsys.readouterr().out


def test_other_outputs(firmware, model, tmp_path, capsys):
    """A model with other biases in its last layer."""
    data = model.read_bytes()
    graph = TfliteModel.GetRootAsModel(data, 0)
    subgraph = graph.Subgraphs(0)
    bias = subgraph.Tensors(subgraph.Operators(subgraph.OperatorsLength() - 1).Inputs(2))
    values = graph.Buffers(bias.Buffer()).DataAsNumpy().tobytes()
    assert data.count(values) == 1
    changed = tmp_path / "sine.tflite"
    changed.write_bytes(
        data.replace(values, (int.from_bytes(values, "little") ^ 0x1000).to_bytes(len(values), "little"))
    )
    elf, manifest = firmware
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(changed)]) == 1
    assert "differs in sine_output_0, byte 0 of 1 (tensor " in capsys.readouterr().out


def test_without_the_package_two_builds_are_compared(firmware, model, capsys, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    elf, manifest = firmware
    command = ["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--json"]
    assert main(command) == 0
    document = json.loads(capsys.readouterr().out)
    twin = {"name": "another build of the compiled runtime", "independent": False, "difference": None}
    assert document["oracles"] == [twin]
    assert "no package tflite_micro" in document["missing"][0]
    assert main(command[:-1]) == 0
    assert "no independent oracle" in capsys.readouterr().out
    assert main([*command, "--compiler", "nosuch-gcc"]) == 0  # then that of PATH
    compiler, log = tmp_path / "own-gcc", tmp_path / "log"
    compiler.write_text(f'#!/bin/sh\necho "$@" > {log}\nexec arm-none-eabi-gcc "$@"\n')
    compiler.chmod(0o755)
    own = ["--compiler", str(compiler), "--compiler-flag=-mcpu=cortex-m3", "--compiler-flag=-mthumb"]
    assert main([*command, *own]) == 0
    assert log.read_text().startswith("-mcpu=cortex-m3 -mthumb -O1 ")
    capsys.readouterr()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(command) == 4
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert error["code"] == "no-oracle"
    assert "no package tflite_micro" in error["message"]
    assert "arm-none-eabi-gcc" in error["message"]


def test_inputs_from_a_file(firmware, model, capsys, tmp_path):
    elf, manifest = firmware
    samples = tmp_path / "sine.golden.bin"
    samples.write_bytes(bytes(range(5)))
    command = ["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--inputs", str(samples)]
    assert main([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["inputs"], document["source"]) == (5, "sine.golden.bin")
    samples.write_bytes(b"")
    assert main(command) == 2
    assert "has 0 bytes, and a sample of sine has 1" in capsys.readouterr().err


def test_nothing_to_verify(firmware, model, capsys):
    elf, manifest = firmware
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--count", "0"]) == 2
    assert "verifies nothing" in capsys.readouterr().err


def test_a_model_that_is_none(firmware, tmp_path, capsys):
    elf, manifest = firmware
    command = ["verify", str(elf), "--manifest", str(manifest), "--model"]
    (tmp_path / "empty.tflite").touch()
    for name, code in (("nosuch.tflite", 2), (".", 2), ("empty.tflite", 3)):
        assert main([*command, str(tmp_path / name)]) == code
        assert "nothing to compare" not in capsys.readouterr().err

"""verify: equal outputs pass, others are told; no arithmetic of its own."""

import json
import shutil
from pathlib import Path

import pytest
from tflite.Model import Model as TfliteModel

from platformio_tinyml.bench import find_target
from platformio_tinyml.bench.firmware import link_sources, write_sources
from platformio_tinyml.cli import main
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
    elf, manifest = firmware
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--json", "--count", "9"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["oracle"], document["inputs"]) == (True, "the compiled runtime", 9)
    assert document["instructions"] > 1000
    assert document["stack"]["invoke"] > 50
    assert main(["verify", str(elf), "--manifest", str(manifest), "--reference", str(elf)]) == 0
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
    assert "differs in sine_output_0, byte 0 of 1" in capsys.readouterr().out


def test_nothing_to_verify(firmware, model, capsys):
    elf, manifest = firmware
    assert main(["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--count", "0"]) == 2
    assert "verifies nothing" in capsys.readouterr().err

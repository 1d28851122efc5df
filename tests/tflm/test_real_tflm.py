"""The arena measured with a real TFLM on Cortex-M and RISC-V, and what it computes there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cross_compilers import compiler
from real_tflm import FLAGS, archive, library, link_probe, struct_sizes
from tflm_oracle import Oracle, random_inputs

from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import SetupError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.manifest import manifest_from_json
from platformio_tinyml.tflite import read_model_file
from platformio_tinyml.tflm.agreement import AGREEMENT_SOURCE, compare
from platformio_tinyml.tflm.static_plan import static_plan

pytest.importorskip("unicorn", reason="unicorn is not installed")
pytestmark = pytest.mark.slow

MINIMA = {
    "hello_world_int8": (1072, 1104),
    "micro_speech_quantized": (6800, 6816),
    "ad01_int8": (2704, 2816),
    "kws_ref_model": (22784, 22784),
    "pretrainedResnet_quant": (54352, 54368),
    "vww_96_int8": (100672, 100672),
}
"""Bytes on Cortex-M and RV32: found by hand, reference kernels of August 2026; other libraries may differ a little."""


@pytest.fixture(scope="module")
def cache(request: pytest.FixtureRequest) -> Path:
    return request.config.cache.mkdir("tflm")


@pytest.mark.parametrize("name", MINIMA)
@pytest.mark.parametrize("machine", ["cortex-m0", "cortex-m4", "cortex-m33", "rv32imac"])
def test_the_arena(shared_models: Path, tmp_path: Path, cache: Path, name: str, machine: str) -> None:
    include = library(machine)
    model = shared_models / f"{name}.tflite"
    elf, manifest = link_probe(model, include, archive(include, machine, cache), machine, tmp_path)
    assert main(["probe", str(elf), "--manifest", str(manifest), "-o", str(tmp_path), "--offline-plan", "off"]) == 0
    size = json.loads((tmp_path / f"{name}_arena.json").read_text())["size"]
    assert abs(size - MINIMA[name][machine.startswith("rv32")]) <= 16
    assert static_plan(read_model_file(model), struct_sizes(include, machine, tmp_path)).size >= size


def test_the_offline_plan_of_the_largest(shared_models: Path, tmp_path: Path, cache: Path) -> None:
    include = library()
    model = shared_models / "vww_96_int8.tflite"
    elf, manifest = link_probe(model, include, archive(include, "cortex-m4", cache), "cortex-m4", tmp_path)
    assert main(["probe", str(elf), "--manifest", str(manifest), "-o", str(tmp_path)]) == 0
    document = json.loads((tmp_path / "vww_96_int8_arena.json").read_text())
    assert document["offline_plan"]["used"] is True
    assert abs(document["size"] - 82240) <= 16


@pytest.mark.parametrize("name", ["hello_world_int8", "micro_speech_quantized", "ad01_int8"])
@pytest.mark.parametrize("machine", ["cortex-m4", "rv32imac"])
def test_the_outputs(shared_models: Path, tmp_path: Path, cache: Path, name: str, machine: str) -> None:
    from platformio_tinyml.tflm.probe import Probe

    include = library(machine)
    path = shared_models / f"{name}.tflite"
    elf, manifest_path = link_probe(path, include, archive(include, machine, cache), machine, tmp_path)
    manifest = manifest_from_json(manifest_path.read_text())
    model = read_model_file(path)
    oracle = Oracle(path.read_bytes(), model)
    probe = Probe(read_image(elf), manifest.name)
    rng = np.random.default_rng(3)
    for _ in range(2):
        inputs = random_inputs(model, rng)
        oracle.run(inputs)
        outputs = probe.invoke(manifest, None, 1 << 17, [value.tobytes() for value in inputs])
        assert outputs == tuple(oracle.tensor(index) for index in model.outputs)


def test_types_that_do_not_agree(tmp_path: Path) -> None:
    include = library()
    for name, without in (("library", ""), ("same", ""), ("other", "-DTF_LITE_STATIC_MEMORY")):
        flags = [flag for flag in FLAGS if flag != without]
        includes = [f"-I{include}", f"-I{include / 'third_party'}"]
        command = [*compiler("cortex-m4", "g++"), *flags, *includes, "-c", str(AGREEMENT_SOURCE)]
        subprocess.run([*command, "-o", str(tmp_path / f"{name}.o")], check=True, timeout=600)
    compare(tmp_path / "library.o", tmp_path / "same.o")
    with pytest.raises(SetupError, match="TF_LITE_STATIC_MEMORY"):
        compare(tmp_path / "library.o", tmp_path / "other.o")

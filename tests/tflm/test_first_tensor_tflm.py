"""An overridden kernel of a real TFLM is found and named; its tensors are found in the arena without a symbol."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from real_tflm import FLAGS, archive, compiler, library, link_probe

from platformio_tinyml.cli import main
from platformio_tinyml.tflm.link import link_flags

pytest.importorskip("unicorn", reason="unicorn is not installed")
pytestmark = pytest.mark.slow

DENSE = Path("tensorflow/lite/micro/kernels/fully_connected.cc")
WRONG = """
  if (input->dims->data[1] == 16 && output->dims->data[1] == 16) {
    output->data.int8[3] ^= 64;
  }
"""


@pytest.fixture(scope="module")
def cache(request: pytest.FixtureRequest) -> Path:
    return request.config.cache.mkdir("tflm")


def link_firmware(model: Path, machine: str, cache: Path, folder: Path, wrong: bool) -> list[str]:
    """The arguments of `verify` for a program with the measured arena; `wrong`: with a kernel of its own."""
    include = library(machine)
    kernels = archive(include, machine, cache)
    probe, manifest = link_probe(model, include, kernels, machine, folder)
    assert main(["probe", str(probe), "--manifest", str(manifest), "-o", str(folder)]) == 0
    name = json.loads(manifest.read_text())["name"]
    sources = [folder / f"{name}_arena.c", folder / f"{name}_tflite.c"]
    if wrong:
        before, end, after = (include / DENSE).read_text().rpartition("  return kTfLiteOk;")
        sources.append(folder / "own_kernel.cc")
        sources[-1].write_text(before + WRONG + end + after)
    objects = [str(folder / f"{manifest.stem}.o"), str(folder / "probe.o")]
    runtime = Path(__file__).parent.parent.parent / "platformio_tinyml" / "runtime" / "include"
    includes = [f"-I{each}" for each in (folder, runtime, include, include / "third_party")]
    for source in sources:
        language, flags = ("g++", FLAGS) if source.suffix == ".cc" else ("gcc", ("-Os",))
        objects.append(str(folder / f"{source.stem}.o"))
        command = [*compiler(machine, language), *flags, *includes, "-c", str(source), "-o", objects[-1]]
        subprocess.run(command, check=True, timeout=200)
    elf = folder / "firmware.elf"
    flags = [flag for flag in link_flags(name) if "defsym" not in flag]
    group = ["-Wl,--start-group", str(kernels), "-Wl,--end-group"]
    link = compiler(machine, "gcc" if machine.startswith("rv") else "g++")
    subprocess.run([*link, *flags, *objects, *group, "-o", str(elf)], check=True, timeout=600)
    return ["verify", str(elf), "--manifest", str(manifest), "--model", str(model), "--json"]


@pytest.mark.parametrize("machine", ["cortex-m4", "rv32imac"])
def test_right_in_every_tensor(shared_models: Path, tmp_path: Path, cache: Path, machine: str, capsys) -> None:
    words = link_firmware(shared_models / "hello_world_int8.tflite", machine, cache, tmp_path, wrong=False)
    capsys.readouterr()
    assert main([*words, "--tensors"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in document["oracles"]][-1] == "the compiled runtime"


def test_an_offline_plan_and_views(shared_models: Path, tmp_path: Path, cache: Path, capsys) -> None:
    words = link_firmware(shared_models / "vww_96_int8.tflite", "cortex-m4", cache, tmp_path, wrong=False)
    assert json.loads((tmp_path / "vww_96_int8_arena.json").read_text())["offline_plan"]["used"]
    capsys.readouterr()
    assert main([*words, "--tensors", "--count", "1"]) == 0


def test_a_kernel_of_the_project(shared_models: Path, tmp_path: Path, cache: Path, capsys) -> None:
    """The second of the model's three dense operators."""
    words = link_firmware(shared_models / "hello_world_int8.tflite", "cortex-m4", cache, tmp_path, wrong=True)
    capsys.readouterr()
    assert main(words) == 1
    document = json.loads(capsys.readouterr().out)
    tensor = document["tensor"]
    assert (tensor["operator"], tensor["opcode"], tensor["byte"], tensor["size"]) == (1, "FULLY_CONNECTED", 3, 16)
    assert tensor["found"] ^ tensor["expected"] == 64
    assert all(each["difference"] for each in document["oracles"])
    assert "the oracles disagree" not in document["difference"]

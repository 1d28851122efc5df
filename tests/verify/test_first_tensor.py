"""An operator that computes something else is found and named: firmware of the compiled runtime, altered."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from platformio_tinyml.cli import main
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model_file

pytest.importorskip("unicorn")
pytestmark = pytest.mark.slow

FULLY_CONNECTED = "tinyml/tinyml_fully_connected_s8.inc"
POOL = "tinyml/tinyml_average_pool_2d_s8.inc"


@pytest.fixture
def link(repo: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """`link(model, file, edit, flags)`: the arguments of `verify` for a firmware in which `edit` changed that file."""
    target = find_target("microbit")
    if shutil.which(target.compiler) is None:
        pytest.skip(f"{target.compiler} is not installed")

    def make(
        name: str, file: str = "tinyml.h", edit: Callable[[str], str] = str, flags: tuple[str, ...] = ()
    ) -> list[str]:
        model = repo / "examples" / name / "models" / f"{name}.tflite"
        manifests = write_sources([read_model_file(model)], tmp_path)
        path = tmp_path / file
        text = path.read_text()
        path.write_text(edit(text))
        assert (path.read_text() != text) == (edit is not str)
        elf = link_sources(tmp_path, manifests, replace(target, flags=(*target.flags, *flags)), "-Os")
        (tmp_path / "manifest.json").write_text(manifests[0].to_json())
        words = ["verify", str(elf), "--manifest", str(tmp_path / "manifest.json"), "--model", str(model)]
        return [*words, "--count", "2", "--json"]

    return make


def afterwards(text: str, statement: str) -> str:
    """The file of a kernel, the kernel followed by `statement`, which has the kernel's parameters."""
    heading = re.search(r"^void (\w+)\(([^)]*)\)\n", text, re.MULTILINE)
    assert heading is not None
    names = ", ".join(parameter.split()[-1].lstrip("*") for parameter in heading[2].split(","))
    right = text.replace(heading[0], f"static void right({heading[2]})\n", 1)
    return f"{right}\nvoid {heading[1]}({heading[2]})\n{{\n    right({names});\n    {statement}\n}}\n"


def wrong_dense(text: str) -> str:
    """Another byte 3 where 7 inputs make 16 outputs, which of the model's three dense operators is the second."""
    return afterwards(text, "if (params->input_depth == 7 && params->output_depth == 16) output[3] ^= 64;")


def test_another_model_is_refused(link, repo, capsys):
    words = link("sine")
    words[words.index("--model") + 1] = str(repo / "examples" / "digits" / "models" / "digits.tflite")
    assert main(words) == 2
    assert (
        "digits.tflite has other inputs or outputs than sine"
        in json.loads(capsys.readouterr().out)["errors"][0]["message"]
    )


def test_the_second_of_three_operators(link, capsys):
    assert main(link("sine", FULLY_CONNECTED, wrong_dense)) == 1
    document = json.loads(capsys.readouterr().out)
    tensor = document["tensor"]
    assert (tensor["operator"], tensor["opcode"], tensor["byte"], tensor["size"]) == (1, "FULLY_CONNECTED", 3, 16)
    assert tensor["found"] ^ tensor["expected"] == 64
    assert "dense_1_2" in tensor["name"]
    assert document["difference"].startswith("sine_output_0, byte 0 of 1 (tensor ")
    assert f"the first tensor that differs is {tensor['name']}, written by operator 1" in document["difference"]


def test_a_tensor_that_lost_channels(link, capsys):
    """Channel 10 of 16 is the fifth of those that are left."""
    wrong = "if (params->output_depth == 7) output[4] ^= 64;"
    assert main(link("sine", FULLY_CONNECTED, lambda text: afterwards(text, wrong))) == 1
    tensor = json.loads(capsys.readouterr().out)["tensor"]
    assert (tensor["operator"], tensor["byte"], tensor["size"]) == (0, 4, 7)
    assert tensor["found"] ^ tensor["expected"] == 64
    assert main([*link("sine"), "--tensors"]) == 0


def test_against_another_elf(link, capsys, tmp_path):
    """Told from the other's own tensors; `tflite_micro` is not asked."""
    right = tmp_path / "right.elf"
    Path(link("sine")[1]).rename(right)
    _, elf, _, manifest, *_ = link("sine", FULLY_CONNECTED, wrong_dense)
    assert main(["verify", elf, "--manifest", manifest, "--reference", str(right), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["oracles"][0]["name"] == "right.elf"
    assert (document["tensor"]["operator"], document["tensor"]["byte"]) == (1, 3)


def test_difference_that_no_output_shows(link, capsys):
    """Equal outputs, and yet another tensor: only --tensors looks."""
    words = link("digits", POOL, lambda text: afterwards(text, "output[0] ^= 1;"))
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["tensor"] is None
    assert main([*words, "--tensors"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["tensor"]["operator"], document["tensor"]["opcode"]) == (5, "AVERAGE_POOL_2D")
    assert (document["tensor"]["byte"], document["tensor"]["size"]) == (0, 192)
    assert document["difference"].startswith("the outputs are equal; the first tensor that differs is ")
    assert document["oracles"][0]["difference"] is None


def test_output_that_is_overwritten(link, capsys):
    def spoil(text: str) -> str:
        before, _, after = text.rpartition("    return TINYML_OK;\n")
        return f"{before}    *sine_output_0() ^= 1;\n    return TINYML_OK;\n{after}"

    assert main(link("sine", "sine_model.c", spoil)) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["tensor"] is None
    assert "every operator wrote the right output, which was overwritten later" in document["difference"]


def test_kernels_that_are_no_functions(link, capsys):
    """As where the compiler inlined them. What cannot be told is said to be so; outputs are compared all the same."""
    words = link("sine", FULLY_CONNECTED, wrong_dense, ("-Dtinyml_fully_connected_s8=of_another_name",))
    assert main(words) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["tensor"] is None
    assert (
        "which tensor differs first cannot be told: tinyml_fully_connected_s8 is no function" in document["difference"]
    )
    assert main([*words[:4], "--reference", words[1], "--tensors"]) == 4
    assert "Leave out --tensors" in capsys.readouterr().err


def test_interpreter_that_is_none(link, capsys):
    """Nothing is taken for TFLM's nodes and tensors that is not."""
    words = link("sine")
    manifest = Path(words[3])
    manifest.write_text(manifest.read_text().replace('"runtime": "compiled"', '"runtime": "tflm"'))
    assert main(words) == 0
    capsys.readouterr()
    assert main([*words, "--tensors"]) == 4
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["code"] == "untraceable"
    assert "no symbol sine_tflite" in error["message"]

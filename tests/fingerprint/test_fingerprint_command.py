"""`pio-tinyml fingerprint`: what a build system tells becomes parts, wherever the files lie."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from platformio_tinyml.cli.fingerprint import fingerprint_of, read_arguments
from platformio_tinyml.cli.main import main
from platformio_tinyml.errors import UsageError

MICRO = "tensorflow/lite/micro"


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """TFLM with CMSIS-NN inside, and esp-nn beside it."""
    root = tmp_path / "tflm"
    write(root / MICRO / "micro_interpreter.h")
    write(root / MICRO / "kernels" / "cmsis_nn" / "conv.cc", "wrapper")
    write(root / "third_party" / "cmsis_nn" / "Source" / "conv.c", "kernel")
    write(root / "third_party" / "cmsis_nn" / "Include" / "arm_nnfunctions.h", " * $Revision: V.17.0.0\n")
    write(root / "application" / "main.c", "no part of it")
    write(tmp_path / "espressif__esp-nn" / "include" / "esp_nn.h")
    write(tmp_path / "espressif__esp-nn" / "idf_component.yml", 'version: "1.2.3"\n')
    write(tmp_path / "kws.tflite", "model")
    return root


def parts(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, tuple[str | None, str | None]]:
    """(version, digest) by name."""
    called = ["fingerprint", "--model", f"kws={folder / 'kws.tflite'}", "--compiler", sys.executable, *words]
    assert main(called) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert model["name"] == "kws"
    return {part["name"]: (part["version"], part["digest"]) for part in model["parts"]}


def includes(root: Path) -> list[str]:
    folders = [root, root / "third_party" / "cmsis_nn" / "Include", root.parent / "espressif__esp-nn" / "include"]
    return [f"--include={folder}" for folder in folders]


def test_libraries_wherever_they_lie(library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = parts(tmp_path, capsys, *includes(library))
    assert (first["esp-nn"][0], first["cmsis-nn"][0]) == ("1.2.3", "17.0.0")
    elsewhere = tmp_path.with_name("else where")
    shutil.copytree(tmp_path, elsewhere)
    assert parts(elsewhere, capsys, *includes(elsewhere / "tflm")) == first
    write(library / "application" / "main.c", "edited")
    assert parts(tmp_path, capsys, *includes(library)) == first
    for path, changed in (
        (f"{MICRO}/kernels/cmsis_nn/conv.cc", "tflm"),
        ("third_party/cmsis_nn/Source/conv.c", "cmsis-nn"),
        ("../espressif__esp-nn/src/conv.c", "esp-nn"),
        ("../kws.tflite", "model"),
    ):
        write(library / path, "changed")
        now = parts(tmp_path, capsys, *includes(library))
        assert [name for name in now if now[name] != first[name]] == [changed]
        first = now


def test_sources_of_the_target_count(library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = write(tmp_path / "own" / "add.cc", "mine")
    sources = [f"--source={name}" for name in ("own/add.cc", "own/absent.cc", "own/add.o")]
    words = [*includes(library), f"--folder={tmp_path}", *sources]
    first = parts(tmp_path, capsys, *words)
    assert first["tflm"] != parts(tmp_path, capsys, *includes(library))["tflm"]
    write(tmp_path / "own" / "add.o", "an object of an object library")
    assert parts(tmp_path, capsys, *words) == first
    own.write_text("another")
    assert parts(tmp_path, capsys, *words)["tflm"] != first["tflm"]


def test_flags_and_macros(library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--flag=SHELL:-mcpu=cortex-m4 -Os", "--flag=-Ifolder", "--flag=-DNDEBUG", "--flag=-Os"]
    config = write(tmp_path / "sdkconfig", "CONFIG_NN_OPTIMIZED=y\nCONFIG_OTHER=y\n")
    words = [*flags, "--define=-DTF_LITE_STATIC_MEMORY", "--define", "PASSWORD=1", f"--sdkconfig={config}"]
    found = parts(tmp_path, capsys, *words, "--clock=1000", *includes(library))
    assert found["flags"][0] == "-mcpu=cortex-m4 -Os"
    assert found["options"][0] == "NDEBUG TF_LITE_STATIC_MEMORY CONFIG_NN_OPTIMIZED=y"
    assert found["clock"][0] == "1000"


def test_the_compiled_runtime(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "kws.tflite")
    code = write(tmp_path / "kws_model.c", "int a;")
    first = parts(tmp_path, capsys, "--source", str(code))
    code.write_text("int b;")
    now = parts(tmp_path, capsys, "--source", str(code))
    assert [name for name in now if now[name] != first[name]] == ["code"]
    assert "kernels" in now


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "kws.tflite"], "--model kws.tflite names no model"),
        (["--model", "kws=absent.tflite"], "absent.tflite: No such file"),
        (["--model", "kws=kws.tflite", "--include", "."], f"no --include has {MICRO}/micro_interpreter.h"),
        (["--model", "kws=kws.tflite", "--sdkconfig", "absent"], "absent: No such file"),
    ],
)
def test_mistakes(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "kws.tflite")
    assert main(["fingerprint", "--compiler", "cc", *words]) == 2
    assert message in capsys.readouterr().err


def test_lines_of_a_file(tmp_path: Path) -> None:
    """Of two languages; what is empty says nothing."""
    model = write(tmp_path / "kws = 1.tflite")
    c = write(tmp_path / "c.txt", f"--model=kws={model}\n--compiler=cc\n--flag=-Os\n--define=\n--folder=/a b\n")
    cxx = write(tmp_path / "cxx.txt", f"--model=kws={model}\n--compiler=c++\n--flag=-fno-rtti\n--flag=\n\n")
    args = read_arguments([cxx, c])
    assert (args.compiler, args.flag, args.define, args.folder) == ("cc", ["-fno-rtti", "-Os"], [], Path("/a b"))
    assert fingerprint_of(args).name == "kws"
    for text in ("--model=a=b\n", "hello\n", "--model=a=b\n--compiler=cc\n--clock=x\n", "--help\n", "\0\n"):
        with pytest.raises(UsageError, match="has no arguments of `fingerprint`"):
            read_arguments([write(tmp_path / "other.txt", text)])

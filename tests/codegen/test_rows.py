"""The generated C of a model that takes its input row by row: what its functions do, and what the commands refuse."""

from __future__ import annotations

import ctypes
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from network import Network
from network_values import NONE
from zoo import network

from platformio_tinyml.cli.main import main
from platformio_tinyml.emulate.linked_model import LinkedModel
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model

INIT, ROWS = 4, 6


@pytest.fixture
def digits(repo: Path) -> str:
    return str(repo / "examples" / "digits" / "models" / "digits.tflite")


def build(folder: Path, model: str, *words: str, rows: str = "--rows") -> ctypes.CDLL:
    options = [*rows.split(), *words]
    assert main(["generate", model, "-o", str(folder), "--with-runtime", *options]) == 0
    flags = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run(["gcc", *flags, *sorted(folder.glob("*.c")), "-o", folder / "models.so"], check=True)
    return ctypes.CDLL(str(folder / "models.so"))


def test_reset_forgets_the_rows(digits: str, tmp_path: Path) -> None:
    model = build(tmp_path, digits)
    header = (tmp_path / "digits_model.h").read_text()
    assert "digits_invoke" not in header
    assert "digits_input_0(" not in header
    row = (ctypes.c_int8 * 16)(*range(16))
    assert model.digits_init() == 0
    assert [model.digits_push_row(row) for _ in range(16)] == list(range(15, -1, -1))
    model.digits_output_0.restype = ctypes.POINTER(ctypes.c_int8 * 10)
    first = list(model.digits_output_0().contents)
    assert [model.digits_push_row(row) for _ in range(5)] == [15, 14, 13, 12, 11]
    model.digits_reset()
    assert [model.digits_push_row(row) for _ in range(16)] == list(range(15, -1, -1))
    assert list(model.digits_output_0().contents) == first
    manifest = json.loads((tmp_path / "digits_model.json").read_text())
    assert (manifest["invoke"], manifest["input_rows"]) == ("digits_push_row", 16)
    placed = {each["tensor"]: each for each in manifest["arena"]["placements"]}[0]
    assert 1 <= placed["held"] < placed["rows"] == 16
    assert placed["size"] == placed["held"] * 16


def test_the_applications_arena(digits: str, tmp_path: Path) -> None:
    model = build(tmp_path, digits, "--user-arena")
    row = (ctypes.c_int8 * 16)()
    assert model.digits_push_row(row) == -INIT
    size = ctypes.c_uint32.in_dll(model, "digits_arena_size").value
    memory = (ctypes.c_uint8 * (size + 16))()
    base = -(-ctypes.addressof(memory) // 16) * 16
    assert model.digits_init_with(ctypes.c_void_p(base), ctypes.c_size_t(size)) == 0
    assert model.digits_push_row(row) == 15


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--keep-input",), "--rows does not go with --keep-input"),
        (("--streams", "off"), "--rows does not go with --streams off"),
        (("--share-arena",), "--rows does not go with --share-arena"),
        (("--runtime", "tflm"), "TensorFlow Lite Micro takes the input whole"),
        (("--output-rows",), "operator 8, SOFTMAX, which makes it, makes all of it at once"),
    ],
)
def test_what_does_not_go_together(
    words: tuple[str, ...], said: str, digits: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", digits, "-o", str(tmp_path / "c"), "--rows", *words]) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_a_model_that_needs_its_input_whole(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sine = repo / "examples" / "sine" / "models" / "sine.tflite"
    assert main(["plan", str(sine), "--rows"]) != 0
    assert "operator 0, FULLY_CONNECTED, which reads it, needs all of it at once" in capsys.readouterr().err


def test_the_plan_says_how_many_rows_are_held(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(repo / "examples" / "camera" / "models" / "shapes.tflite"), "--rows"]) == 0
    assert ", 3 of 96 rows" in capsys.readouterr().out


def test_the_plan_says_what_least_would_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "shufflenet.tflite"
    model.write_bytes(network("shufflenet"))
    assert main(["plan", str(model)]) == 0
    assert "with --streams least 1,488 bytes: 304 bytes less, for about" in capsys.readouterr().out
    assert main(["plan", str(model), "--json", "--streams", "least"]) == 0
    arena = json.loads(capsys.readouterr().out)["arena"]
    assert (arena["size"], arena["with_least_streams"]) == (1_488, None)


def test_bench_counts_all_rows(digits: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    found = []
    for words in ((), ("--rows",)):
        main(["bench", digits, "--board", "netduinoplus2", "--json", *words])
        found.append(json.loads(capsys.readouterr().out))
    whole, rows = found
    assert rows["arena"]["size"] <= whole["arena"]["size"]
    assert whole["instructions"] < rows["instructions"] < 1.2 * whole["instructions"]
    assert sum(each["instructions"] for each in rows["operators"]) < rows["instructions"]


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("keyword_attention", "--rows", "The arena holds the input whole all the same"),
        ("unet_transpose_conv_16x8", "--rows --output-rows", "The arena holds the output whole all the same"),
    ],
)
def test_rows_that_are_copied(name: str, rows: str, said: str, tmp_path: Path) -> None:
    """Where what is whole takes fewer bytes."""
    (tmp_path / f"{name}.tflite").write_bytes(network(name))
    model = build(tmp_path, str(tmp_path / f"{name}.tflite"), rows=rows)
    manifest = json.loads((tmp_path / f"{name}_model.json").read_text())
    assert said in (tmp_path / f"{name}_model.h").read_text()
    push, pop = (getattr(model, f"{name}_{function}", None) for function in ("push_row", "pop_row"))
    row = bytes(manifest["inputs"][0]["bytes"] // manifest["input_rows"])
    rows_in, rows_out = manifest["input_rows"], manifest["output_rows"] or 0
    assert model[f"{name}_init"]() == 0
    assert push(row) == rows_in - 1
    model[f"{name}_reset"]()
    for _ in range(2):
        assert [push(row) for _ in range(rows_in)] == list(range(rows_in - 1, -1, -1))
        if pop:
            pop.restype = ctypes.c_void_p
            assert push(row) == -ROWS
            assert all(pop() for _ in range(rows_out))
            assert pop() is None


HEIGHT, ROW = 64, 60
"""Rows of a picture, and elements of one: 20 columns of 3 channels."""
DENOISER = "denoiser"


def denoiser() -> bytes:
    """A picture, and what is added to it by two windows of 3x3."""
    net = Network(5)
    source = net.input(1, HEIGHT, ROW // 3, 3)
    return net.build(net.add(source, net.conv(net.depthwise(net.conv(source, 8)), 3, activation=NONE)))


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / f"{DENOISER}.tflite"
    path.write_bytes(denoiser())
    return str(path)


class Denoiser:
    """The library, in an arena of `size` bytes with guards around it."""

    def __init__(self, folder: Path, model: str, rows: str) -> None:
        self.library = build(folder, model, "--user-arena", rows=rows)
        self.size = ctypes.c_uint32.in_dll(self.library, f"{DENOISER}_arena_size").value
        self._memory = (ctypes.c_uint8 * (self.size + 48))(*([0xA5] * (self.size + 48)))
        self._begin = -(-ctypes.addressof(self._memory) // 16) * 16 + 16 - ctypes.addressof(self._memory)
        self.header = (folder / f"{DENOISER}_model.h").read_text()
        self.manifest = json.loads((folder / f"{DENOISER}_model.json").read_text())
        for name in ("pop_row", "input_0", "output_0"):
            if hasattr(self.library, f"{DENOISER}_{name}"):
                self.function(name).restype = ctypes.c_void_p

    def function(self, name: str) -> ctypes._CFuncPtr:
        return getattr(self.library, f"{DENOISER}_{name}")

    def init(self) -> None:
        base = ctypes.addressof(self._memory) + self._begin
        assert self.function("init_with")(ctypes.c_void_p(base), ctypes.c_size_t(self.size)) == 0

    def pop(self) -> bytes | None:
        address = self.function("pop_row")()
        return ctypes.string_at(address, ROW) if address else None

    def pop_all(self) -> bytes:
        return b"".join(iter(self.pop, None))

    def fill(self, picture: bytes) -> None:
        ctypes.memmove(self.function("input_0")(), picture, len(picture))

    def is_guarded(self) -> bool:
        memory = bytes(self._memory)
        return set(memory[: self._begin] + memory[self._begin + self.size :]) == {0xA5}


def pictures() -> list[bytes]:
    rng = np.random.default_rng(3)
    return [rng.integers(-128, 128, HEIGHT * ROW, np.int8).tobytes() for _ in range(3)]


@pytest.fixture(scope="module")
def denoised(model_path: str, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What comes of the pictures where all is held whole."""
    whole = Denoiser(tmp_path_factory.mktemp("whole"), model_path, "--streams off")
    whole.init()
    found = []
    for picture in pictures():
        whole.fill(picture)
        assert whole.function("invoke")() == 0
        found.append(ctypes.string_at(whole.function("output_0")(), HEIGHT * ROW))
    return found


def test_the_output_row_by_row(model_path: str, denoised: list[bytes], tmp_path: Path) -> None:
    model = Denoiser(tmp_path, model_path, "--output-rows")
    assert model.pop() is None, "before init"
    model.init()
    for absent in ("_invoke(", "_output_0(void", "_output(int", "_run(", "_top_"):
        assert absent not in model.header, absent
    assert (model.manifest["invoke"], model.manifest["output_rows"]) == (f"{DENOISER}_pop_row", HEIGHT)
    for picture, expected in zip(pictures(), denoised, strict=True):
        model.fill(picture)
        assert model.pop() == expected[:ROW]
        model.function("reset")()
        model.fill(picture)
        assert model.pop_all() == expected
    assert model.is_guarded()


def test_both_row_by_row(model_path: str, denoised: list[bytes], tmp_path: Path) -> None:
    model = Denoiser(tmp_path, model_path, "--rows --output-rows")
    assert 2 * model.size < HEIGHT * ROW
    push = model.function("push_row")
    assert push(bytes(ROW)) == -INIT
    model.init()
    assert model.pop() is None, "nothing is handed in"
    for number, (picture, expected) in enumerate(zip(pictures(), denoised, strict=True)):
        found = b""
        for row in range(HEIGHT):
            left = HEIGHT - 1 - row
            assert push(picture[row * ROW : (row + 1) * ROW]) == left
            if number == 0 and left:  # one at a time is as good where a row in gives a row out
                found += model.pop() or b""
                continue
            found += model.pop_all()
        assert found == expected
        assert model.pop() is None
    assert model.is_guarded()


def test_a_row_that_nobody_has_taken(model_path: str, tmp_path: Path) -> None:
    model = Denoiser(tmp_path, model_path, "--rows --output-rows")
    model.init()
    push, row = model.function("push_row"), bytes(ROW)
    wanted = [push(row) for _ in range(HEIGHT)]
    refused = wanted.index(-ROWS)
    assert wanted == [*range(HEIGHT - 1, HEIGHT - 1 - refused, -1), *[-ROWS] * (HEIGHT - refused)]
    assert model.pop()
    model.function("reset")()
    assert model.pop() is None
    assert push(row) == HEIGHT - 1


@pytest.mark.parametrize("by_rows", [False, True], ids=["whole", "rows"])
def test_emulated_by_rows(by_rows: bool, denoised: list[bytes], tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    model = read_model(denoiser(), DENOISER)
    (manifest,) = write_sources([model], tmp_path, by_rows=by_rows, rows_out=True)
    elf = link_sources(tmp_path, [manifest], find_target("netduinoplus2"), "-Os")
    linked = LinkedModel(read_image(elf), manifest)
    for picture, expected in zip(pictures(), denoised, strict=True):
        assert linked.invoke([picture]).outputs == (expected,)


@pytest.mark.parametrize("rows", ["--rows", "--output-rows"])
def test_a_self_test_wants_them_whole(
    rows: str, model_path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", model_path, "-o", str(tmp_path), rows]) == 0
    manifest = str(tmp_path / f"{DENOISER}_model.json")
    assert main(["selftest", "--manifest", manifest, "--model", model_path, "-o", str(tmp_path / "test")]) != 0
    assert "denoiser: a self test writes the input whole" in capsys.readouterr().err
    assert not (tmp_path / "test").exists()


def test_what_makes_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (
        ("lenet", "operator 7, SOFTMAX, which makes it, makes all of it at once"),
        ("fpn", "it has 3 outputs"),
    ):
        path = tmp_path / f"{name}.tflite"
        path.write_bytes(network(name))
        assert main(["plan", str(path), "--output-rows"]) != 0
        assert f"rows of the output cannot be handed out: {said}" in capsys.readouterr().err

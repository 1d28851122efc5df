"""Samples from what people have, and what is said about bad ones."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from platformio_tinyml.quantize.workers.data import (
    MOST_SAMPLES,
    Samples,
    compare_ranges,
    load_evaluation,
    load_samples,
)
from platformio_tinyml.quantize.workers.inputs import Input
from platformio_tinyml.quantize.workers.say import Refusal
from platformio_tinyml.quantize.workers.scaling import check_scaling

RNG = np.random.default_rng(1)
VECTOR = (Input("serving_default_x:0", (1, 4)),)
PICTURE = (Input("image", (1, 4, 3, 1)),)
X = RNG.normal(size=(120, 4)).astype(np.float32)


def saved(path: Path, **arrays: np.ndarray) -> str:
    np.savez(path, **arrays)
    return str(path)


def test_npz_npy_and_csv_give_the_same(tmp_path: Path) -> None:
    npz = saved(tmp_path / "a.npz", x=X, y=np.zeros(120))
    np.save(tmp_path / "b.npy", X.astype(np.float64))
    rows = "\n".join(";".join(repr(float(value)) for value in row) for row in X)
    (tmp_path / "c.csv").write_text(f"a;b;c;d\n{rows}\n\n")
    for path in (npz, str(tmp_path / "b.npy"), str(tmp_path / "c.csv")):
        samples = load_samples(path, VECTOR, None)
        assert samples.warnings == ()
        assert samples.arrays[0].shape == (120, 1, 4)
        assert samples.arrays[0].dtype == np.float32
        np.testing.assert_array_equal(samples.arrays[0][:, 0], X)
    assert (samples.low, samples.high) == (X.min(), X.max())


@pytest.mark.parametrize("names", [{"x": X}, {"serving": X}, {"images": X, "y": X}])
def test_one_array_needs_no_certain_name(tmp_path: Path, names: dict[str, np.ndarray]) -> None:
    assert len(load_samples(saved(tmp_path / "a.npz", **names), VECTOR, None)) == 120


def test_several_inputs_go_by_name(tmp_path: Path) -> None:
    inputs = (Input("left", (1, 2)), Input("right", (1, 3)))
    good = saved(tmp_path / "a.npz", right=RNG.normal(size=(100, 3)), left=RNG.normal(size=(100, 2)))
    assert [array.shape for array in load_samples(good, inputs, None).arrays] == [(100, 1, 2), (100, 1, 3)]
    with pytest.raises(Refusal, match="left, right"):
        load_samples(saved(tmp_path / "b.npz", x=X), inputs, None)
    with pytest.raises(Refusal, match="samples"):
        load_samples(saved(tmp_path / "c.npz", left=np.ones((3, 2)), right=np.ones((4, 3))), inputs, None)
    with pytest.raises(Refusal, match="2 inputs"):
        np.save(tmp_path / "d.npy", X)
        load_samples(str(tmp_path / "d.npy"), inputs, None)


@pytest.mark.parametrize("shape", [(120, 4, 3, 1), (120, 4, 3), (120, 1, 4, 3, 1), (120, 12)])
def test_shapes_that_mean_the_same(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = RNG.normal(size=(120, 12))
    samples = load_samples(saved(tmp_path / "a.npz", x=values.reshape(shape)), PICTURE, None)
    assert samples.arrays[0].shape == (120, 1, 4, 3, 1)
    np.testing.assert_allclose(samples.arrays[0].reshape(120, 12), values, rtol=1e-6)


@pytest.mark.parametrize("shape", [(120, 3, 4), (120, 11), (120, 4, 4), (120,), (4, 3), (120, 2, 6)])
def test_other_shapes_are_refused_not_guessed(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(Refusal) as refusal:
        load_samples(saved(tmp_path / "a.npz", x=RNG.normal(size=shape)), PICTURE, None)
    assert refusal.value.code == "data-shape"
    assert "[4, 3, 1]" in refusal.value.message


def test_data_decides_open_dimensions(tmp_path: Path) -> None:
    inputs = (Input("x", (1, None, 4)),)
    path = saved(tmp_path / "a.npz", x=RNG.normal(size=(100, 7, 4)))
    assert load_samples(path, inputs, None).arrays[0].shape == (100, 1, 7, 4)
    with pytest.raises(Refusal, match="open"):
        load_samples("random", inputs, None)
    with pytest.raises(Refusal, match="shape"):
        load_samples(saved(tmp_path / "b.npz", x=RNG.normal(size=(100, 7, 5))), inputs, None)


def with_value(value: float) -> np.ndarray:
    array = X.copy()
    array[17, 2] = value
    return array


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (with_value(np.nan), "the first is sample 17"),
        (with_value(np.inf), "NaN or infinity"),
        (np.full((100, 4), 3.0), "every value for x is 3"),
        (np.empty((0, 4)), "empty"),
        (np.array(["a", "b"]), "not numbers"),
        (X.astype(complex), "not numbers"),
    ],
)
def test_useless_data_is_refused(tmp_path: Path, array: np.ndarray, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        load_samples(saved(tmp_path / "a.npz", x=array), VECTOR, None)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

    np.save(tmp_path / "a.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "b.npz", x=np.array([Evil()], dtype=object))
    for name in ("a.npy", "b.npz"):
        with pytest.raises(Refusal):
            load_samples(str(tmp_path / name), VECTOR, None)
    assert not (tmp_path / "ran").exists()


def test_doubtful_data_is_warned_of(tmp_path: Path) -> None:
    assert "few" in load_samples(saved(tmp_path / "a.npz", x=X[:99]), VECTOR, None).warnings[0]
    assert "the same" in load_samples(saved(tmp_path / "b.npz", x=X[:1].repeat(100, 0)), VECTOR, None).warnings[0]
    assert "reach 1e+07" in load_samples(saved(tmp_path / "c.npz", x=with_value(1e7)), VECTOR, None).warnings[0]


def test_many_samples_are_thinned_evenly(tmp_path: Path) -> None:
    x = np.arange(5000, dtype=np.float32).repeat(4).reshape(5000, 4)
    samples = load_samples(saved(tmp_path / "a.npz", x=x), VECTOR, None)
    assert len(samples) == MOST_SAMPLES
    assert (samples.low, samples.high) == (0, 4999)


def test_random_is_marked_and_the_same_each_time() -> None:
    first, second = (load_samples("random", VECTOR, None) for _ in range(2))
    assert first.method == "random"
    np.testing.assert_array_equal(first.arrays[0], second.arrays[0])


@pytest.mark.parametrize("text", ["1,2,3,4\n5,6,7\n", "1,2,3,4\n5,6,7,x\n", "a,b,c,d\ne,f,g,h\n", ""])
def test_ragged_csv(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(Refusal):
        load_samples(str(tmp_path / "a.csv"), VECTOR, None)


def python_file(path: Path, body: str) -> str:
    path.write_text(f"import numpy as np\ndef representative_dataset():\n    rng = np.random.default_rng(0)\n{body}")
    return str(path)


@pytest.mark.parametrize(
    "line",
    [
        "yield [rng.normal(size=(1, 4)).astype(np.float32)]",
        "yield {'x': rng.normal(size=(1, 4))}",
        "yield rng.normal(size=4)",
    ],
)
def test_python_files(tmp_path: Path, line: str) -> None:
    path = python_file(tmp_path / "a.py", f"    for _ in range(100):\n        {line}\n")
    expected = np.random.default_rng(0).normal(size=(100, 1, 4)).astype(np.float32)
    np.testing.assert_array_equal(load_samples(path, VECTOR, None).arrays[0], expected)


def test_endless_python_files_end(tmp_path: Path) -> None:
    path = python_file(tmp_path / "a.py", "    while True:\n        yield [rng.normal(size=(1, 4))]\n")
    assert len(load_samples(path, VECTOR, None)) == MOST_SAMPLES


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    yield 1 / 0\n", "line 4: ZeroDivisionError"),
        ("    yield [1, 2]\n", "2 values for 1 input"),
        ("    yield {'other': 1}\n", "0 values for 1 input"),
        ("    yield [np.ones(4)]\n    yield [np.ones(5)]\n", "several shapes"),
        ("    raise SystemExit(3)\n    yield\n", "SystemExit"),
        ("    return\n    yield\n", "empty"),
        ("  syntax error", "IndentationError|SyntaxError"),
    ],
)
def test_python_files_that_fail(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        load_samples(python_file(tmp_path / "a.py", body), VECTOR, None)


def test_python_file_without_the_function(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(Refusal, match="no representative_dataset"):
        load_samples(str(tmp_path / "a.py"), VECTOR, None)


def sound(path: Path, frames: bytes, width: int, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(16000)
        file.writeframes(frames)


def test_sounds_of_every_width(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav", bytes([0, 64, 128, 255]), 1)
    sound(tmp_path / "b.wav", np.array([-32768, -16384, 0, 32512], "<i2").tobytes(), 2)
    sound(
        tmp_path / "c.wav", b"".join(v.to_bytes(3, "little", signed=True) for v in (-(2**23), -(2**22), 0, 8323072)), 3
    )
    sound(tmp_path / "d.wav", np.array([-(2**31), -(2**30), 0, 127 * 2**24], "<i4").tobytes(), 4)
    samples = load_samples(str(tmp_path), VECTOR, None)
    for row in samples.arrays[0][:, 0]:
        np.testing.assert_allclose(row, [-1, -0.5, 0, 127 / 128])
    wide = load_samples(str(tmp_path), VECTOR, (-128.0, 128.0))
    np.testing.assert_allclose(wide.arrays[0][0, 0], [-128, -64, 0, 127])


def test_sounds_that_do_not_fit(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav", bytes(range(4)), 1)
    sound(tmp_path / "b.wav", bytes(range(5)), 1)
    with pytest.raises(Refusal, match="5 frames"):
        load_samples(str(tmp_path), VECTOR, None)
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(Refusal, match=r"b\.wav cannot be read"):
        load_samples(str(tmp_path), VECTOR, None)


def test_images(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    (tmp_path / "sub").mkdir()
    pixels = np.arange(12, dtype=np.uint8).reshape(4, 3) * 20
    image.fromarray(pixels).save(tmp_path / "sub" / "a.png")
    image.fromarray(np.stack([pixels] * 3, axis=-1)).save(tmp_path / "b.bmp")
    samples = load_samples(str(tmp_path), PICTURE, None)
    np.testing.assert_allclose(samples.arrays[0][1, 0, :, :, 0], pixels / 255, rtol=1e-6)
    full = load_samples(str(tmp_path), PICTURE, (0.0, 255.0))
    np.testing.assert_allclose(full.arrays[0][1, 0, :, :, 0], pixels, rtol=1e-6)
    with pytest.raises(Refusal, match="4 pixels high and 3 wide"):
        load_samples(str(tmp_path), (Input("x", (1, 8, 8, 1)),), None)
    with pytest.raises(Refusal, match="no image"):
        load_samples(str(tmp_path), VECTOR, None)


def test_folders_without_samples(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="neither"):
        load_samples(str(tmp_path), VECTOR, None)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(Refusal, match="no kind of data"):
        load_samples(str(tmp_path / "a.txt"), VECTOR, None)


def test_a_range_is_for_media_only(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="images and sound"):
        load_samples(saved(tmp_path / "a.npz", x=X), VECTOR, (0.0, 1.0))


def test_evaluation_data(tmp_path: Path) -> None:
    samples, y = load_evaluation(Path(saved(tmp_path / "a.npz", x=X, y=np.arange(120))), VECTOR)
    assert y is not None
    assert (len(samples), len(y)) == (120, 120)
    assert load_evaluation(Path(saved(tmp_path / "b.npz", x=X)), VECTOR)[1] is None
    with pytest.raises(Refusal, match="120 samples and y 3"):
        load_evaluation(Path(saved(tmp_path / "c.npz", x=X, y=np.arange(3))), VECTOR)


def spread(low: float, high: float) -> Samples:
    return Samples((np.array([[low], [high]], np.float32),), "representative")


def test_ranges_are_compared_with_the_evaluation_data() -> None:
    assert not list(compare_ranges(spread(0, 1), spread(-0.1, 1.1)))
    assert "clipped" in next(iter(compare_ranges(spread(0, 1), spread(0, 255))))
    assert "wasted" in next(iter(compare_ranges(spread(0, 255), spread(0, 1))))


@pytest.mark.parametrize(("high", "warned"), [(255.0, False), (1.0, True), (100000.0, True)])
def test_ranges_are_compared_with_a_rescaling_layer(high: float, warned: bool) -> None:
    layers = [{"class_name": "InputLayer"}, {"class_name": "Rescaling", "config": {"scale": 1 / 255, "offset": 0.0}}]
    config = {"class_name": "Sequential", "config": {"layers": layers}}
    assert bool(list(check_scaling(config, spread(0, high)))) is warned
    assert not list(check_scaling({"config": {"layers": [{"class_name": "Dense"}, *layers]}}, spread(0, high)))
    for config in (None, [], {"config": 3}, {"config": {"layers": [None, 3]}}):
        assert not list(check_scaling(config, spread(0, high)))

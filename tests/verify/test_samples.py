"""Golden inputs of .npy, .npz and raw files: those of the model taken, all others refused with a reason."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked import kws

from platformio_tinyml.errors import UsageError
from platformio_tinyml.manifest import TensorInfo
from platformio_tinyml.verify import npy
from platformio_tinyml.verify.samples import read_samples

LEFT = TensorInfo("left:0", "kws_input_0", "INT8", (1, 2, 3), 6, 0.5, 0)
RIGHT = TensorInfo("right/in", "kws_input_1", "FLOAT32", (1, 2), 8, None, None)
OUT = TensorInfo("out", "kws_output_0", "INT8", (1, 4), 4, 0.5, 0)
ONE = kws(inputs=(LEFT,), outputs=(OUT,))
TWO = kws(inputs=(LEFT, RIGHT), outputs=(OUT,))
A = np.arange(12, dtype=np.int8).reshape(2, 2, 3)
B = np.arange(4, dtype=np.float32).reshape(2, 2)
C = np.arange(8, dtype=np.int8).reshape(2, 4)


def saved(folder: Path, *arrays: np.ndarray, **named: np.ndarray) -> Path:
    path = folder / "kws.golden.npz"
    np.savez_compressed(path, *arrays, **named)
    return path


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 1, 2, 3)])
def test_one_array(tmp_path, shape):
    path = tmp_path / "kws.golden.npy"
    np.save(path, A.reshape(shape))
    found = read_samples(path, ONE)
    assert (found.source, found.outputs) == ("kws.golden.npy", None)
    assert found.inputs == ((A[0].tobytes(),), (A[1].tobytes(),))


def test_inputs_by_order_by_name_by_number(tmp_path):
    wanted = tuple((A[index].tobytes(), B[index].tobytes()) for index in range(2))
    assert read_samples(saved(tmp_path, A, B), TWO).inputs == wanted
    assert read_samples(saved(tmp_path, **{"right/in": B, "left:0": A}), TWO).inputs == wanted
    assert read_samples(saved(tmp_path, input_1=B, input_0=A), TWO).inputs == wanted


def test_expected_outputs(tmp_path):
    found = read_samples(saved(tmp_path, output_0=C, input_0=A), ONE)
    assert found.inputs == ((A[0].tobytes(),), (A[1].tobytes(),))
    assert found.outputs == ((C[0].tobytes(),), (C[1].tobytes(),))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ([A.astype(np.int16)], "is INT16, and left:0 is INT8"),
        ([A.astype(np.float32)], "is FLOAT32, and left:0 is INT8"),
        ([A.reshape(2, 3, 2)], r"has the shape \(2, 3, 2\), and left:0 \(1, 2, 3\)"),
        ([A[0, 0, 0]], r"has the shape \(\)"),
        ([A[:0]], "arrays of 0 samples"),
        ([A, A], "has 2 arrays, and kws 1 inputs"),
        ([A, C], "has 2 arrays, and kws 1 inputs"),
        ([], "has 0 arrays"),
        ([A.astype(">i4")], "numbers of the type >i4"),
        ([A.astype(np.float64)], "numbers of the type <f8"),
        ([np.asfortranarray(A)], "column-major"),
        ([np.array([{}], object)], "Python objects"),
        ([np.zeros(2, [("a", "i1")])], "records"),
    ],
)
def test_what_is_refused(tmp_path, arrays, said):
    with pytest.raises(UsageError, match=said) as error:
        read_samples(saved(tmp_path, *arrays), ONE)
    assert error.value.next_step


def test_other_numbers_of_samples(tmp_path):
    with pytest.raises(UsageError, match="arrays of 1, 2 samples"):
        read_samples(saved(tmp_path, A, output_0=C[:1]), ONE)


def npy_file(header: str, data: bytes = b"", version: int = 1) -> bytes:
    text = header.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes((version, 0)) + size + text + data


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its first bytes are others"),
        (npy_file("{'descr': '|i1', 'fortran_order': False, 'shape': (9,)}", b"x"), "1 bytes of data"),
        (npy_file("{'descr': '|i1', 'fortran_order': False, 'shape': (-1,)}", b"x"), "has no shape"),
        (npy_file("{'descr': '|i1', 'fortran_order': False, 'shape': (True,)}", b"x"), "has no shape"),
        (npy_file("{'descr': '|i1', 'fortran_order': False, 'shape': [1]}", b"x"), "has no shape"),
        (npy_file("{'descr': '|i1', 'fortran_order': 0, 'shape': (1, 1)}", b"x"), "column-major"),
        (npy_file("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"x"), "Python objects"),
        (npy_file("__import__('os').system('touch evil')"), "a header that is none"),
        (npy_file("(" * 9000), "a header that is none"),
        (npy_file("9" * 9000), "a header that is none"),
        (npy_file("[]", version=3), "a header that is none"),
        (npy_file("{}", version=9), "no readable header"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "no readable header"),
    ],
)
def test_hostile_arrays(tmp_path, content, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "kws.golden.npy"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_samples(path, ONE)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_archives_that_unpack_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(npy, "LARGEST", 1 << 20)
    path = tmp_path / "kws.golden.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(2 << 20))
    with pytest.raises(UsageError, match="unpacks to more than 1 MiB"):
        read_samples(path, ONE)
    honest = path.read_bytes()
    path.write_bytes(honest.replace(struct.pack("<I", 2 << 20), struct.pack("<I", 16)))  # a size that is a lie
    with pytest.raises(UsageError, match=r"no readable|its first bytes"):
        read_samples(path, ONE)
    path.write_bytes(bytes(2 << 20))
    with pytest.raises(UsageError, match="has more than 1 MiB"):
        read_samples(path, ONE)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_packed_as_numpy_never_does(tmp_path, method):
    path = tmp_path / "kws.golden.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("input_0.npy", bytes(4000))
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="packed otherwise"):
        read_samples(path, ONE)


def test_archives_with_odd_names(tmp_path):
    path = tmp_path / "kws.golden.npz"
    buffer = io.BytesIO()
    np.save(buffer, A)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil\x1b[31m.npy", buffer.getvalue())
    assert len(read_samples(path, ONE).inputs) == 2
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("evil\x1b[31m.npy", npy_file("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"))
    with pytest.raises(UsageError) as error:
        read_samples(path, ONE)
    assert "\x1b" not in error.value.message


@given(st.data())
def test_damaged_files_end_in_words(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npz") / "kws.golden.npz"
    np.savez_compressed(path, input_0=A, output_0=C)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_samples(path, ONE)
    except UsageError as error:
        assert error.message

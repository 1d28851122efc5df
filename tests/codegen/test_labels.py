"""Labels: from files beside a model or packed into it, whatever is in them, to C."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sample
from c_build import STRICT, compile_c, run_c, write
from hypothesis import given, settings
from hypothesis import strategies as st

from platformio_tinyml.cli.main import main
from platformio_tinyml.codegen import render, runtime_files
from platformio_tinyml.codegen.about import about
from platformio_tinyml.codegen.literals import quoted
from platformio_tinyml.labels import labels_file, parse_labels
from platformio_tinyml.tflite.packed_labels import packed_labels

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
HOSTILE = ['"; int x; //\\', "*/ int y; /*??/", "fünf %s%n $(id) 7\\", '{{ name }} #include "x"']


def project(folder: Path, repo: Path, labels: bytes | None, name: str = "digits.labels.txt") -> Path:
    """A folder with the digits model and its labels."""
    folder.mkdir(exist_ok=True)
    model = folder / "digits.tflite"
    model.write_bytes((repo / "examples/digits/models/digits.tflite").read_bytes())
    if labels is not None:
        (folder / name).write_bytes(labels)
    return model


def generated(folder: Path, model: Path, *more: str) -> str:
    assert main(["generate", str(model), "-o", str(folder), "--with-runtime", *more]) == 0
    return (folder / "digits_model.h").read_text("ascii")


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"yes\nno\n", ("yes", "no")),
        (b"\xef\xbb\xbfyes\r\nno\r\n\r\n", ("yes", "no")),
        (b"0 yes\n1 not yet\n", ("yes", "not yet")),
        (b"0 yes\n2 no\n", ("0 yes", "2 no")),
        (b"0\n1\n", ("0", "1")),
        (b" \n", ()),
    ],
)
def test_what_people_write(data: bytes, labels: tuple[str, ...]) -> None:
    """Windows' line ends, a byte order mark, numbered lines, empty lines at the end."""
    assert parse_labels(data) == labels


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"yes\n\nno\n", "line 2 is empty"),
        (b"yes\nn\xff\n", "line 2 is not UTF-8"),
        (b"yes\n\x1b[2J\n", "line 2 has a control"),
        (b"a\0b\n", "line 1 has a control"),
        ("yes\nab\u202ecd\n".encode(), "line 2 has a control"),
        (b"x" * 256, "line 1 has more than 255 bytes"),
        (b"x\n" * (1 << 20), "more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_label(data: bytes, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_labels(data)


def test_hostile_labels_are_text(tmp_path: Path) -> None:
    """What would be C, a format, a trigraph or a template elsewhere comes out of kws_label as it went in."""
    program = sample.program()
    files = render(program, sample.plan(program), source="", macs=sample.MACS, about=about(b"", HOSTILE))
    write(tmp_path, [*files, *runtime_files(["tinyml_fully_connected_s8.c"])])
    main_c = """
        #include <stdio.h>
        #include "net_model.h"
        int main(void) {
            int i;
            for (i = -1; i <= NET_LABEL_COUNT; i++) puts(net_label(i));
            return NET_LABELS[3] != net_label(3) || net_label(-1)[0] || net_label(2147483647)[0];
        }"""
    assert run_c(tmp_path, main_c).decode().split("\n") == ["", *HOSTILE, "", ""]
    compile_c(tmp_path, "gcc", "-std=c99", "-trigraphs", *STRICT, "-c")
    compile_c(tmp_path, "g++", "-std=c++17", "-x", "c++", *STRICT[:4], "-c")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_one_literal(text: str) -> None:
    """Between the quotes there is nothing that C reads as anything but characters."""
    text = text.encode("utf-8", "ignore").decode()
    literal = quoted(text)
    assert re.fullmatch(r'"([A-Za-z0-9 _.,:-]|\\[0-3][0-7]{2})*"', literal)
    plain = re.sub(rb"\\(\d{3})", lambda octal: bytes([int(octal[1], 8)]), literal[1:-1].encode())
    assert plain.decode() == text


def test_on_avr_labels_stay_in_flash(tmp_path: Path, repo: Path) -> None:
    """RAM has one label, not ten; the program in simavr gets them all."""
    if not (shutil.which("avr-gcc") and shutil.which("simavr")):
        pytest.skip("avr-gcc or simavr is not installed")
    generated(tmp_path, project(tmp_path / "models", repo, "\n".join(DIGITS).encode()))
    (tmp_path / "main.c").write_text("""
        #include <avr/interrupt.h>
        #include <avr/io.h>
        #include <avr/sleep.h>
        #include "digits_model.h"
        static void put(const char *text) {
            for (; *text; text++) {
                while (!(UCSR0A & _BV(UDRE0))) { }
                UDR0 = *text;
            }
        }
        int main(void) {
            int i;
            UCSR0B = _BV(TXEN0);
            for (i = -1; i <= 10; i++) { put(digits_label(i)); put(","); }
            while (!(UCSR0A & _BV(UDRE0))) { }
            cli();
            sleep_enable();
            for (;;) sleep_cpu();
        }""")
    elf = tmp_path / "firmware.elf"
    flags = ["-mmcu=atmega2560", "-Os", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-fdata-sections"]
    sections = ["-ffunction-sections", "-Wl,--gc-sections"]
    subprocess.run(["avr-gcc", *flags, *sections, *tmp_path.glob("*.c"), "-o", elf], check=True)
    run = [sys.executable, repo / "platform-emulated/simavr.py", "atmega2560", "16000000", elf]
    said = subprocess.run(run, capture_output=True, check=True, timeout=600, text=True).stdout
    assert said == "," + ",".join(DIGITS) + ",,"
    symbols = subprocess.run(["avr-nm", "-S", elf], capture_output=True, text=True, check=True).stdout
    in_ram = re.findall(r"^\S+ (\S+) [bBdD] \S*label", symbols, re.MULTILINE | re.IGNORECASE)
    assert [int(size, 16) for size in in_ram] == [len("three") + 1]


def test_where_labels_are_looked_for(tmp_path: Path, repo: Path) -> None:
    """The model's own file first, for the locked int8 form too; then the folder's."""
    model = project(tmp_path, repo, b"x", "labels.txt")
    assert labels_file(model) == tmp_path / "labels.txt"
    (tmp_path / "digits.labels.txt").write_text("y")
    assert labels_file(tmp_path / "digits.int8.tflite") == tmp_path / "digits.labels.txt"
    assert labels_file(tmp_path / "other.tflite") == tmp_path / "labels.txt"


def test_labels_that_do_not_fit(tmp_path: Path, repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the model's own file an error; a labels.txt may be another model's, and the header says so."""
    model = project(tmp_path / "own", repo, b"a\nb\n")
    assert main(["generate", str(model), "-o", str(tmp_path / "c")]) == 2
    assert "it has 2 labels, and output_0 10 elements" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
    header = generated(tmp_path / "c", project(tmp_path / "shared", repo, b"a\nb\n", "labels.txt"))
    assert "/* No labels: labels.txt is not taken: it has 2 labels, and output_0 10 elements */" in header
    assert "digits_label" not in header


def test_labels_in_the_models_metadata(tmp_path: Path, repo: Path) -> None:
    """A ZIP archive at the file's end, as TFLITE_METADATA's associated files are; a file beside it wins."""
    model = project(tmp_path / "models", repo, None)
    model.write_bytes(model.read_bytes() + archive(labels_txt="\n".join(DIGITS).encode(), vocab_txt=b"a\nb"))
    assert "DIGITS_LABEL_COUNT 10" in generated(tmp_path / "c", model)
    assert '"seven"' in (tmp_path / "c/digits_model.c").read_text()
    (tmp_path / "models/labels.txt").write_text("\n".join(map(str, range(10, 20))))
    generated(tmp_path / "c", model)
    assert '"seven"' not in (tmp_path / "c/digits_model.c").read_text()


@pytest.mark.parametrize(
    "data",
    [
        b"TFL3" + archive(labels_txt=b"a\nb", other_txt=b"c\nd"),  # which?
        archive(labels_txt=b"\n" * (3 << 20)),
        archive(labels_txt=b"a\nb")[:-30] + b"PK\x05\x06" + bytes(18),
        b"PK\x05\x06" + b"\xff" * 18,
        archive(labels_txt=b"a\nb").replace(b"PK\x01\x02", b"PK\x01\x03"),
        b"",
    ],
)
def test_damaged_and_hostile_archives_have_no_labels(data: bytes) -> None:
    assert packed_labels(data, [2]) == ()


def test_any_byte_of_an_archive_changed() -> None:
    """Labels or none, and nothing else happens."""
    whole = archive(labels_txt=b"yes\nno")
    for place in range(len(whole)):
        for value in (0, 0xFF, whole[place] ^ 1):
            changed = whole[:place] + bytes([value]) + whole[place + 1 :]
            assert packed_labels(changed, [2]) in ((), ("yes", "no"))


def test_the_header_says_which_file_and_which_tool(tmp_path: Path, repo: Path) -> None:
    """Of the bytes that C was generated from, the same each time; the interface of a changed label is unchanged."""
    import hashlib

    from platformio_tinyml import __version__

    model = project(tmp_path / "models", repo, None)
    header = generated(tmp_path / "c", model)
    assert f'#define DIGITS_MODEL_SHA256 "{hashlib.sha256(model.read_bytes()).hexdigest()}"' in header
    assert f'#define DIGITS_TOOL_VERSION "{__version__}"' in header
    assert generated(tmp_path / "again", model) == header

"""Messages as people read them: short lines, and what is to be copied in one piece."""

import subprocess
import sys

import pytest

import platformio_tinyml.errors as errors
from platformio_tinyml.errors import UsageError

LONG = (
    "to make it int8, samples like those that the device will see are needed, and there are none at all in this project"
)


@pytest.fixture(autouse=True)
def columns(monkeypatch):
    monkeypatch.setattr(errors, "_COLUMNS", 96)


def test_a_short_message_is_as_it_is():
    assert UsageError("no model", "Put one there.").as_text("TinyML: error: ") == (
        "TinyML: error: no model\n  next: Put one there."
    )
    assert UsageError("no model").as_text("") == "no model"


@pytest.mark.parametrize(
    "kept",
    [
        "custom_tinyml_data = samples.npz",
        "pio-tinyml extract src/model.h -o models/kws.tflite --name kws",
        "'a name with spaces in it'",
        "`-Wl,--defsym=a=b -O2`",
        "/path/to/core/python3 -m pip install platformio==6.2.0 --upgrade",
    ],
)
def test_lines_are_short_and_what_is_copied_stays_whole(kept):
    for place in range(40, 96):
        text = UsageError(f"/models/{'m' * place}.keras: {LONG}", f"{LONG[:place]} {kept}").as_text("TinyML: error: ")
        assert kept in text
        assert all(len(line) <= 96 or kept in line or ".keras" in line for line in text.split("\n"))
        assert text.startswith("TinyML: error: /models/m")
        assert " ".join(text.split()).count(" ".join(LONG.split())) == 1


def test_an_apostrophe_opens_no_name():
    message = f"the project's {LONG}: 'a b' and {LONG}, 'c d'"
    text = UsageError(message).as_text("TinyML: error: ")
    assert text.startswith("TinyML: error: the project's ")
    assert all(len(line) <= 96 for line in text.split("\n"))


def test_lines_of_a_message_stay_lines():
    text = UsageError(f"refused:\n  - {LONG}\n  - b\n", "c").as_text("")
    assert text.split("\n")[0] == "refused:"
    assert "\n  - b\n" in text


def test_what_moves_a_cursor_is_escaped():
    text = UsageError("no operator \x1b[2Jx\rTinyML: ok\x07", "as\x9bk").as_text("")
    assert text == "no operator \\x1b[2Jx\\rTinyML: ok\\x07\n  next: as\\x9bk"


@pytest.mark.parametrize(("value", "columns"), [("0", 0), ("72", 72), ("", 96), ("-1", 96), ("wide", 96)])
def test_the_width_can_be_set(repo, value, columns):
    code = "import platformio_tinyml.errors as errors; print(errors._COLUMNS)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"TINYML_COLUMNS": value}, cwd=repo, check=True, capture_output=True
    )
    assert int(done.stdout) == columns

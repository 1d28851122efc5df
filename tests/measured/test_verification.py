"""What `verify` found, judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from platformio_tinyml.errors import UsageError
from platformio_tinyml.judgement.outputs import judge_outputs
from platformio_tinyml.measured.stack import Stack
from platformio_tinyml.measured.verification import (
    Compared,
    FirstTensor,
    Verification,
    read_verification,
    verification_notes,
)

OTHER, TWIN = Compared("another runtime", True, None), Compared("a twin", False, None)
GOOD = Verification("kws", (OTHER, TWIN), (), 4, "generated", None, None, 1000, Stack(64, 1600))


def test_difference_fails():
    differing = replace(TWIN, difference="other_output_0, byte 1 of 4")
    where = "other_output_0, byte 1 of 4; the oracles disagree"
    good, bad = judge_outputs([GOOD, replace(GOOD, name="other", oracles=(OTHER, differing), difference=where)])
    assert (good.name, good.ok) == ("verify:kws", True)
    assert (bad.name, bad.ok) == ("verify:other", False)
    assert bad.message == f"other differs from a twin: {where}"
    # What shares no code with the firmware agrees with it.
    assert bad.advice[0] == "the firmware equals another runtime: look at a twin first"
    alone = replace(GOOD, oracles=(replace(OTHER, difference=where), TWIN), difference=where)
    assert "look for a kernel" in next(judge_outputs([alone])).advice[0]


def test_notes():
    assert [*verification_notes([GOOD])] == ["kws equals another runtime and a twin (4 inputs, generated)"]
    (alone,) = verification_notes([replace(GOOD, oracles=(TWIN,))])
    assert "equals a twin, which is not independent (4" in alone
    assert "(1 input, " in next(verification_notes([replace(GOOD, inputs=1)]))


def test_models_of_which_the_same_is_said_share_a_note():
    models = [
        GOOD,
        replace(GOOD, name="vad", inputs=1),
        replace(GOOD, name="sine"),
        replace(GOOD, name="ad", difference="1 of 2"),
    ]
    assert [*verification_notes(models)] == [
        "kws, sine equal another runtime and a twin (4 inputs, generated)",
        "vad equals another runtime and a twin (1 input, generated)",
        "ad differs from another runtime and a twin (4 inputs, generated)",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": 0}, "nothing was compared"),
        ({"inputs": -1}, "nothing was compared"),
        ({"oracles": ()}, "nothing was compared"),
        ({"oracles": (replace(TWIN, difference="byte 1"),)}, "is not that of"),
        ({"difference": ""}, "without words"),
    ],
)
def test_what_compared_nothing_is_none(tmp_path: Path, change: dict, said: str):
    path = tmp_path / "kws.json"
    path.write_text(json.dumps({"schema": "tinyml-verify/1", "name": "kws", **replace(GOOD, **change).as_row()}))
    with pytest.raises(UsageError, match=said):
        read_verification(path)


def test_file(tmp_path: Path):
    path = tmp_path / "kws.json"
    found = replace(GOOD, tensor=FirstTensor(3, "CONV_2D", "net/conv", 17, 8000, 128, 127), missing=("no third",))
    path.write_text(json.dumps({"schema": "tinyml-verify/1", "ok": True, "name": "kws", **found.as_row()}))
    assert read_verification(path) == found
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"is not of `verify --json`"):
        read_verification(path)

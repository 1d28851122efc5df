"""What `verify` found, judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.chips import Region
from platformio_tinyml.firmware.footprint import RESERVED, Footprint, SectionSize, SizeEntry
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.report.verification import (
    Stack,
    Verification,
    judge_outputs,
    judge_stack,
    read_verification,
    stack_note,
)

RAM = Region("RAM", "ram", 0x20000000, 8192)
CCM = Region("CCM", "ram", 0x10000000, 4096, beside=True)
GOOD = Verification("kws", "another runtime", True, 4, "generated", None, 1000, Stack(64, 1600))


def footprint(stack_in: str = "RAM") -> Footprint:
    entries = (
        SizeEntry("application", ".bss", "table", 0, 5000, 0x20000000),
        SizeEntry(RESERVED, ".stack", "", 0, 1024, 0x20001500),
    )
    sections = (SectionSize(".bss", "RAM", 0, 5000), SectionSize(".stack", stack_in, 0, 1024))
    return Footprint(entries, sections, MemoryMap((RAM, CCM), (), False, "a chip"), has_symbols=True)


def test_stack_stands_in_for_its_reserve():
    (check,) = judge_stack([GOOD, replace(GOOD, stack=Stack(100, 8))], footprint(), 8192)
    assert (check.name, check.ok, check.actual, check.limit) == ("stack", True, 5000 + 1600, 8192)
    assert next(judge_stack([GOOD], footprint(), 6600)).ok
    (check,) = judge_stack([GOOD], footprint(), 6599)
    assert not check.ok
    assert "takes 1,600 bytes of stack, and 1,599 are left" in check.message


def test_nothing_is_said_of_a_stack_that_is_not_known():
    assert not list(judge_stack([], footprint(), 8192))
    assert not list(judge_stack([GOOD], footprint(), None))
    assert not list(judge_stack([GOOD], footprint("CCM"), 8192))


def test_reserve_that_is_too_small_is_a_note():
    assert list(stack_note([GOOD], footprint())) == [
        "a call of a model takes 1,600 bytes of stack, the linker script reserves 1,024"
    ]
    assert not list(stack_note([replace(GOOD, stack=Stack(64, 1024))], footprint()))


def test_difference_fails():
    good, bad = judge_outputs([GOOD, replace(GOOD, name="other", difference="other_output_0, byte 1 of 4")])
    assert (good.name, good.ok) == ("verify:kws", True)
    assert (bad.name, bad.ok) == ("verify:other", False)
    assert "other differs from another runtime: other_output_0, byte 1 of 4" in bad.message


def test_file(tmp_path: Path):
    path = tmp_path / "kws.json"
    path.write_text(json.dumps({"schema": "tinyml-verify/1", "ok": True, "name": "kws", **GOOD.as_row()}))
    assert read_verification(path) == GOOD
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"is not of `verify --json`"):
        read_verification(path)

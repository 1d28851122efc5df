"""The stack of a model's calls, judged with the RAM that is left for it."""

from platformio_tinyml.firmware.chips import Region
from platformio_tinyml.firmware.footprint import RESERVED, Footprint, SectionSize, SizeEntry
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.judgement.stack import judge_stack, stack_note
from platformio_tinyml.measured.stack import Stack

RAM = Region("RAM", "ram", 0x20000000, 8192)
CCM = Region("CCM", "ram", 0x10000000, 4096, beside=True)
GOOD = ("kws", Stack(64, 1600))


def footprint(stack_in: str = "RAM") -> Footprint:
    entries = (
        SizeEntry("application", ".bss", "table", 0, 5000, 0x20000000),
        SizeEntry(RESERVED, ".stack", "", 0, 1024, 0x20001500),
    )
    sections = (SectionSize(".bss", "RAM", 0, 5000), SectionSize(".stack", stack_in, 0, 1024))
    return Footprint(entries, sections, MemoryMap((RAM, CCM), (), False, "a chip"), has_symbols=True)


def test_stack_stands_in_for_its_reserve():
    (check,) = judge_stack([GOOD, ("other", Stack(100, 8))], footprint(), 8192)
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
    assert not list(stack_note([("kws", Stack(64, 1024))], footprint()))

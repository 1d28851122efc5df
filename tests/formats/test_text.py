"""The table to the letter, on a footprint made by hand."""

from __future__ import annotations

from dataclasses import replace

from linked import KWS as LOSING

from platformio_tinyml.firmware.footprint import Footprint, SectionSize, SizeEntry
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.formats.text import LINES, as_failures, as_table
from platformio_tinyml.judgement.budgets import read_budgets
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.measured.limits import Budgets, Sizes

KWS = replace(LOSING, arena=replace(LOSING.arena, keeps_input=True))
ENTRIES = (
    SizeEntry("weights:kws", ".text", "kws_op0_filter", 764, 0, 0x08001000),
    SizeEntry("arena:kws", ".bss", "kws_arena", 0, 4096, 0x20000100),
    SizeEntry("tinyml", ".text", "kws_invoke", 1200, 0, 0x08002000),
    SizeEntry("application", ".data", "table", 80, 80, 0x20000000),
    SizeEntry("stack+heap", ".stack", "", 0, 1536, 0x20001200),
    SizeEntry("unattributed", ".text", "", 20, 0, 0x08000000),
)
SECTIONS = (SectionSize(".isr_vector", "FLASH", 20, 0), SectionSize(".text", "FLASH", 1964, 0))
FOOTPRINT = Footprint(ENTRIES, SECTIONS, MemoryMap((), (), False, "stm32f100"), has_symbols=True)

OVER = """\
tinyml, vl, board stm32vldiscovery
stm32f100                                  used       limit      budget
flash [#...................]   1.6%       2,064     131,072           -
ram   [##############......]  69.7%       5,712       8,192       4,096  OVER
model               runtime   operators    weights     arena  no reuse  method
kws                 compiled         13        764     4,096     4,096  planned
owner                                     flash         ram
arena:kws                                     0       4,096
stack+heap                                    0       1,536
tinyml                                    1,200           0
weights:kws                                 764           0
application                                  80          80
unattributed                                 20           0
note: PlatformIO counts 2,044 of flash, 20 less: without .isr_vector
FAILED: ram_budget
"""

WHY = """\
tinyml: ram_budget: ram is 1,616 bytes over the budget: 5,712 needed, 4,096 allowed; \
most of it: arena:kws 4,096, stack+heap 1,536, application 80
  - smaller tensors where arena:kws is fullest, at operator 3 DEPTHWISE_CONV_2D \
(conv/Relu 2,048 + dw/Relu 1,536 + scratch 512): it fits with 2,480 bytes or less
  - reserve less for stack and heap: it is 1,536 bytes
  - or allow it: custom_tinyml_ram_budget = 5712 would do (70 percent of 8,192)
"""


def test_the_table_and_the_advice() -> None:
    limits, budgets = Sizes(131072, 8192), read_budgets(Sizes(131072, 8192), ["kws"], {"ram": ["4096"]})
    checks = judge(FOOTPRINT, (KWS,), limits, budgets)
    report = Report("firmware", "vl", "stm32vldiscovery", (KWS,), FOOTPRINT, limits, budgets, checks, Sizes(2044, 5712))
    assert as_table(report) == OVER
    assert as_failures(checks) == WHY


def test_without_limits_there_is_no_bar() -> None:
    report = Report("firmware", None, None, (), FOOTPRINT, Sizes(), Budgets(), (), Sizes())
    lines = as_table(report).splitlines()
    assert lines[2].split() == ["flash", "2,064", "-", "-"]
    assert lines[-1] == "ok: nothing to check, no limit and no budget is known"


def test_a_measured_arena_that_was_not_tried() -> None:
    """An application with an interpreter of its own on our arena: nothing of ours to call."""
    measured = replace(KWS, runtime="tflm", arena=replace(KWS.arena, method="emulated"))
    note = "note: kws: its init is not linked, so the arena was not tried"
    for checks, noted in (((), True), ((Check("init:kws", True, 4096, 4096),), False)):
        report = Report("firmware", None, None, (measured,), FOOTPRINT, Sizes(), Budgets(), checks, Sizes())
        assert (note in as_table(report)) is noted


def test_inputs_that_an_invoke_overwrites_are_told() -> None:
    for model, told in ((KWS, False), (LOSING, True)):
        table = as_table(Report("firmware", "vl", None, (model,), FOOTPRINT, Sizes(), Budgets(), (), Sizes()))
        assert ("fill the inputs before each invoke, which overwrites them: kws" in table) is told


def test_an_arena_does_not_hide_among_the_rest() -> None:
    """A large application; the arena is little of all bytes and most of the RAM."""
    entries = (
        *(SizeEntry(f"tflm:{number}", ".text", "", 5000 - number, 0, 0x08004000) for number in range(9)),
        SizeEntry("application", ".text", "table", 90_000, 80, 0x08010000),
        *ENTRIES,
    )
    footprint = replace(FOOTPRINT, entries=entries)
    report = Report(
        "firmware", "vl", None, (LOSING,), footprint, Sizes(), Budgets(), (), Sizes(), remarks=("a", "b", "c")
    )
    table = as_table(report).splitlines()
    owners = table[table.index(next(line for line in table if line.startswith("owner"))) + 1 :]
    assert [line.split()[0] for line in owners[:2]] == ["arena:kws", "application"]
    assert owners[2].startswith("13 more")


def test_models_do_not_crowd_out_the_owners() -> None:
    """Two lines for each model shown after the first; the rest are counted in one."""
    for count in range(1, 6):
        models = tuple(replace(LOSING, name=f"kws{number}") for number in range(count))
        report = Report(
            "firmware", "vl", None, models, FOOTPRINT, Sizes(), Budgets(), (), Sizes(2044, 5000), remarks=("a", "b")
        )
        table = as_table(report).splitlines()
        assert len(table) <= LINES + 2 * min(count - 1, 2)
        assert next(line for line in table if line.startswith("arena:kws "))


def test_notes_are_whole_or_counted() -> None:
    """Never cut: what has no room is counted in the last line."""
    remarks = ("the first has one line", "a " * 110 + "end", "b " * 70 + "end", "c " * 70 + "end")
    report = Report("firmware", "vl", None, (KWS,), FOOTPRINT, Sizes(), Budgets(), (), Sizes(), remarks=remarks)
    table = as_table(report)
    assert len(table.splitlines()) <= LINES
    assert table.count("end") == 1 and "..." not in table
    assert table.splitlines()[-1].endswith("; 2 notes more: report.json")


def test_names_of_sections_and_symbols_move_no_cursor_and_begin_no_line() -> None:
    """They are part of the names of checks, and come from an ELF."""
    name = "contents:.s\x1b[31m\n::error::x\r|<b>" + "y" * 1000
    check = Check(name, False, None, None, name, ("look at\x07 it",))
    report = Report("firmware", None, None, (), Footprint((), (), MemoryMap((), (), False, ""), True), Sizes(),
                    Budgets(), (check,), Sizes())  # fmt: skip
    for text in (as_table(report), as_failures([check])):
        assert all(line.isprintable() and len(line) <= 96 for line in text.splitlines() if "y" * 80 not in line)
        assert "\n::error" not in text and "\x1b" not in text and "contents:.s\\x1b[31m\\n" in text

"""Budgets of stack and latency: judged by the profiles, never passed without."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report_samples import BASELINE, FOOTPRINT, MODEL, PROFILE

from platformio_tinyml.budgets import KINDS, WrittenBudget, task_stacks
from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.footprint import SizeEntry
from platformio_tinyml.formats.check_names import option_of, title
from platformio_tinyml.formats.document import parse_document
from platformio_tinyml.formats.html import as_html
from platformio_tinyml.formats.json_report import as_json
from platformio_tinyml.formats.junit import as_junit
from platformio_tinyml.formats.markdown import as_markdown
from platformio_tinyml.formats.sarif import as_sarif
from platformio_tinyml.formats.text import as_failures
from platformio_tinyml.judgement.budgets import read_budgets
from platformio_tinyml.judgement.check import Check
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.report import Report
from platformio_tinyml.measured.baseline import BaselineModel
from platformio_tinyml.measured.limits import Budgets, Sizes
from platformio_tinyml.measured.profile import Profile
from platformio_tinyml.measured.stack import Stack

BOARD = Sizes(131072, 8192)
VWW = replace(MODEL, name="vww", symbols={}, invoke="vww_invoke")
VWW_PROFILE = replace(PROFILE, name="vww", stack=Stack(2000, 300), latency_us=(10.5, 20.25))
BOTH = replace(FOOTPRINT, entries=(*FOOTPRINT.entries, SizeEntry("tinyml", ".text", "vww_invoke", 4, 0, 0x08003000)))
"""The firmware with both models in it."""


def budget_check(kind: str, text: str, *profiles: Profile, both: bool = False, symbols: bool = True) -> Check:
    """The check of that one budget."""
    models, footprint = ((MODEL, VWW), BOTH) if both else ((MODEL,), FOOTPRINT)
    budgets = read_budgets(BOARD, [model.name for model in models], {kind: [text]}, BASELINE)
    checks = judge(replace(footprint, has_symbols=symbols), models, BOARD, budgets, profiles=profiles)
    option = next(each.option for each in KINDS if each.name == kind)
    (check,) = (check for check in checks if check.name.startswith(option))
    return check


def test_a_task_needs_more_than_its_models() -> None:
    kept = budget_check("task_stack", "kws=2050", PROFILE)
    assert (kept.name, kept.ok, kept.actual, kept.limit) == ("task_stack:kws", True, 2050, 2050)
    over = budget_check("task_stack", "2048", PROFILE)
    assert over.message == (
        "task stack is 2 bytes over the budget: 2,050 needed, 2,048 allowed "
        "(kws: 96 in init, 1,640 in invoke; and a margin of 410)"
    )
    assert over.advice == ("allow it: custom_tinyml_task_stack = 2050 would do",)
    unknown = budget_check("task_stack", "2048")
    assert not unknown.ok


def test_the_project_s_code_is_told() -> None:
    kind = next(each for each in KINDS if each.name == "task_stack")
    written = [WrittenBudget(kind, "4 KB", ""), WrittenBudget(kind, "1000", "kws")]
    assert task_stacks(written) == {"TINYML_TASK_STACK": 4096, "KWS_TASK_STACK": 1000}
    with pytest.raises(UsageError):
        task_stacks([WrittenBudget(kind, "baseline", "")])


def test_stack_is_of_the_deepest_call() -> None:
    kept = budget_check("stack", "kws=1640", PROFILE)
    assert (kept.name, kept.ok, kept.actual, kept.limit, kept.unit) == ("stack_budget:kws", True, 1640, 1640, "bytes")
    over = budget_check("stack", "1639", PROFILE)
    assert not over.ok
    assert over.message == (
        "stack is 1 bytes over the budget: 1,640 needed, 1,639 allowed (kws: 96 in init, 1,640 in invoke)"
    )
    assert over.advice == ("allow it: custom_tinyml_stack_budget = 1640 would do (21 percent of 8,192)",)
    deepest = budget_check("stack", "1 KB", PROFILE, VWW_PROFILE, both=True)
    assert deepest.actual == 2000
    assert "(vww: 2,000 in init, 300 in invoke; kws: 96 in init" in deepest.message


def test_latency_is_judged_by_the_upper_end() -> None:
    kept = budget_check("latency", "kws=100 ms", PROFILE)
    assert (kept.ok, kept.actual, kept.limit, kept.unit) == (True, 100_000, 100_000, "us")
    over = budget_check("latency", "kws=99.999 ms", PROFILE)
    assert not over.ok
    assert over.message == (
        "latency is 1 us over the budget of kws: 100 ms needed, 99.999 ms allowed "
        "(kws: estimated 50 ms to 100 ms at 24 MHz, if an instruction takes 1 to 2 cycles)"
    )
    assert over.advice == (
        "make those operators smaller that take the most instructions: "
        "kws 0 CONV_2D (900,000), kws 1 DEPTHWISE_CONV_2D (280,000), kws 3 SOFTMAX (15,000)",
        "at the best it is 50 ms, within the budget: what it is can be measured on the device alone",
        "a clock of 25 MHz would do",
        "or allow it: custom_tinyml_kws_latency_budget = 100 ms would do",
    )
    never = budget_check("latency", "10 ms", PROFILE).advice
    assert "a clock of 240 MHz would do" in never and not [line for line in never if "at the best" in line]
    assert "a clock of" not in "\n".join(budget_check("latency", "1 ms", PROFILE).advice)


def test_latency_of_all_models_is_their_sum_rounded_up() -> None:
    check = budget_check("latency", "100 ms", PROFILE, VWW_PROFILE, both=True)
    assert check.actual == 100_021 and not check.ok
    assert "kws: estimated 50 ms to 100 ms" in check.message and "vww: estimated 10 us to 21 us" in check.message
    # What it proposes is accepted.
    (line,) = (line for line in check.advice if line.startswith("or allow it"))
    assert budget_check("latency", line.split(" = ")[1].replace(" would do", ""), PROFILE, VWW_PROFILE, both=True).ok


@pytest.mark.parametrize("kind", ["stack", "latency"])
def test_a_model_that_is_not_linked_takes_none(kind: str) -> None:
    models = (MODEL, VWW)
    budgets = read_budgets(BOARD, ["kws", "vww"], {kind: ["vww=0 us" if kind == "latency" else "vww=0"]})
    checks = judge(FOOTPRINT, models, BOARD, budgets, profiles=(PROFILE,))
    assert [(check.ok, check.actual) for check in checks if check.name == f"{kind}_budget:vww"] == [(True, 0)]


ESTIMATED = replace(PROFILE, stack=None, notes=("the emulator does not run code for avr",))


@pytest.mark.parametrize(
    ("kind", "text", "profiles", "problem", "step"),
    [
        ("stack", "8 KB", (), "there is no profile of kws", "--profile"),
        ("latency", "kws=9 s", (), "there is no profile of kws", "--profile"),
        ("stack", "8 KB", (ESTIMATED,), "stack was not measured: the emulator does not run code for avr", "Cortex-M"),
        ("latency", "9 s", (replace(PROFILE, latency_us=None, clock_hz=None),), "the board has no clock", "f_cpu"),
        ("latency", "9 s", (replace(ESTIMATED, latency_us=None),), "time is not known: the emulator", "Cortex-M"),
        ("latency", "9 s", (VWW_PROFILE,), "there is no profile of kws", "--profile"),
    ],
)
def test_what_cannot_be_judged_fails(
    kind: str, text: str, profiles: tuple[Profile, ...], problem: str, step: str
) -> None:
    check = budget_check(kind, text, *profiles)
    assert not check.ok and check.actual is None and check.limit is not None
    assert "cannot be checked" in check.message and problem in check.message
    assert step in check.advice[0]


def test_one_model_that_is_not_known_is_enough() -> None:
    check = budget_check("stack", "8 KB", PROFILE, both=True)
    assert not check.ok and "no profile of vww" in check.message


@pytest.mark.parametrize(("kind", "text"), [("stack", "8 KB"), ("latency", "9 s"), ("arena", "8 KB")])
def test_without_symbols_nothing_is_told(kind: str, text: str) -> None:
    check = budget_check(kind, text, PROFILE, symbols=False)
    assert not check.ok and "no symbols" in check.message


def test_by_the_baseline() -> None:
    models = (replace(BASELINE.models[0], stack=1600, latency=90_000), BaselineModel("vww", 0, 0, 2000, 10))
    before = replace(BASELINE, models=models)
    given = {
        "stack": ["baseline + 10 percent", "kws=baseline + 40"],
        "latency": ["baseline + 10 percent", "kws=baseline + 2 ms"],
    }
    budgets = read_budgets(BOARD, ["kws", "vww"], given, before)
    assert (budgets.allowed("stack"), budgets.allowed("stack", "kws")) == (2200, 1640)
    assert (budgets.allowed("latency"), budgets.allowed("latency", "kws")) == (99_011, 92_000)


@pytest.mark.parametrize("text", ["baseline", "kws=baseline + 10 percent"])
@pytest.mark.parametrize("kind", ["stack", "latency"])
def test_a_baseline_without_the_figure(kind: str, text: str) -> None:
    assert BASELINE.models[0].stack is None
    with pytest.raises(UsageError, match=f"the baseline has no {kind} of") as error:
        read_budgets(BOARD, ["kws"], {kind: [text]}, BASELINE)
    assert "tinyml_baseline" in error.value.next_step


def test_before_there_is_a_program_neither_is_judged() -> None:
    budgets = read_budgets(BOARD, ["kws"], {"stack": ["0"], "latency": ["kws=0 ms"], "arena": ["8 KB"]})
    checks = judge(FOOTPRINT, (MODEL,), BOARD, budgets, preflight=True)
    assert [check.name for check in checks if "budget" in check.name] == ["arena_budget"]


def test_every_format_shows_a_time_as_a_time() -> None:
    given = {"latency": ["kws=12.5 ms"], "stack": ["1 KB"], "model_size": ["700"], "arena": ["kws=4 KB"]}
    budgets = read_budgets(BOARD, ["kws"], given)
    checks = judge(FOOTPRINT, (MODEL,), BOARD, budgets, profiles=(PROFILE,))
    text = as_json(
        Report("firmware", "vl", "b", (MODEL,), FOOTPRINT, BOARD, budgets, checks, Sizes(), profiles=(PROFILE,))
    )
    rows = {row["name"]: row for row in json.loads(text)["checks"]}
    assert (rows["latency_budget:kws"]["actual"], rows["latency_budget:kws"]["unit"]) == (100_000, "us")
    assert (rows["stack_budget"]["actual"], rows["stack_budget"]["unit"]) == (1640, "bytes")
    document = parse_document(text)
    page = as_html(document)
    assert ">100 ms</td>" in page and ">12.5 ms</td>" in page and ">1,024</td>" in page
    assert "Latency budget: kws" in page and "Model size budget" in page
    said = "latency is 87.5 ms over the budget of kws: 100 ms needed, 12.5 ms allowed"
    for shown in (page, as_markdown([document]), as_junit([document]), as_sarif([document]), as_failures(checks)):
        assert said in " ".join(shown.split())
    ini = "[env:vl]\ncustom_tinyml_stack_budget = 1 KB\ncustom_tinyml_kws_latency_budget = 12.5 ms\n"
    results = json.loads(as_sarif([document], ini_text=ini))["runs"][0]["results"]
    lines = {result["ruleId"]: result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results}
    assert lines == {"stack_budget": 2, "latency_budget": 3, "model_size_budget": 1}


def test_what_changed_since_the_baseline() -> None:
    before = replace(BASELINE, models=(replace(BASELINE.models[0], flash=760, stack=1656, latency=98_750),))
    report = Report("firmware", None, None, (MODEL,), FOOTPRINT, BOARD, Budgets(), (), Sizes(), before)
    assert "since the baseline: flash +68, ram +0, model size +4" in report.notes()
    report = replace(report, profiles=(PROFILE,))
    assert "since the baseline: flash +68, ram +0, model size +4, stack -16, latency +1.25 ms" in report.notes()


def test_each_kind_has_a_measure_and_a_title() -> None:
    """A row in budgets.py without the rest is noticed."""
    for kind in KINDS:
        text = "0 ms" if kind.unit.name == "us" else "0"
        check = budget_check(kind.name, text, PROFILE)
        assert not check.ok and check.actual and check.unit == kind.unit.name
        assert title(check.name) == kind.title
        assert option_of(check.name) == f"custom_tinyml_{kind.option}"
        assert len(check.advice) > 1 or kind.name in ("stack", "task_stack")

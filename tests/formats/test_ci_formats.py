"""Markdown, SARIF and JUnit XML: what CI systems want of them, and inert whatever names are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from report_samples import HOSTILE, report_text, sample, with_strings

from platformio_tinyml.formats.check_names import TITLES, kind_of
from platformio_tinyml.formats.document import failed_checks, parse_document
from platformio_tinyml.formats.junit import as_junit
from platformio_tinyml.formats.markdown import as_markdown
from platformio_tinyml.formats.sarif import as_sarif, line_of

INI = """\
[platformio]
default_envs = vl

[env]
custom_tinyml_ram_budget = 4 KB
; custom_tinyml_flash_budget = 1 KB

[env:other]
custom_tinyml_kws_arena_budget = 1 KB
[env:vl]
board = stm32vldiscovery
CUSTOM_TINYML_KWS_ARENA_BUDGET = 2 KB
"""


def test_junit_has_a_case_per_check() -> None:
    document = sample()
    root = ElementTree.fromstring(as_junit([document, document]))
    assert root.tag == "testsuites" and root.get("tests") == str(2 * len(document.checks))
    suites = root.findall("testsuite")
    assert len(suites) == 2
    cases = suites[0].findall("testcase")
    assert [case.get("name") for case in cases] == [check.name for check in document.checks]
    failures = {case.get("name"): case.find("failure") for case in cases}
    for check in document.checks:
        failure = failures[check.name]
        assert (failure is None) == check.ok
        if failure is not None:
            assert failure.get("message") == check.message
            assert all(f"- {line}\n" in (failure.text or "") for line in check.advice)
    failed = len(failed_checks(document))
    assert failed and suites[0].get("failures") == str(failed) and root.get("failures") == str(2 * failed)


def test_sarif_points_at_the_option() -> None:
    document = sample()
    sarif = json.loads(as_sarif([document], "fw/platformio.ini", INI))
    assert sarif["version"] == "2.1.0" and len(sarif["runs"]) == 1
    run = sarif["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["automationDetails"]["id"] == "tinyml/vl/"
    assert [result["ruleId"] for result in run["results"]] == ["ram_budget"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "fw/platformio.ini"
        assert place["region"]["startLine"] == 5
        assert "1,624 bytes over the budget" in result["message"]["text"]
        assert re.fullmatch(r"[0-9a-f]{16}:1", result["partialFingerprints"]["primaryLocationLineHash"])


def test_every_documented_check_has_a_rule() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]*`) \|", text.partition("## Checks")[2].partition("\n## ")[0], re.MULTILINE)
    names = {kind_of(name) for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert names == set(TITLES)


def test_sarif_of_a_pass_has_no_results() -> None:
    text = report_text().replace('"ok": false', '"ok": true')
    run = json.loads(as_sarif([parse_document(text)]))["runs"][0]
    assert run["results"] == []


@pytest.mark.parametrize(
    ("option", "environment", "line"),
    [
        ("custom_tinyml_ram_budget", "vl", 5),
        ("custom_tinyml_kws_arena_budget", "vl", 12),
        ("custom_tinyml_kws_arena_budget", "other", 9),
        ("custom_tinyml_kws_arena_budget", "third", 9),
        ("custom_tinyml_flash_budget", "vl", 10),
        (None, "vl", 10),
        (None, "third", 1),
        (None, None, 1),
    ],
)
def test_lines_of_options(option: str | None, environment: str | None, line: int) -> None:
    assert line_of(option, environment, INI) == line


def test_markdown_is_short_and_tells_it() -> None:
    text = as_markdown([sample()])
    assert len(text.splitlines()) < 40
    assert text.startswith("### :x: tinyml `vl`, board `stm32vldiscovery`\n")
    assert "**1 of 6 checks failed.**" in text
    assert "| **RAM** | 5,720 | 69.8% | 8,192 | 4,096 | 0 |" in text
    assert "| `tinyml` | +68 | 0 |" in text and "| `weights:old` | -4 | 0 |" in text
    assert "\n\n### " in as_markdown([sample(), sample()])


def without_code(markdown: str) -> str:
    """What is left beside fenced blocks and code spans, as CommonMark finds them."""
    outside, fence = [], False
    for line in markdown.split("\n"):
        if re.fullmatch(r" {0,3}`{3,}\w*[ \t]*", line):
            fence = not fence
        elif not fence:
            outside.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "CODE", line))
    assert not fence
    return "\n".join(outside)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_code_in_markdown(hostile: str) -> None:
    text = as_markdown([with_strings(lambda _: hostile)])
    harmless = as_markdown([with_strings(lambda _: "name" if hostile else "")])
    assert without_code(text) == without_code(harmless)
    assert "CODE" in without_code(harmless) and "name" not in without_code(harmless)
    assert text.count("\n") == harmless.count("\n")
    for row, same in zip(text.split("\n"), harmless.split("\n"), strict=True):
        if same.startswith("|"):
            assert row.count("|") == same.count("|")
    assert len(text) < 65_536
    text.encode("utf-8")


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text_in_xml(hostile: str) -> None:
    text = as_junit([with_strings(lambda _: hostile)])

    def outline(xml: str) -> list[tuple[str, list[str]]]:
        return [(entry.tag, list(entry.attrib)) for entry in ElementTree.fromstring(xml.encode("utf-8")).iter()]

    harmless = as_junit([with_strings(lambda _: "name" if hostile else "")])
    assert outline(text) == outline(harmless)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text_in_sarif(hostile: str) -> None:
    text = as_sarif([with_strings(lambda _: hostile)])
    text.encode("ascii")

    def strings(value: object) -> list[str]:
        if isinstance(value, dict):
            return [found for entry in value.values() for found in strings(entry)]
        if isinstance(value, list):
            return [found for entry in value for found in strings(entry)]
        return [value] if isinstance(value, str) else []

    found = strings(json.loads(text))
    assert found and not any("](" in string for string in found)
    assert all(character.isprintable() or character == "\n" for string in found for character in string)

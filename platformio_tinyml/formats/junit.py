"""JUnit XML, as CI systems read it: one suite per report, one case per check."""

from __future__ import annotations

from collections.abc import Sequence

from .check_names import title
from .document import CheckRow, Document, failed_checks
from .markup import Markup, element


def as_junit(documents: Sequence[Document]) -> str:
    """XML text ending in a newline."""
    suites = element(
        "testsuites",
        *map(_suite, documents),
        tests=sum(len(document.checks) for document in documents),
        failures=sum(len(failed_checks(document)) for document in documents),
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{suites.text}\n'


def _suite(document: Document) -> Markup:
    name = f"tinyml.{document.environment or document.board or 'firmware'}"
    facts = (("board", document.board), ("stage", document.stage), ("memories", document.memories))
    properties = [element("property", name=key, value=value) for key, value in facts if value]
    return element(
        "testsuite",
        element("properties", *properties),
        *(_case(name, check) for check in document.checks),
        name=name,
        tests=len(document.checks),
        failures=len(failed_checks(document)),
        errors=0,
        skipped=0,
        time="0",
    )


def _case(suite: str, check: CheckRow) -> Markup:
    failure = None
    if not check.ok:
        lines = [check.message or title(check.name), *(f"- {line}" for line in check.advice)]
        text = [part for line in lines for part in (line, Markup("\n"))]
        failure = element("failure", *text, message=check.message or title(check.name), type=check.name)
    return element("testcase", failure, classname=suite, name=check.name, time="0")

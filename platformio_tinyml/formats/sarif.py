"""SARIF 2.1.0, as code scanning reads it: every failed check is a result, at the option that set what was not kept.

Source: OASIS Static Analysis Results Interchange Format (SARIF) Version 2.1.0; what GitHub requires of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from .. import __version__
from ..model.naming import printable
from .check_names import TITLES, kind_of, option_of, title
from .document import CheckRow, Document, failed_checks

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(documents: Sequence[Document], ini: str = "platformio.ini", ini_text: str = "") -> str:
    """JSON text ending in a newline; one run per report.

    `ini` is the path of platformio.ini from the root of the repository; with its text, results point at the line of
    the option concerned, else at the first.
    """
    runs = [_run(document, ini, ini_text) for document in documents]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}, indent=1, ensure_ascii=True) + "\n"


def line_of(option: str | None, environment: str | None, ini_text: str) -> int:
    """Line of `option`, in the section of `environment` if it is there, else of its first mention; else of the section.

    1 where nothing is found.
    """
    section = ""
    places: dict[tuple[str | None, str | None], int] = {}
    for number, line in enumerate(ini_text.splitlines(), 1):
        if line.startswith("["):
            section = line.partition("]")[0][1:].strip()
            places.setdefault((section, None), number)
        elif line[:1].isalpha():
            name = line.partition("=")[0].strip().lower()
            places.setdefault((section, name), number)
            places.setdefault((None, name), number)
    own = f"env:{environment}"
    wanted = [(own, option.lower()), (None, option.lower())] if option else []
    return next((places[key] for key in (*wanted, (own, None)) if key in places), 1)


def _run(document: Document, ini: str, ini_text: str) -> dict[str, object]:
    name = document.environment or document.board or "firmware"
    return {
        "tool": {"driver": {"name": "pio-tinyml", "version": __version__, "rules": _RULES}},
        "automationDetails": {"id": f"tinyml/{_text(name)}/"},
        "results": [_result(check, document, ini, ini_text) for check in failed_checks(document)],
    }


_RULES = [
    {"id": kind, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "error"}}
    for kind, text in TITLES.items()
]


def _result(check: CheckRow, document: Document, ini: str, ini_text: str) -> dict[str, object]:
    line = line_of(option_of(check.name), document.environment, ini_text)
    kind = kind_of(check.name)
    identity = "\0".join((document.environment or "", document.board or "", check.name))
    text = "\n".join([check.message or title(check.name), *(f"- {line}" for line in check.advice)])
    return {
        "ruleId": _text(kind),
        **({"ruleIndex": list(TITLES).index(kind)} if kind in TITLES else {}),
        "level": "error",
        "message": {"text": _text(text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": ini, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": line},
                },
                "logicalLocations": [{"name": _text(check.name), "kind": "resource"}],
            }
        ],
        "partialFingerprints": {
            "primaryLocationLineHash": hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:16]
            + ":1"
        },
    }


def _text(text: str) -> str:
    """Text in which no name is a link: `[text](target)` is one in SARIF messages (3.11.6), with a space it is not."""
    return "\n".join(printable(line).replace("](", "] (") for line in text.split("\n"))

"""`report`: report.json as a page, as Markdown, and for CI systems."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path, PurePath
from urllib.parse import quote

from ..errors import ExitCode, UsageError
from ..files import write_text
from ..formats.document import Document, read_document

_EPILOG = """\
OUT is a file, or - for standard output. Several reports (one per environment) go into one Markdown, SARIF or JUnit
file. The exit code says whether the files were written, not whether the checks passed: `check` did that.

example:
  pio-tinyml report .pio/build/nucleo_f446re/tinyml/report.json --html report.html
  pio-tinyml report .pio/build/*/tinyml/report.json --markdown comment.md --sarif tinyml.sarif --junit tinyml.xml"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `report`."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "reports", nargs="+", type=Path, metavar="REPORT.json", help="as `check` and the build write it"
    )
    for name, what in (
        ("html", "one self-contained page"),
        ("markdown", "short, for a comment on a pull request"),
        ("sarif", "SARIF 2.1.0, for code scanning"),
        ("junit", "JUnit XML, one test case per check"),
    ):
        parser.add_argument(f"--{name}", metavar="OUT", help=what)
    parser.add_argument(
        "--ini",
        type=Path,
        default=Path("platformio.ini"),
        metavar="FILE",
        help="platformio.ini from the repository's root: where SARIF puts results (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> ExitCode:
    """Read all reports, then write what was asked for."""
    documents = [read_document(path) for path in args.reports]
    formats: dict[str, Callable[[], str]] = {
        "html": lambda: _html(documents),
        "markdown": lambda: _markdown(documents),
        "sarif": lambda: _sarif(documents, args.ini),
        "junit": lambda: _junit(documents),
    }
    wanted = {name: out for name in formats if (out := getattr(args, name)) is not None}
    if not wanted:
        raise UsageError("no format is asked for", "give --html, --markdown, --sarif or --junit, each with a file")
    texts = [(out, formats[name]()) for name, out in wanted.items()]
    for out, text in texts:
        if out == "-":
            sys.stdout.write(text)
        else:
            write_text(Path(out), text)
    return ExitCode.OK


def _html(documents: list[Document]) -> str:
    from ..formats.html import as_html

    if len(documents) != 1:
        raise UsageError("a page shows one report, several are given", "call it once for each of them")
    return as_html(documents[0])


def _markdown(documents: list[Document]) -> str:
    from ..formats.markdown import as_markdown

    return as_markdown(documents)


def _sarif(documents: list[Document], ini: Path) -> str:
    from ..formats.sarif import as_sarif

    if ini.is_absolute() or ".." in ini.parts:
        raise UsageError(
            f"--ini {ini} does not start from the repository's root", "give a path such as fw/platformio.ini"
        )
    text = ini.read_text("utf-8", errors="replace") if ini.is_file() else ""
    return as_sarif(documents, quote(PurePath(ini).as_posix()), text)


def _junit(documents: list[Document]) -> str:
    from ..formats.junit import as_junit

    return as_junit(documents)

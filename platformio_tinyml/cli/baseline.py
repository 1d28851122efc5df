"""`baseline`: keep the figures of a report, to compare later ones with."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import ExitCode
from ..files import is_special, write_text
from ..formats.baseline import make_baseline
from ..formats.document import read_document
from ..measured.baseline import as_json, merge, read_baselines
from ..model.naming import printable

_EPILOG = """\
The file holds one baseline per environment; those of other environments stay. Commit it, and give it to `check`
with --baseline: reports then show what changed, and a budget may be "baseline + 2 KB".

example:
  pio-tinyml baseline .pio/build/*/tinyml/report.json -o tinyml-baseline.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `baseline`."""
    parser.epilog = _EPILOG
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT.json", help="of a linked firmware")
    parser.add_argument("-o", "--output", type=Path, default=Path("tinyml-baseline.json"), metavar="FILE")


def run(args: argparse.Namespace) -> ExitCode:
    """Read, merge, write."""
    documents = [read_document(path) for path in args.reports]
    old = read_baselines(args.output) if args.output.exists() and not is_special(args.output) else ()
    write_text(args.output, as_json(merge(old, map(make_baseline, documents))))
    for document in documents:
        name = printable(document.environment or document.board or "firmware")
        failed = "" if document.ok else ", of a firmware whose checks failed"
        print(f"{name}: flash {document.flash.used:,}, ram {document.ram.used:,}{failed}")
    return ExitCode.OK

"""`--streams`, `--rows` and `--output-rows` of the commands that plan a model: what does not go together."""

from __future__ import annotations

import argparse
from typing import TypedDict

from ..errors import UsageError
from ..streams import Streams


class Rows(TypedDict):
    """As schedule_arena has them."""

    streams: Streams
    by_rows: bool
    rows_out: bool


def add_rows_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--streams",
        choices=[each.value for each in Streams],
        default=Streams.ON.value,
        help="compiled: run row by row what costs few instructions, nothing, or all that makes the arena smaller "
        "(docs/arena.md)",
    )
    parser.add_argument(
        "--rows",
        action="store_true",
        help="compiled: the application hands the input in row by row (docs/rows.md)",
    )
    parser.add_argument(
        "--output-rows",
        action="store_true",
        help="compiled: the application takes the output row by row (docs/rows.md)",
    )


def rows_of(args: argparse.Namespace) -> Rows:
    """`args.rows` and `args.output_rows`. UsageError where another argument says the opposite."""
    against = {
        "--keep-input": getattr(args, "keep_input", False),
        "--streams off": args.streams == Streams.OFF.value,
        "--share-arena": getattr(args, "whose", None) == "shared",
    }
    for option, is_given in (("--rows", args.rows), ("--output-rows", args.output_rows)):
        for flag in (flag for flag, is_against in against.items() if is_given and is_against):
            raise UsageError(
                f"{option} does not go with {flag}: rows lie in the arena between two calls, and the input is not kept",
                "Leave one of them out.",
            )
    return {"streams": Streams(args.streams), "by_rows": bool(args.rows), "rows_out": bool(args.output_rows)}

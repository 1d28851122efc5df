"""`--rows` of the commands that plan a model: what does not go with it."""

from __future__ import annotations

import argparse

from ..errors import UsageError

ROWS = "compiled: the application hands the input in row by row (docs/rows.md)"


def by_rows(args: argparse.Namespace) -> bool:
    """`args.rows`. UsageError where another argument says the opposite."""
    against = {
        "--keep-input": getattr(args, "keep_input", False),
        "--no-streams": args.no_streams,
        "--share-arena": getattr(args, "whose", None) == "shared",
    }
    for flag in (flag for flag, is_given in against.items() if args.rows and is_given):
        raise UsageError(
            f"--rows does not go with {flag}: the input's rows lie in the arena between two calls, and are not kept",
            "Leave one of them out.",
        )
    return bool(args.rows)

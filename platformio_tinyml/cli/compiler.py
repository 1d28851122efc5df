"""The arguments of commands that build the compiled runtime to compare with."""

from __future__ import annotations

import argparse


def add_compiler_arguments(parser: argparse.ArgumentParser) -> None:
    """Of the project's compiler."""
    parser.add_argument("--compiler", metavar="CC", help="builds the compiled runtime to compare with")
    parser.add_argument(
        "--compiler-flag", metavar="FLAG", action="append", default=[], help="of CC, for machine and libraries"
    )

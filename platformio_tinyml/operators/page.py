"""docs/operators.md, written from the table: `python -m platformio_tinyml.operators.page docs/operators.md`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from .left_out import BEYOND_TFLM, LIMITS, REASONS, TYPES_BEYOND_TFLM
from .lowering import Support
from .model_rules import MODEL_RULES, STRUCTURE_STAGES, VARIABLE_RULES
from .table import OPERATORS

HEAD = """\
# Operators of the compiled runtime

This page is generated (`python -m platformio_tinyml.operators.page docs/operators.md`); each rule is the text that an
error shows. Kernels of int8 give the bytes of TensorFlow Lite Micro's reference kernels.
A sum that leaves 32 bits when it is rescaled, which takes a multiplier far above 1 (rules let it be up to 2^30),
saturates here; TensorFlow Lite Micro's kernels are undefined there, and wrap around as a rule; QUANTIZE,
SQUARED_DIFFERENCE and sums of int16 with a bias of int32 do so here too.
"of" is the type of the first activation that an operator reads, "tflm" whether the runtime tflm has it too. Whole
networks are compared in [zoo.md](zoo.md). How to add an operator: [adding-an-operator.md](adding-an-operator.md).
"""


def operators_page() -> str:
    """The page as Markdown."""
    supports = [support for opcode in sorted(OPERATORS) for support in OPERATORS[opcode]]
    uses = Counter(text for support in supports for text in dict.fromkeys(_texts(support)))
    shared = [text for text, count in uses.items() if count > 2]
    sections = [
        HEAD,
        _table(supports),
        "## What is left out\n",
        "The runtime tflm runs what the project's TensorFlow Lite Micro has; of these the compiled runtime lacks:\n",
        _list([f"{opcode}: {reason}." for opcode, reason in REASONS.items()]),
        "And of single operators:\n",
        _list(list(LIMITS)),
        "## The model as a whole\n",
        _list(
            [
                rule.text
                for rule in (*(rule for stage in STRUCTURE_STAGES for rule in stage), *VARIABLE_RULES, *MODEL_RULES)
            ]
        ),
        "## Rules of several operators\n",
        _list([f"{text} ({', '.join(s.opcode for s in supports if text in _texts(s))})" for text in shared]),
    ]
    for support in supports:
        own = [text for text in _texts(support) if text not in shared]
        if own:
            sections += [f"## {support.opcode}\n", _list(own)]
    return "\n".join(sections)


def _texts(support: Support) -> list[str]:
    return [rule.text for stage in support.rules for rule in stage]


def _table(supports: list[Support]) -> str:
    rows = [
        f"| {support.opcode} | {', '.join(support.types) or 'any'} | {support.summary} | "
        f"{', '.join(f'`{name}`' for name in support.kernels) or '-'} | "
        f"{'no' if _is_beyond_tflm(support) else 'yes'} |"
        for support in supports
    ]
    head = ["| operator | of | what is taken | kernels | tflm |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _is_beyond_tflm(support: Support) -> bool:
    return support.opcode in BEYOND_TFLM or any((support.opcode, kind) in TYPES_BEYOND_TFLM for kind in support.types)


def _list(texts: list[str]) -> str:
    return "\n".join([*(f"* {text.replace('*', chr(92) + '*')}" for text in texts), ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(operators_page(), encoding="utf-8")

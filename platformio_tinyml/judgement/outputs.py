"""What a verification found -> Checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..manifest import Manifest
from ..measured.verification import Verification
from .check import Check

_ADVICE = (
    "look for a kernel, a flag or a linker option that changes arithmetic",
    "run `pio-tinyml verify` on the ELF with other inputs",
)


def judge_outputs(
    verifications: Sequence[Verification], unverified: Sequence[Manifest] = (), *, has_symbols: bool = True
) -> Iterator[Check]:
    """`verify:<model>` for each; `unverified` are models that should have been, and are in the firmware as far as can
    be told: one without symbols (`has_symbols`) may hold any.
    """
    for manifest in unverified:
        why, step = f"the firmware holds it, and does not call {manifest.invoke}", f"call {manifest.invoke}"
        if not has_symbols:
            why, step = "the ELF has no symbols", "link without -s"
        message = f"{manifest.name} was not verified: {why}"
        advice = (f"{step}, or write custom_tinyml_verify = off",)
        yield Check(f"verify:{manifest.name}", False, None, None, message, advice)
    for each in verifications:
        message = f"{each.name} differs from {each.against()}: {each.difference}" if each.difference else ""
        yield Check(f"verify:{each.name}", not message, None, None, message, tuple(_advice(each)) if message else ())


def _advice(of: Verification) -> Iterator[str]:
    """Where the firmware equals an oracle that shares no code with it, the others are rather what is wrong."""
    equal = [each.name for each in of.oracles if each.independent and not each.difference]
    if equal and any(each.difference for each in of.oracles):
        yield f"the firmware equals {' and '.join(equal)}: look at {of.against()} first"
        yield "golden outputs have to be of this very int8 model, as numbers of its output's type"
    else:
        yield from _ADVICE

"""What each kind of check is about, in words: rules of SARIF, headings of the page."""

from __future__ import annotations

from ..budgets import KINDS, kind_of_budget
from ..options import option_name

TITLES = {
    "flash_limit": "Flash of the board",
    "ram_limit": "RAM of the board",
    "other_limit": "A memory that is neither flash nor RAM",
    **{kind.option: kind.title for kind in KINDS},
    "arena": "Arena as planned, in RAM",
    "weights": "Constants are where kernels read them",
    "accuracy": "Accuracy after quantization",
    "init": "Init takes the arena, and no smaller one",
    "invoke": "Invoke succeeds in the emulator",
    "verify": "Outputs equal the oracles'",
    "device": "A device has measured this code",
    "drift": "Nothing but the project moved its figures",
    "copies": "One copy of TensorFlow Lite Micro",
    "stack": "RAM with the stack of init and invoke",
    "link": "The link succeeds",
    "region": "The linker script's region is there",
    "section": "The section lies in a memory",
    "contents": "Flash holds the initial values",
    "code": "The ELF holds code",
    "map": "The linker left a map",
}
"""By what stands before the colon of a check's name; what follows it is a model or a memory."""


def kind_of(check: str) -> str:
    """`ram_budget` of `ram_budget:kws`."""
    return check.partition(":")[0]


def subject_of(check: str) -> str:
    """`kws` of `ram_budget:kws`; "" for the firmware."""
    return check.partition(":")[2]


def title(check: str) -> str:
    """A heading, with the model or memory: `RAM budget: kws`."""
    subject = subject_of(check)
    heading = TITLES.get(kind_of(check), kind_of(check))
    return f"{heading}: {subject}" if subject else heading


def option_of(check: str) -> str | None:
    """The option of platformio.ini that sets the limit, None where none does."""
    kind, subject = kind_of(check), subject_of(check)
    if kind == "accuracy":
        return option_name("max_accuracy_drop", subject)
    return option_name(kind, subject) if kind_of_budget(kind) else None

"""Options of platformio.ini that are none, and were meant to be ours. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .errors import UsageError
from .model.naming import printable
from .options import PER_MODEL, PREFIX, RENAMED, option_name

_OURS = "tinyml"
_CUSTOM = "custom"
_BUDGET = "budget"
_LONG = 18
"""Letters of a name in which two may be wrong; in a shorter one, only one."""


def is_ours(name: str) -> bool:
    """Whether an option begins as all of ours do, also with another sign than the underline behind."""
    return re.fullmatch(rf"{PREFIX}([^a-z0-9].*)?", name) is not None


def unknown_option(name: str, known: Iterable[str], keys: Iterable[str]) -> UsageError:
    """For an option that is not one of `known`; `keys` are what models are called in options."""
    import difflib  # slow to import, and rarely needed

    for old, new in RENAMED.items():
        for key in keys:
            if name == option_name(old, key):
                return UsageError(
                    f"{name} is now called {option_name(new, key)}",
                    f"Write {option_name(new, key)}; {option_name(old)} is of the whole firmware.",
                )
    by_letters = {_letters(each): each for each in known}
    near = difflib.get_close_matches(_letters(name), by_letters, n=1, cutoff=0.5)
    hint = f"Did you mean {by_letters[near[0]]}?" if near else "docs/options.md has them all."
    option = next((option for option in PER_MODEL if name.endswith(f"_{option}")), "")
    of_models = [option_name(option, key) for key in keys] if option else []
    if of_models and not {by_letters[each] for each in near} & set(of_models):
        hint += f" Of one model it is {' or '.join(of_models[:3])}."
    return UsageError(f"unknown option {printable(name)}", hint)


def misspelled(names: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, the option of ours that it nearly is) of options that are none, as `custom_tinmyl_data`.

    What stands before "tinyml" does not count (`custom_platformio_tinyml_data`), and a budget that says nothing of it
    (`custom_flash_budget`) may be meant for us.
    """
    by_letters = {_letters(each): each for each in known}
    for name in names:
        if not is_ours(name):
            near = next(filter(None, (_nearest(letters, by_letters) for letters in _meant(_letters(name)))), None)
            if near:
                yield name, by_letters[near]


def _meant(letters: str) -> Iterator[str]:
    """What the letters of a name may be meant for."""
    if _OURS in letters:
        letters = _CUSTOM + letters[letters.index(_OURS) :]
    yield letters
    if letters.startswith(_CUSTOM) and letters.endswith(_BUDGET):
        yield _CUSTOM + _OURS + letters.removeprefix(_CUSTOM)


def _nearest(letters: str, known: Iterable[str]) -> str | None:
    allowed = 2 if len(letters) >= _LONG else 1 if len(letters) > len(_letters(PREFIX)) + 1 else 0
    return next((each for each in known if _is_within(letters, each, allowed)), None)


def says_tinyml(name: str) -> bool:
    """Whether a custom option begins with TinyML in any spelling: `custom_tiny_ml_data`. It can be nobody else's."""
    return re.match(f"{_CUSTOM}(platformio)?{_OURS}", _letters(name)) is not None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_within(a: str, b: str, allowed: int) -> bool:
    """Whether at most `allowed` letters are wrong, missing, too many, or (each counts once) swapped with the next."""
    if abs(len(a) - len(b)) > allowed:
        return False
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1] <= allowed

"""The last look before a verdict: whether the models that lie in the project are those that the program was made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import SetupError
from ..model.naming import printable
from . import sources
from .stamp import hash_of


def refuse_changed(
    env: Any, config: Config, taken: Mapping[str, sources.Int8Model], headers: Mapping[str, Path]
) -> None:
    """Raises SetupError for a model that changed between its C and the link; by its name, what was `taken` and the
    header, which has the hash of the file that it was generated from.
    """
    for model in config.models:
        found = sources.resolve(env, model, config)
        header = headers[model.name].read_text("utf-8")
        if found != taken[model.name] or hash_of(found.path) not in header:
            raise SetupError(
                f"{printable(str(model.path))} changed while the program was built of it, or its data did",
                "Build again.",
            )

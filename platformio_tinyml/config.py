"""Every `custom_tinyml_*` option of platformio.ini, parsed once. Standard library only; runs inside PlatformIO."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import UsageError
from .model.naming import c_identifier, header_name, printable
from .sizes import parse_size

PREFIX = "custom_tinyml"
MODELS = "models"
"""Folder of a project whose model is taken without being named."""


@dataclass(frozen=True)
class Option:
    """One option: `name` is what follows `custom_tinyml_`, or `custom_tinyml_<model>_`; "" is the switch itself."""

    name: str
    default: str
    example: str
    meaning: str
    per_model: bool = False


OPTIONS = (
    Option("", "on", "off", "Switches the library off for this environment."),
    Option(
        "models",
        "the model in `models/`",
        "models/kws.tflite",
        "The models of the firmware: paths from the project folder, one a line or separated by a comma and a space.",
    ),
    Option(
        "runtime",
        "auto",
        "compiled",
        "What runs the models. `compiled` and `auto` are the same in this version; `tflm` is not in it.",
    ),
    Option("flash_budget", "the board's flash", "128 KB", "The flash that the whole firmware may take."),
    Option("ram_budget", "the board's RAM", "50 percent", "The RAM that the whole firmware may take."),
    Option("keep_input", "no", "yes", "Keep the inputs' memory during invoke, so that inputs hold their values."),
    Option("flash_budget", "none", "96 KB", "The flash that this model's weights may take.", per_model=True),
    Option("ram_budget", "none", "24 KB", "The RAM that this model's arena may take.", per_model=True),
    Option(
        "name",
        "the file's name",
        "wakeword",
        "How the model is called in C and in the report; its other options keep the file's name.",
        per_model=True,
    ),
)
"""All that there is. docs/options.md is this table, and a test says so."""

GLOBAL = tuple(option.name for option in OPTIONS if not option.per_model)
PER_MODEL = tuple(option.name for option in OPTIONS if option.per_model)
RUNTIMES = ("auto", "compiled", "tflm")
_SWITCH = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
_OTHER_FORMATS = (".keras", ".h5")


@dataclass(frozen=True)
class ModelConfig:
    """One model: `path` is absolute, `name` its C name, `key` what its options are called by; budgets as written."""

    key: str
    name: str
    path: Path
    flash_budget: str | None = None
    ram_budget: str | None = None


@dataclass(frozen=True)
class Config:
    """All options of one environment. Without `enabled` there are no models."""

    enabled: bool
    models: tuple[ModelConfig, ...] = ()
    runtime: str = "compiled"
    keep_input: bool = False
    flash_budget: str | None = None
    ram_budget: str | None = None


def parse_config(
    options: Mapping[str, Any], project: Path, *, flash_limit: int | None = None, ram_limit: int | None = None
) -> Config:
    """The configuration in `options`, an environment's options by name; those of others than us are passed over.

    The limits are the board's, in bytes, for budgets in percent. Raises UsageError: an unknown option, a value that is
    none of its option's, a model that is not there, two models of one name, a budget beyond the board's.
    """
    ours = {
        name: str(value).strip() for name, value in options.items() if name == PREFIX or name.startswith(PREFIX + "_")
    }
    if not _switch(ours, "", True):
        return Config(enabled=False)
    keys = _keys(_model_paths(ours.get(_option("models"), ""), project))
    known = [_option(name) for name in GLOBAL] + [_option(name, key) for key in keys for name in PER_MODEL]
    for name in ours:
        if name not in known:
            raise _unknown(name, known)
    for name, limit in (("flash_budget", flash_limit), ("ram_budget", ram_limit)):
        for key in (None, *keys):
            _check_budget(_option(name, key), ours, limit)
    models = tuple(
        ModelConfig(
            key=key,
            name=_name(ours, key, path),
            path=path,
            flash_budget=ours.get(_option("flash_budget", key)),
            ram_budget=ours.get(_option("ram_budget", key)),
        )
        for key, path in keys.items()
    )
    _refuse_equal_names(models)
    return Config(
        enabled=True,
        models=models,
        runtime=_runtime(ours),
        keep_input=_switch(ours, "keep_input", False),
        flash_budget=ours.get(_option("flash_budget")),
        ram_budget=ours.get(_option("ram_budget")),
    )


def _option(name: str, key: str | None = None) -> str:
    return "_".join(part for part in (PREFIX, key, name) if part)


def _switch(ours: Mapping[str, str], name: str, default: bool) -> bool:
    text = ours.get(_option(name))
    if text is None:
        return default
    if text.lower() not in _SWITCH:
        raise UsageError(f"{_option(name)} = {_shown(text)} is neither yes nor no", "Write `on` or `off`.")
    return _SWITCH[text.lower()]


def _runtime(ours: Mapping[str, str]) -> str:
    text = ours.get(_option("runtime"), "auto").lower()
    if text not in RUNTIMES:
        raise UsageError(f"{_option('runtime')} = {_shown(text)} is not a runtime", "Write `compiled` or `auto`.")
    if text == "tflm":
        raise UsageError("the runtime tflm is not in this version", f"Write {_option('runtime')} = compiled.")
    return "compiled"


def _check_budget(option: str, ours: Mapping[str, str], limit: int | None) -> None:
    if option not in ours:
        return
    try:
        budget = parse_size(ours[option], limit)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", error.next_step) from error
    if limit is not None and budget > limit:
        raise UsageError(
            f"{option} = {_shown(ours[option])} is {budget:,} bytes, and the board has {limit:,}",
            "Take a budget within the board's limit.",
        )


def _model_paths(text: str, project: Path) -> tuple[Path, ...]:
    """The models named in `text`; else the one in models/. They may lie outside the project: several can share one."""
    entries = [entry.strip() for entry in re.split(r"\n" if "\n" in text else r",\s+", text) if entry.strip()]
    if not entries:
        return (_only_model(project / MODELS),)
    paths = tuple(project / entry for entry in entries)
    for path in paths:
        _check_model(path, project)
    return paths


def _only_model(folder: Path) -> Path:
    option = _option("models")
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    models = [path for path in there if path.suffix == ".tflite" and path.is_file()]
    if len(models) > 1:
        names = ", ".join(f"{MODELS}/{printable(path.name)}" for path in models)
        raise UsageError(f"several models in {MODELS}/: {names}", f"Name those to take in {option}.")
    if not models:
        others = [printable(path.name) for path in there if _is_other_format(path)]
        found = f" (this version does not read {MODELS}/{others[0]})" if others else ""
        raise UsageError(
            f"no model: no .tflite file in {MODELS}/{found}",
            f"Put an int8 .tflite file there, name it in {option}, or write {PREFIX} = off.",
        )
    return models[0]


def _check_model(path: Path, project: Path) -> None:
    option, shown = _option("models"), printable(str(path))
    if _is_other_format(path):
        raise UsageError(f"{option}: this version does not read {shown}", "Convert it to an int8 .tflite file.")
    if path.is_file():
        return
    if path.is_dir():
        raise UsageError(f"{option}: {shown} is a folder", "Name the .tflite files in it.")
    there = [p.relative_to(project).as_posix() for p in sorted((project / MODELS).glob("*.tflite"))]
    near = f" Is it {printable(there[0])}?" if len(there) == 1 else ""
    raise UsageError(f"{option}: there is no file {shown}", f"Paths start from the project folder.{near}")


def _is_other_format(path: Path) -> bool:
    return path.suffix in _OTHER_FORMATS or (path / "saved_model.pb").is_file()


def _keys(paths: Iterable[Path]) -> dict[str, Path]:
    """What each model is called in option names, which PlatformIO lowers; `kws.int8.tflite` is the model kws."""
    keys: dict[str, Path] = {}
    for path in paths:
        key = c_identifier(_stem(path)).lower()
        if key in keys:
            raise UsageError(
                f"two models are called {key}: {printable(str(keys[key]))} and {printable(str(path))}",
                "Rename one of the files.",
            )
        keys[key] = path
    return keys


def _stem(path: Path) -> str:
    stem = path.name[: -len(path.suffix)] if path.suffix else path.name
    return stem[: -len(".int8")] if stem.endswith(".int8") else stem


def _name(ours: Mapping[str, str], key: str, path: Path) -> str:
    option = _option("name", key)
    name = ours.get(option, c_identifier(_stem(path)))
    if name != c_identifier(name):
        raise UsageError(
            f"{option} = {_shown(name)} cannot begin names in C",
            f"Take letters, digits and single underscores, for example {c_identifier(name)}.",
        )
    return name


def _refuse_equal_names(models: Iterable[ModelConfig]) -> None:
    """Macros are in capitals and some file systems ignore case, so `KWS` is `kws`; `x` and `x_model` share a header."""
    seen: dict[str, ModelConfig] = {}
    for model in models:
        other = seen.setdefault(header_name(model.name).lower(), model)
        if other is not model:
            raise UsageError(
                f"the models {other.name} and {model.name} would share the header {header_name(model.name)}",
                f"Give one of them another name: {_option('name', model.key)} = ...",
            )


def _unknown(name: str, known: Iterable[str]) -> UsageError:
    import difflib  # slow to import, and rarely needed

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else "docs/options.md has them all."
    return UsageError(f"unknown option {printable(name)}", hint)


def _shown(text: str) -> str:
    return printable(repr(text if len(text) <= 40 else text[:40] + "..."))

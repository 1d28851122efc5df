"""Every `custom_tinyml_*` option of platformio.ini, parsed once into a Config. Standard library only; runs inside
PlatformIO.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .budget_options import parse_baseline, parse_budgets, parse_drop
from .config import AUTO, DEVICE, DEVICE_FILE, GOLDEN, GOLDEN_SUFFIXES, Config, ModelConfig
from .custom_operators import parse_custom_operators
from .errors import UsageError
from .misspelled import is_ours, misspelled, says_tinyml, unknown_option
from .model.naming import c_identifier, header_name, printable
from .model_files import find_models, model_stem
from .options import GLOBAL, PER_MODEL, given, option_name, shown
from .sizes import parse_size, parse_time
from .streams import Streams

RUNTIMES = ("auto", "compiled", "tflm")
REQUIRED = ("bound", "emulated", DEVICE)
ARENA_FROM = ("probe", "firmware")
INPUT_TYPES = ("int8", "float")
ACTIVATIONS = ("int8", "int16")
RANDOM = "random"
_SWITCH = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


def parse_config(
    options: Mapping[str, Any],
    project: Path,
    *,
    flash_limit: int | None = None,
    ram_limit: int | None = None,
    makes_baseline: bool = False,
) -> Config:
    """The configuration in `options`, an environment's options by name; those of others than us are passed over.

    The limits are the board's, in bytes, for budgets in percent. With `makes_baseline` the baseline need not be there
    yet. Raises UsageError: an unknown option, a value that is
    none of its option's, a model that is not there, two models of one name, a budget beyond the board's.
    """
    ours = {name: str(value).strip() for name, value in options.items() if is_ours(name)}
    if not _switch(ours, "", True):
        return Config(enabled=False)
    keys = _keys(find_models(str(options.get(option_name("models"), "")), project))
    known = _known(keys)
    ours = _by_key(ours, keys, known)
    for name in (*ours, *(name for name, _ in misspelled(options, known) if says_tinyml(name))):
        if name not in known:
            raise unknown_option(name, known, keys)
    baseline = parse_baseline(ours, project, makes_baseline)
    models = tuple(
        ModelConfig(
            key=key,
            name=_name(ours, key, path),
            path=path,
            arena_size=_size(ours, option_name("arena_size", key), None),
            user_arena=_user_arena(ours, option_name("arena", key)),
            by_rows=_by_rows(ours, option_name("input", key)),
            rows_out=_by_rows(ours, option_name("output", key)),
            data=_data(ours, key, project),
            evaluation=_path(ours, "eval", key, project),
            input_type=_one_of(ours, "input_type", INPUT_TYPES, key),
            activations=_one_of(ours, "activations", ACTIVATIONS, key),
            max_accuracy_drop=parse_drop(ours, key, baseline),
        )
        for key, path in keys.items()
    )
    _refuse_equal_names(models)
    limits = {"flash": flash_limit, "ram": ram_limit}
    custom_operators = _custom_operators(ours)
    return Config(
        enabled=True,
        models=models,
        runtime=_runtime(ours),
        keep_input=_switch(ours, "keep_input", False),
        simplify=_switch(ours, "simplify", True),
        streams=_streams(ours),
        budgets=tuple(parse_budgets(ours, {model.key: model.name for model in models}, limits, baseline)),
        baseline=baseline,
        arena_margin=_size(ours, option_name("arena_margin"), 0),
        share_arena=_switch(ours, "share_arena", False),
        split_arena=_split_arena(ours, models),
        persistent_section=_persistent_section(ours),
        arena_section=_section(ours, "arena_section", ".bss.ccm"),
        weights_section=_weights_section(ours),
        offline_plan=_offline_plan(ours),
        twin=_switch(ours, "twin", True),
        python=_python(ours, project),
        wheels=_folder(ours, "wheels", project),
        cache=_folder(ours, "cache", project),
        allow_unsafe=_switch(ours, "allow_unsafe", False),
        allow_float=_switch(ours, "allow_float", False) if option_name("allow_float") in ours else None,
        require=_require(ours),
        verify=_verify(ours, models),
        profile=_switch(ours, "profile", True),
        # The functions are the project's: in the firmware they are, in the library they are not.
        arena_from=_arena_from(ours, "firmware" if custom_operators else "probe"),
        custom_operators=custom_operators,
        device=project / DEVICE_FILE if (project / DEVICE_FILE).is_file() else None,
        selftest_port=_selftest_port(ours, project),
        selftest_timeout=parse_time(ours.get(option_name("selftest_timeout"), "60 s"), None) / 1e6,
    )


def remarks(options: Mapping[str, Any], config: Config) -> Iterator[str]:
    """What to say of options that may be somebody else's, and look like ours."""
    near = dict(misspelled(options, _known(model.key for model in config.models)))
    for name in options:
        if name in near:
            yield f"{printable(name)} is no option of TinyML, and limits nothing: is {near[name]} meant?"
        elif says_tinyml(name) and not is_ours(name):
            yield f"{printable(name)} is no option of TinyML, and limits nothing: docs/options.md has them all"


def _known(keys: Iterable[str]) -> list[str]:
    return [option_name(name) for name in GLOBAL] + [option_name(name, key) for key in keys for name in PER_MODEL]


def _switch(ours: Mapping[str, str], name: str, default: bool) -> bool:
    text = ours.get(option_name(name))
    if text is None:
        return default
    if text.lower() not in _SWITCH:
        raise UsageError(f"{option_name(name)} = {shown(text)} is neither yes nor no", "Write `on` or `off`.")
    return _SWITCH[text.lower()]


def _runtime(ours: Mapping[str, str]) -> str:
    text = ours.get(option_name("runtime"), "auto").lower()
    if text not in RUNTIMES:
        known = "`auto`, `compiled` or `tflm`"
        raise UsageError(f"{option_name('runtime')} = {shown(text)} is not a runtime", f"Write {known}.")
    return text


def _section(ours: Mapping[str, str], option: str, example: str) -> str | None:
    text = ours.get(option_name(option))
    if text is not None and not re.fullmatch(r"[A-Za-z_.][A-Za-z0-9_.]*", text):
        raise UsageError(f"{option_name(option)} = {shown(text)} is not a section's name", f"Take one like {example}.")
    return text


def _weights_section(ours: Mapping[str, str]) -> str | None:
    section = _section(ours, "weights_section", ".progmem")
    if section and f"{section}.".startswith((".bss.", ".noinit.", ".tbss.")):
        raise UsageError(
            f"{option_name('weights_section')} = {section}: sections called so hold no values",
            "Take one of flash, like .progmem; arenas have arena_section.",
        )
    return section


def _offline_plan(ours: Mapping[str, str]) -> bool:
    option, text = option_name("offline_plan"), ours.get(option_name("offline_plan"), "auto").lower()
    if text not in ("auto", "off"):
        raise UsageError(f"{option} = {shown(text)} is neither auto nor off", "Write `auto` or `off`.")
    return text == "auto"


def _require(ours: Mapping[str, str]) -> str:
    option, text = option_name("require"), ours.get(option_name("require"), "bound").lower()
    if text not in REQUIRED:
        raise UsageError(
            f"{option} = {shown(text)} is none of {', '.join(REQUIRED)}", "Write `bound`, `emulated` or `device`."
        )
    return text


def _selftest_port(ours: Mapping[str, str], project: Path) -> Path | None:
    option, text = option_name("selftest_port"), ours.get(option_name("selftest_port"))
    path = project / Path(text).expanduser() if text else None
    if path and (not path.is_file() or path.suffix not in (".c", ".cpp", ".cc")):
        raise UsageError(f"{option}: {printable(str(path))} is no C or C++ source", "Name one (docs/device.md).")
    return path


def _arena_from(ours: Mapping[str, str], default: str) -> str:
    option, text = option_name("arena_from"), ours.get(option_name("arena_from"), default).lower()
    if text not in ARENA_FROM:
        raise UsageError(f"{option} = {shown(text)} is neither probe nor firmware", "Write `probe` or `firmware`.")
    return text


def _custom_operators(ours: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    option = option_name("custom_operators")
    return parse_custom_operators(ours.get(option, ""), option)


def _verify(ours: Mapping[str, str], models: Iterable[ModelConfig]) -> str | None:
    option, text = option_name("verify"), ours.get(option_name("verify"), AUTO).lower()
    if text == "off":
        return None
    if text not in (AUTO, GOLDEN) and not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise UsageError(
            f"{option} = {shown(text)} is no number of inputs",
            "Write `auto`, `off`, `golden`, or a number from 1 to 9999.",
        )
    for model in models:
        if text in (AUTO, GOLDEN) and len(model.golden_files()) > 1:
            names = " and ".join(printable(path.name) for path in model.golden_files())
            raise UsageError(f"{option} = {text}: there are {names}", "Leave the one that is meant.")
        if text == GOLDEN and not model.golden.is_file():
            raise UsageError(
                f"{option} = golden: there is no file {printable(str(model.golden))}, nor one that "
                f"ends in {' or '.join(GOLDEN_SUFFIXES[1:])}",
                "Save inputs there (docs/verify.md, Golden inputs), or give a number of inputs to generate.",
            )
    return text


def _user_arena(ours: Mapping[str, str], option: str) -> bool:
    text = ours.get(option, "").lower()
    if text not in ("", "user"):
        raise UsageError(f"{option} = {shown(text)} is not `user`", "Write `user`, or leave the option out.")
    return text == "user"


def _split_arena(ours: Mapping[str, str], models: Iterable[ModelConfig]) -> bool:
    split = _switch(ours, "split_arena", False)
    for model in models if split else ():
        against = {"arena_size": model.arena_size is not None, "arena": model.user_arena}
        for name in (name for name, is_given in against.items() if is_given):
            raise UsageError(
                f"{option_name('split_arena')} does not go with {option_name(name, model.key)}: a split arena is two "
                "arrays, which the build measures",
                f"Leave one of them out. {model.name}_init_with takes memory of yours all the same.",
            )
    return split


def _persistent_section(ours: Mapping[str, str]) -> str | None:
    section = _section(ours, "persistent_section", ".bss.psram")
    if section and not _switch(ours, "split_arena", False):
        raise UsageError(
            f"{option_name('persistent_section')} places nothing: the arena is not split",
            f"Write {option_name('split_arena')} = yes too, or leave it out.",
        )
    return section


def _streams(ours: Mapping[str, str]) -> Streams:
    if ours.get(option_name("streams"), "").lower() == Streams.LEAST.value:
        return Streams.LEAST
    return Streams.ON if _switch(ours, "streams", True) else Streams.OFF


def _by_rows(ours: Mapping[str, str], option: str) -> bool:
    text = ours.get(option, "").lower()
    if text not in ("", "whole", "rows"):
        raise UsageError(f"{option} = {shown(text)} is neither whole nor rows", "Write `whole` or `rows`.")
    against = (
        ("keep_input", _switch(ours, "keep_input", False), "no"),
        ("share_arena", _switch(ours, "share_arena", False), "no"),
        ("streams", _streams(ours) is Streams.OFF, "on"),
    )
    for name, is_against, wanted in against if text == "rows" else ():
        if is_against:
            raise UsageError(
                f"{option} = rows does not go with {option_name(name)} = {shown(ours[option_name(name)])}: "
                "rows lie in the arena between two calls, and the input is not kept",
                f"Write `{option_name(name)} = {wanted}`, or `{option} = whole`.",
            )
    return text == "rows"


def _size(ours: Mapping[str, str], option: str, whole: int | None) -> str | None:
    """The option's text, a size; also in percent if `whole`, what a percentage is of, is not None."""
    text = ours.get(option)
    if text is not None:
        try:
            parse_size(text, whole)
        except UsageError as error:
            raise UsageError(f"{option}: {error.message}", error.next_step) from error
    return text


def _path(ours: Mapping[str, str], name: str, key: str, project: Path) -> Path | None:
    """Whether it is there matters only to a conversion: a locked model is built without its data."""
    found = given(ours, name, key)
    return None if found is None else project / Path(found[1]).expanduser()


def _data(ours: Mapping[str, str], key: str, project: Path) -> str | None:
    path = _path(ours, "data", key, project)
    if path is None or path == project / RANDOM:
        return None if path is None else RANDOM
    return str(path)


def _one_of(ours: Mapping[str, str], name: str, words: tuple[str, str], key: str) -> str:
    """One of two words; the first where nothing is said."""
    option, text = given(ours, name, key) or ("", words[0])
    if text not in words:
        raise UsageError(
            f"{option} = {shown(text)} is neither {words[0]} nor {words[1]}", f"Write `{words[0]}` or `{words[1]}`."
        )
    return text


def _python(ours: Mapping[str, str], project: Path) -> str | None:
    """A path from the project folder, or a name to be found on the PATH."""
    text = ours.get(option_name("python"))
    is_path = text and ("/" in text or "\\" in text)
    return str(project / Path(text).expanduser()) if text and is_path else text or None


def _folder(ours: Mapping[str, str], name: str, project: Path) -> Path | None:
    """Whether it is there matters only where it is used. Empty, as of a variable that is not set, is none."""
    text = ours.get(option_name(name))
    return project / Path(text).expanduser() if text else None


def _keys(paths: Iterable[Path]) -> dict[str, Path]:
    """What each model is called in option names, which PlatformIO lowers; `kws.int8.tflite` is the model kws."""
    keys: dict[str, Path] = {}
    for path in paths:
        key = c_identifier(model_stem(path)).lower()
        if key in keys:
            raise UsageError(
                f"two models are called {key}: {printable(str(keys[key]))} and {printable(str(path))}",
                "Rename one of the files.",
            )
        keys[key] = path
    return keys


def _by_key(ours: Mapping[str, str], keys: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """`ours`, with the options of a model that were given by its C name under the name that its file gives them."""
    named = dict(ours)
    for key in keys:
        name = ours.get(option_name("name", key), key).lower()
        for option, mine in ((option_name(each, name), option_name(each, key)) for each in PER_MODEL):
            if option in ours and option not in known:
                if mine in ours:
                    raise UsageError(f"{option} and {mine} are the same option", "Write one of them.")
                named[mine] = named.pop(option)
    return named


def _name(ours: Mapping[str, str], key: str, path: Path) -> str:
    option = option_name("name", key)
    name = ours.get(option, c_identifier(model_stem(path)))
    if name != c_identifier(name):
        raise UsageError(
            f"{option} = {shown(name)} cannot begin names in C",
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
                f"Give one of them another name: {option_name('name', model.key)} = ...",
            )

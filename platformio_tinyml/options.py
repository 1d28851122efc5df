"""The table of all `custom_tinyml_*` options of platformio.ini. What they mean to a build is `config_options.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .budgets import KINDS
from .model.naming import printable

PREFIX = "custom_tinyml"


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
        "The models of the firmware: paths from the project folder, one a line or separated by a comma and a space. C "
        "source with a model as an array too: `src/model.h`, or `src/models.h#g_model` where it has several.",
    ),
    Option(
        "runtime",
        "auto",
        "compiled",
        "What runs the models: `tflm`, the project's TensorFlow Lite Micro; `compiled`, C of this library's own; "
        "`auto`, TFLM where a library of the project has it.",
    ),
    *(Option(kind.option, kind.default, kind.example, kind.meaning) for kind in KINDS),
    Option(
        "baseline",
        "`tinyml-baseline.json`, if it is there",
        "ci/baseline.json",
        "Figures of an earlier firmware to compare with (ci.md); budgets may then be `baseline + 2 KB`.",
    ),
    Option(
        "keep_input",
        "no",
        "yes",
        "Inputs hold their values after invoke, whatever RAM that takes. Where it takes none they do anyway; the table "
        "says where not.",
    ),
    Option(
        "simplify",
        "on",
        "off",
        "compiled: leave out what does not change the outputs, such as channels of one value (simplify.md).",
    ),
    Option(
        "streams",
        "on",
        "least",
        "compiled: run operators row by row where that makes the arena smaller, with equal outputs, and costs few "
        "instructions. `least`: whatever it costs; `off`: never (arena.md).",
    ),
    Option(
        "data",
        "none",
        "training/samples.npz",
        "Samples like those of the device, to make models int8 that are not; `random` for a first look. Each of this "
        "and the next three may be given for one model: `custom_tinyml_<model>_data`.",
    ),
    Option("eval", "none", "training/test.npz", "`x` and `y` of a test set, to measure what int8 costs."),
    Option(
        "max_accuracy_drop",
        "none",
        "2 percent",
        "The build fails above it; of the metric in the report. Or `baseline + 1 percent`.",
    ),
    Option("input_type", "int8", "float", "The type of inputs and outputs of a model that is made int8."),
    Option(
        "activations",
        "int8",
        "int16",
        "The type between the layers of a model that is made int8: `int16` is exacter and slower, and takes twice the "
        "arena (quantize.md).",
    ),
    Option("python", "our own set", "../venv/bin/python", "An interpreter that has TensorFlow, to convert models."),
    Option(
        "wheels",
        "none",
        "../wheels",
        "A folder of wheels that the build's Python packages are installed from, on a computer without a network "
        "(packages.md).",
    ),
    Option(
        "cache",
        "none",
        "${sysenv.HOME}/tinyml-cache",
        "A folder that environments, projects and computers share: what one has converted, generated, probed, profiled "
        "or verified the others take (ci.md).",
    ),
    Option("allow_unsafe", "no", "yes", "Load models that contain code (Keras Lambda layers), and run it."),
    Option(
        "allow_float",
        "where it is cheap",
        "yes",
        "Build a float .tflite without samples as it is. Without this option: on cores with a floating point unit, and "
        "of models below 64 KB.",
    ),
    Option("arena_margin", "none", "5 percent", "tflm: what is added to the smallest arena that the model takes."),
    Option(
        "share_arena",
        "no",
        "yes",
        "All models run in one arena, of the size of the largest: to invoke one destroys the inputs and outputs of the "
        "others (header.md).",
    ),
    Option(
        "split_arena",
        "no",
        "yes",
        "tflm: what outlives an invoke lies in an array of its own, `<model>_persistent`, beside `<model>_arena`. "
        "Models that share an arena share that alone, and each is made once (tflm.md).",
    ),
    Option("persistent_section", "none", ".bss.psram", "tflm: the section of those arrays, where the arena is split."),
    Option("arena_section", "none", ".bss.ccm", "The section that the arenas go to; the linker script places it."),
    Option(
        "weights_section",
        "none",
        ".progmem",
        "The section that the weights go to, for cores whose linker script copies `.rodata` to RAM (Teensy 4).",
    ),
    Option(
        "arena_from",
        "probe",
        "firmware",
        "tflm: what is run to measure the arena: `probe`, the library and the generated code alone, or `firmware`, the "
        "whole program, linked twice. With custom operators `firmware` is the default.",
    ),
    Option(
        "custom_operators",
        "none",
        "MyOp = my::Register_MY_OP",
        "tflm: custom operators that the library does not have, each with the project's C++ function that returns a "
        "pointer to its registration; one a line, or separated by commas.",
    ),
    Option("offline_plan", "auto", "off", "tflm: whether our plan of the arena may replace TFLM's own."),
    Option(
        "twin",
        "on",
        "off",
        "tflm: whether the library is built for RV32 too, to take the arena from it, where the target cannot be "
        "emulated and such a compiler is there (tflm.md).",
    ),
    Option(
        "require",
        "bound",
        "emulated",
        "How well figures have to be known. `emulated`, with tflm, refuses targets that the emulator does not have; "
        "`device` fails where no device has measured this code of a model (device.md).",
    ),
    Option(
        "verify",
        "auto",
        "golden",
        "Compare the linked models' outputs with another implementation's (verify.md). `auto`: wherever that can be "
        "done, on one generated input, or on `<model>.golden.npz`, `.npy` or `.bin` where it lies beside the model. A "
        "number of generated inputs, or `golden`: the build fails where it cannot be done. `off`: the report says so.",
    ),
    Option(
        "profile",
        "on",
        "off",
        "Count instructions and stack of each linked model in the emulator, or estimate them where it cannot run "
        "(profile.md).",
    ),
    Option(
        "selftest_port",
        "`Serial`, or standard output",
        "test/port.c",
        "The source with the two functions of the self test's port (device.md), where `printf` goes nowhere.",
    ),
    Option(
        "selftest_timeout",
        "60 s",
        "300 s",
        "How long the self test waits for another line of the device's, an invoke at most.",
    ),
    *(
        Option(kind.option, "none", kind.model_example, kind.model_meaning, per_model=True)
        for kind in KINDS
        if kind.model_meaning
    ),
    Option(
        "arena_size",
        "the smallest that works",
        "24 KB",
        "tflm: the size of this model's arena, by hand. A smaller one than the model takes is an error.",
        per_model=True,
    ),
    Option(
        "arena",
        "the build's",
        "user",
        "`user`: the application gives the model its memory, with `<model>_init_with(memory, size)` (header.md).",
        per_model=True,
    ),
    Option(
        "input",
        "whole",
        "rows",
        "compiled: `rows`: the application hands the input in row by row, with `<model>_push_row(row)`; the arena "
        "does not hold it whole where that takes less (rows.md).",
        per_model=True,
    ),
    Option(
        "output",
        "whole",
        "rows",
        "compiled: `rows`: the application takes the output row by row, with `<model>_pop_row()`; the arena does "
        "not hold it whole where that takes less (rows.md).",
        per_model=True,
    ),
    Option(
        "name",
        "the file's name",
        "wakeword",
        "How the model is called in C and in the report; its other options may be called by either name.",
        per_model=True,
    ),
    Option("data", "`custom_tinyml_data`", "training/kws.npz", "As `custom_tinyml_data`.", per_model=True),
    Option("eval", "`custom_tinyml_eval`", "training/kws_test.npz", "As `custom_tinyml_eval`.", per_model=True),
    Option("max_accuracy_drop", "`custom_tinyml_max_accuracy_drop`", "0.02", "As for all models.", per_model=True),
    Option("input_type", "`custom_tinyml_input_type`", "float", "As for all models.", per_model=True),
    Option("activations", "`custom_tinyml_activations`", "int16", "As for all models.", per_model=True),
)
"""All that there is. docs/options.md is this table, and a test says so."""

RENAMED = {"flash_budget": "model_size_budget", "ram_budget": "arena_budget"}
"""Options of a model that were called otherwise, for an error that says so."""

GLOBAL = tuple(option.name for option in OPTIONS if not option.per_model)
PER_MODEL = tuple(option.name for option in OPTIONS if option.per_model)


def option_name(name: str, key: str | None = None) -> str:
    """The full name of an option: of all models, or of the one that is called `key`."""
    return "_".join(part for part in (PREFIX, key, name) if part)


def given(ours: Mapping[str, str], name: str, key: str) -> tuple[str, str] | None:
    """The option of the model, else that of all models: (its full name, its value). Empty is not given."""
    for option in (option_name(name, key), option_name(name)):
        if ours.get(option):
            return option, ours[option]
    return None


def shown(text: str) -> str:
    """A value as messages have it: printable and short."""
    return printable(repr(text if len(text) <= 40 else text[:40] + "..."))

"""Options of platformio.ini: what they mean, and how a mistake is told."""

import re
from pathlib import Path

import pytest

from platformio_tinyml.budgets import KINDS
from platformio_tinyml.config import Config
from platformio_tinyml.config_options import parse_config, remarks
from platformio_tinyml.custom_operators import parse_custom_operator
from platformio_tinyml.errors import UsageError
from platformio_tinyml.options import GLOBAL, OPTIONS, PER_MODEL, PREFIX
from platformio_tinyml.streams import Streams


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("models/kws.tflite", "models/b/My-Net v2.tflite", "../shared.tflite"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "project"


def parse(
    project: Path, flash_limit: int | None = 1024 * 1024, ram_limit: int | None = 128 * 1024, **options: str
) -> Config:
    named = {f"custom_tinyml_{name}" if name else "custom_tinyml": value for name, value in options.items()}
    return parse_config(named, project, flash_limit=flash_limit, ram_limit=ram_limit)


def refusal(project: Path, **options: str) -> str:
    with pytest.raises(UsageError) as error:
        parse(project, **options)
    return f"{error.value.message} | {error.value.next_step}"


def test_defaults(project):
    config = parse(project)
    assert [(m.name, m.key, m.path) for m in config.models] == [("kws", "kws", project / "models" / "kws.tflite")]
    assert (config.enabled, config.runtime, config.keep_input) == (True, "auto", False)
    assert config.budgets == ()


def test_options_of_others_are_passed_over(project):
    others = {"board": "uno", "custom_tinymlx": "1", "custom_tiny": "2", "upload_port": "x"}
    assert parse_config(others, project) == parse_config({}, project)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("custom_tinmyl_flash_budget", "is custom_tinyml_flash_budget meant?"),
        ("custom_flash_budget", "is custom_tinyml_flash_budget meant?"),
        ("custom_kws_arena_budget", "is custom_tinyml_kws_arena_budget meant?"),
        ("platformio_tinyml_ram_budget", "is custom_tinyml_ram_budget meant?"),
        ("board_tinyml.flash_budget", "is custom_tinyml_flash_budget meant?"),
        ("custom_tinymlbudget", "docs/options.md has them all"),
        ("custom_disk_budget", ""),
        ("custom_budget", ""),
        ("custom_python", ""),
    ],
)
def test_what_limits_nothing_is_said(project, name, meant):
    options = {name: "4 KB"}
    said = list(remarks(options, parse_config(options, project)))
    assert said == ([f"{name} is no option of TinyML, and limits nothing: {meant}"] if meant else [])


def test_the_librarys_whole_name_in_an_option(project):
    with pytest.raises(UsageError, match="unknown option custom_platformio_tinyml_flash_budget") as caught:
        parse_config({"custom_platformio_tinyml_flash_budget": "4 KB"}, project)
    assert "Did you mean custom_tinyml_flash_budget?" in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "models/kws.tflite, models/b/My-Net v2.tflite",
        "\nmodels/kws.tflite\n  models/b/My-Net v2.tflite\n",
        "models/kws.tflite, models/b/My-Net v2.tflite,",
        "\nmodels/kws.tflite,\n  models/b/My-Net v2.tflite,\n",
    ],
)
def test_several_models(project, text):
    assert [(m.key, m.name) for m in parse(project, models=text).models] == [("kws", "kws"), ("my_net_v2", "My_Net_v2")]


def test_a_comma_in_a_path(project):
    (project / "models" / "a, b.tflite").touch()
    config = parse(project, models="models/kws.tflite\nmodels/a, b.tflite")
    assert [model.name for model in config.models] == ["kws", "a_b"]


def test_a_model_outside_the_project(project):
    assert parse(project, models="../shared.tflite").models[0].name == "shared"


def test_options_of_a_model(project):
    options = {
        "my_net_v2_model_size_budget": "1 KB",
        "my_net_v2_arena_budget": "50%",
        "my_net_v2_arena_size": "3 KB",
        "my_net_v2_name": "net",
        "ram_budget": "2 KB",
    }
    config = parse(project, models="models/kws.tflite, models/b/My-Net v2.tflite", **options)
    kws, net = config.models
    assert (net.name, net.arena_size, kws.name, kws.arena_size) == ("net", "3 KB", "kws", None)
    assert [(budget.kind.argument, budget.value) for budget in config.budgets] == [
        ("--ram-budget", "2 KB"),
        ("--model-size-budget", "net=1 KB"),
        ("--arena-budget", "net=50%"),
    ]


def test_options_by_the_name_in_c(project):
    """Messages and reports know a model by its C name: what they say is to be typed serves."""
    both = "models/kws.tflite, models/b/My-Net v2.tflite"
    kws, net = parse(project, models=both, my_net_v2_name="Wakeword", wakeword_arena_size="3 KB").models
    assert (kws.arena_size, net.arena_size) == (None, "3 KB")
    twice = {"my_net_v2_name": "Wakeword", "wakeword_arena_size": "3 KB", "my_net_v2_arena_size": "4 KB"}
    assert "are the same option" in refusal(project, models=both, **twice)
    # A name that is another model's, or makes a global option, takes nothing from these.
    taken = parse(project, models=both, my_net_v2_name="arena", arena_budget="3 KB")
    assert [budget.model for budget in taken.budgets] == [""]


def test_models_whose_names_are_options(project):
    """A model may be called as its options are: none of its options is another's, nor the firmware's."""
    names = [*(name for name in GLOBAL if name), *PER_MODEL]
    for name in names:
        (project / "models" / "b" / f"{name}.tflite").touch()
    paths = "\n".join(f"models/b/{name}.tflite" for name in dict.fromkeys(names))
    given = {
        f"{key}_{kind.option}": kind.model_example
        for key in dict.fromkeys(names)
        for kind in KINDS
        if kind.model_meaning
    }
    given |= {f"{key}_arena_size": "6" for key in names}
    config = parse(project, models=paths, **given, **{kind.option: kind.example for kind in KINDS})
    assert [budget.kind for budget in config.budgets if not budget.model] == list(KINDS)
    assert all(budget.text == budget.kind.example for budget in config.budgets if not budget.model)
    of_models = [budget for budget in config.budgets if budget.model]
    assert len(of_models) == len(given) - len(config.models)
    assert all(budget.text == budget.kind.model_example for budget in of_models)
    assert {model.arena_size for model in config.models} == {"6"}


def test_locked_form(project):
    (project / "models" / "kws.tflite").rename(project / "models" / "kws.int8.tflite")
    assert parse(project).models[0].name == "kws"


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (("kws.keras",), "kws.keras"),
        (("kws.h5",), "kws.h5"),
        (("kws/saved_model.pb", "kws/variables/variables.index", "README.md"), "kws"),
        (("kws.keras", "kws.int8.tflite", "kws.tinyml.lock"), "kws.keras"),
        (("kws.tflite", "kws.int8.tflite", "kws.tinyml.lock"), "kws.tflite"),
        (("kws/saved_model.pb", "kws.int8.tflite", "kws.tinyml.lock"), "kws"),
        (("kws.int8.tflite", "kws.tinyml.lock"), "kws.int8.tflite"),
    ],
)
def test_sources(tmp_path, files, taken):
    for name in files:
        (tmp_path / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / name).touch()
    model = parse(tmp_path).models[0]
    assert (model.path, model.name, model.data) == (tmp_path / "models" / taken, "kws", None)


@pytest.mark.parametrize("name", ["kws.lite", "kws.TFLITE", "kws.bin", "kws"])
def test_a_model_of_tensorflow_lite_by_its_first_bytes(tmp_path, name):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_bytes(b"\x1c\0\0\0TFL3" + bytes(8))
    (tmp_path / "models" / "notes.bin").write_bytes(bytes(16))
    assert parse(tmp_path).models[0].path == tmp_path / "models" / name


def test_options_of_a_conversion(project):
    options = {"data": "d/all.npz", "my_net_v2_data": "random", "eval": "e.npz", "max_accuracy_drop": "2 percent"}
    more = {"kws_input_type": "float", "kws_activations": "int16", "python": "venv/bin/python", "allow_unsafe": "yes"}
    config = parse(project, models="models/kws.tflite, models/b/My-Net v2.tflite", **options, **more)
    kws, net = config.models
    assert (kws.data, net.data) == (str(project / "d" / "all.npz"), "random")
    assert kws.evaluation == net.evaluation == project / "e.npz"
    assert (kws.activations, net.activations) == ("int16", "int8")
    assert (kws.input_type, net.input_type, kws.max_accuracy_drop) == ("float", "int8", "2 percent")
    assert (config.python, config.allow_unsafe) == (str(project / "venv" / "bin" / "python"), True)
    assert parse(project, python="python3.12").python == "python3.12"


def test_streams(project):
    found = [parse(project, streams=text).streams for text in ("yes", "OFF", "least")]
    assert found == [Streams.ON, Streams.OFF, Streams.LEAST] and parse(project).streams is Streams.ON
    assert parse(project, streams="least", kws_input="rows").models[0].by_rows


@pytest.mark.parametrize("text", ["off", "no", "0", "False"])
def test_switched_off_looks_at_nothing(tmp_path, text):
    assert parse_config({"custom_tinyml": text, "custom_tinyml_nonsense": "1"}, tmp_path) == Config(enabled=False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"": "perhaps"}, "custom_tinyml = 'perhaps' is neither yes nor no"),
        ({"keep_input": ""}, "custom_tinyml_keep_input = '' is neither"),
        ({"arena_margin": "much"}, "custom_tinyml_arena_margin: 'much' is not a size"),
        ({"kws_arena_size": "50 percent"}, "custom_tinyml_kws_arena_size: '50 percent': the limit it is a share of"),
        ({"arena_section": '.bss")))'}, "is not a section's name"),
        ({"persistent_section": ".bss.psram"}, "the arena is not split"),
        ({"weights_section": ".noinit.w"}, "sections called so hold no values"),
        ({"split_arena": "yes", "kws_arena_size": "4 KB"}, "does not go with custom_tinyml_kws_arena_size"),
        ({"split_arena": "yes", "kws_arena": "user"}, "does not go with custom_tinyml_kws_arena:"),
        ({"kws_input": "lines"}, "custom_tinyml_kws_input = 'lines' is neither whole nor rows"),
        ({"kws_output": "lines"}, "custom_tinyml_kws_output = 'lines' is neither whole nor rows"),
        (
            {"kws_output": "rows", "keep_input": "yes"},
            "does not go with custom_tinyml_keep_input = 'yes'",
        ),
        ({"kws_input": "rows", "keep_input": "yes"}, "rows does not go with custom_tinyml_keep_input = 'yes'"),
        ({"kws_input": "rows", "share_arena": "on"}, "rows does not go with custom_tinyml_share_arena = 'on'"),
        ({"arena_from": "device"}, "custom_tinyml_arena_from = 'device' is neither probe nor firmware"),
        ({"custom_operators": "Op"}, "custom_tinyml_custom_operators: 'Op' is not NAME = function"),
        ({"custom_operators": "A = f, B = g()"}, r"'B = g\(\)' is not"),
        ({"custom_operators": "A = f\nA = g"}, "has two functions for 'A': f and g"),
        ({"custom_operators": "\x1b[2J = 1"}, r"\\x1b\[2J = 1' is not"),
        ({"offline_plan": "on"}, "'on' is neither auto nor off"),
        ({"runtime": "c"}, "'c' is not a runtime"),
        ({"models": "models/kvs.tflite"}, "there is no file .*models/kvs.tflite | .*models/kws.tflite?"),
        (
            {"models": "models/kws.tflite models/b.tflite"},
            "there is no file | Several go one a line",
        ),
        ({"models": "models"}, "models is a folder"),
        ({"models": "models/net.keras"}, "there is no file .*net.keras"),
        ({"input_type": "uint8"}, "custom_tinyml_input_type = 'uint8' is neither int8 nor float"),
        ({"activations": "int4"}, "custom_tinyml_activations = 'int4' is neither int8 nor int16"),
        ({"kws_input_type": "x"}, "custom_tinyml_kws_input_type = 'x' is neither"),
        ({"max_accuracy_drop": ""}, "custom_tinyml_max_accuracy_drop is empty"),
        ({"max_accuracy_drop": "a lot"}, "custom_tinyml_max_accuracy_drop = 'a lot' is no drop"),
        ({"allow_unsafe": "perhaps"}, "is neither yes nor no"),
        ({"models": "models/kws.tflite, ../project/models/kws.tflite"}, "two models are called kws"),
        ({"flash_budgt": "1"}, "unknown option custom_tinyml_flash_budgt | Did you mean custom_tinyml_flash_budget?"),
        ({"kwz_arena_budget": "1"}, "Did you mean custom_tinyml_kws_arena_budget?$"),
        ({"vibration_arena_budget": "1"}, "Of one model it is custom_tinyml_kws_arena_budget"),
        (
            {"kws_flash_budget": "1"},
            "custom_tinyml_kws_flash_budget is now called custom_tinyml_kws_model_size_budget | of the whole firmware",
        ),
        ({"kws_ram_budget": "1"}, "custom_tinyml_kws_ram_budget is now called custom_tinyml_kws_arena_budget"),
        ({"wholly_else_xyz": "1"}, "unknown option custom_tinyml_wholly_else_xyz"),
        ({"flash_budget": "2 MB"}, "is 2,097,152 bytes, and the board has 1,048,576"),
        ({"ram_budget": "101%"}, "custom_tinyml_ram_budget: '101%' is more than the board has"),
        ({"kws_arena_budget": "1 TB"}, "custom_tinyml_kws_arena_budget: .*TB"),
        ({"model_size_budget": "1025 KB"}, "is 1,049,600 bytes, and the board has 1,048,576"),
        ({"stack_budget": "129 KB"}, "is 132,096 bytes, and the board has 131,072"),
        ({"latency_budget": "20"}, "custom_tinyml_latency_budget: '20': a time has a unit | write 20 ms"),
        ({"kws_latency_budget": "5 KB"}, "custom_tinyml_kws_latency_budget: '5 KB': kb is not a unit of time"),
        ({"latency_budget": "50%"}, "'50%': a time is no share of the board | baseline [+] 10 percent"),
        ({"max_accuracy_drop": "baseline + 1 percent"}, "custom_tinyml_max_accuracy_drop: .*there is no baseline"),
        ({"kws_name": "a b"}, "custom_tinyml_kws_name = 'a b' cannot begin names in C | .*a_b"),
        ({"kws_name": "tinyml"}, "cannot begin names in C"),
        ({"kws_name": "x(); //"}, "cannot begin names in C"),
        ({"models": "models/\x1b[2J.tflite"}, r"\\x1b\[2J"),
    ],
)
def test_mistakes(project, options, said):
    text = refusal(project, **options)
    for part in said.split(" | "):
        assert re.search(part.replace("?", r"\?"), text), text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("Op=f", (("Op", "f"),)),
        ("A = f, B=n::g ,C = h,", (("A", "f"), ("B", "n::g"), ("C", "h"))),
        ("\n  A = f\n  B = g,\n", (("A", "f"), ("B", "g"))),
        ("a, b = c = f", (("a, b = c", "f"),)),
        ('x"*/\\ \u00e9 = f', (('x"*/\\ \u00e9', "f"),)),
    ],
)
def test_custom_operators(project, text, found):
    config = parse(project, custom_operators=text)
    assert config.custom_operators == found
    assert config.arena_from == ("firmware" if found else "probe")


@pytest.mark.parametrize(
    "text", ["Register", "=Register", "Op=", "Op=a b", "Op=f()", "Op=a::", "Op=1a", "Op=\u00e9", "Op=a;b", "Op=::a"]
)
def test_what_is_no_custom_operator(project, text):
    assert "is not NAME = function" in refusal(project, custom_operators=text)
    with pytest.raises(UsageError, match="--custom-op"):
        parse_custom_operator(text)


def test_percent_without_a_limit(project):
    with pytest.raises(UsageError, match="not known"):
        parse(project, flash_limit=None, flash_budget="50%")


@pytest.mark.parametrize("name", ["KWS", "kws_model"])
def test_names_that_would_share_a_header(project, name):
    both = "models/kws.tflite, ../shared.tflite"
    assert "would share the header" in refusal(project, models=both, shared_name=name)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), "no model in models/"),
        (("a.txt", "b/variables.index"), "no model in models/"),
        (("../model/kws.tflite",), "custom_tinyml_models = model/kws.tflite"),
        (("a.tflite", "b.tflite"), "several models in models/: models/a.tflite, models/b.tflite"),
        (("a.keras", "a/saved_model.pb"), "several models in models/: models/a, models/a.keras"),
        (("a.keras", "a.int8.tflite"), "several models in models/: models/a.int8.tflite, models/a.keras"),
        (("a.keras", "a.h5", "a.int8.tflite", "a.tinyml.lock"), "several models in models/: models/a.h5, models/a."),
    ],
)
def test_models_folder(tmp_path, files, said):
    for name in files:
        (tmp_path / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / name).touch()
    assert said in refusal(tmp_path)


def test_documentation(repo):
    """docs/options.md has the table of options.py, row by row, and no other option."""
    text = (repo / "docs" / "options.md").read_text(encoding="utf-8")
    rows = [
        f"| `{'_'.join(part for part in (PREFIX, '<model>' if o.per_model else '', o.name) if part)}` "
        f"| {o.default} | `{o.example}` | {o.meaning} |"
        for o in OPTIONS
    ]
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows
    known = {row.split("`")[1] for row in rows}
    written = set(re.findall(r"custom_tinyml(?:_(?:<model>|\w+))*", text))
    allowed = known | {name.replace("<model>", "kws") for name in known}
    assert written - {"custom_tinyml_"} <= allowed, written - allowed


@pytest.mark.parametrize("name", ["src/model.h", "src/net.tflite", "models/kws/net.tflite", "data/net.tflite"])
def test_a_model_elsewhere_is_named(tmp_path, name):
    mark = b"TFL3" if name.endswith(".tflite") else b"0x54, 0x46, 0x4c, 0x33"
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(b"{0x1c, 0, 0, 0, " + mark + b"};")
    with pytest.raises(UsageError) as refused:
        parse(tmp_path)
    assert f"write custom_tinyml_models = {name}" in refused.value.next_step

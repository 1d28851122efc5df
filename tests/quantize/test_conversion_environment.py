"""The environment that converts: made once, whole or not at all, by a fake uv or a fake Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from platformio_tinyml import pip_install
from platformio_tinyml.errors import SetupError, UsageError
from platformio_tinyml.quantize import environment as environment_module
from platformio_tinyml.quantize.environment import PYTHONS, ConversionEnvironment
from platformio_tinyml.quantize.packages import TENSORFLOW, packages_for

(PINS,), (REQUIREMENTS,) = TENSORFLOW.pins, TENSORFLOW.requirements

if sys.platform == "win32":
    pytest.skip("shell scripts stand for installers", allow_module_level=True)

FAKE_UV = """#!/bin/sh
echo "$@" >> "$FAKE_UV_LOG"
case "$1" in
  venv) for folder; do :; done; mkdir -p "$folder/bin"; ln -sf "{python}" "$folder/bin/python" ;;
  pip) echo "Downloading tensorflow (545.9MiB)"; {then}
    packages="${{4%/bin/python}}/lib/python3.12/site-packages"
    for pins; do :; done
    requirements="${{pins%pins.txt}}requirements.txt"
    grep -v '[;#]' "$requirements" | sed 's/==/-/' | while read name; do mkdir -p "$packages/$name.dist-info"; done ;;
esac
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a fake uv on the PATH; its log. `then` is what installing does."""

    def make(then: str = "true") -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "uv"
        script.write_text(FAKE_UV.format(python=sys.executable, then=then))
        script.chmod(0o755)
        log = tmp_path / "uv.log"
        monkeypatch.setenv("FAKE_UV_LOG", str(log))
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return log

    return make


def listed(core: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] + path.suffix for path in (core / "tinyml").iterdir())


def test_made_once(tmp_path: Path, uv) -> None:
    log = uv()
    said: list[str] = []
    environment = ConversionEnvironment(tmp_path / "core")
    assert not environment.ready()
    python = environment.ensure(said.append)
    assert python.is_file()
    assert python.is_relative_to(tmp_path / "core" / "tinyml")
    assert environment.ready()
    assert environment.ensure(said.append) == python
    calls = log.read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["venv", "pip"]
    assert calls[1].endswith(f"--require-hashes --no-deps --only-binary :all: -r {PINS}")
    assert "(once" in said[0]
    assert said[2] == "TinyML: downloading tensorflow (545.9MiB)"
    assert listed(tmp_path / "core") == ["convert", "convert.lock"]


def test_a_failing_installer_gives_one_error_with_the_commands(tmp_path: Path, uv) -> None:
    uv("echo 'error: Could not connect, are you offline?'; exit 2")
    environment = ConversionEnvironment(tmp_path / "core")
    with pytest.raises(SetupError) as error:
        environment.ensure(lambda _: None)
    assert "are you offline?" in error.value.message
    for part in (
        "uv venv",
        "uv pip install",
        str(environment.folder),
        str(PINS),
        "--python",
        "pio-tinyml lock",
    ):
        assert part in error.value.next_step
    assert not environment.ready()
    assert listed(tmp_path / "core") == ["convert.lock"]
    uv()
    assert environment.ensure(lambda _: None).is_file()


def test_a_file_that_is_not_the_pinned_one(tmp_path: Path, uv) -> None:
    uv("echo '  cause: Hash mismatch for `six==1.17.0`'; echo Expected:; exit 2")
    with pytest.raises(SetupError, match=r"six 1\.17\.0 is another file than the one that is pinned"):
        ConversionEnvironment(tmp_path / "core").ensure(lambda _: None)


def test_an_index_that_does_not_answer(tmp_path: Path, uv, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build says what it waits for, and then that nobody answered."""
    uv("sleep 1; echo 'error: Failed to fetch: tcp connect error'; exit 2")
    monkeypatch.setattr(pip_install, "PATIENCE", 0.2)
    monkeypatch.setattr(pip_install, "BETWEEN", 0.1)
    said: list[str] = []
    with pytest.raises(SetupError, match="no package index answered"):
        ConversionEnvironment(tmp_path / "core").ensure(said.append)
    assert 1 <= sum("waiting for the package index" in line for line in said) <= 3


def test_the_command_in_the_error_works(tmp_path: Path, uv) -> None:
    uv("exit 2")
    environment = ConversionEnvironment(tmp_path / "core dir")
    with pytest.raises(SetupError) as error:
        environment.ensure(lambda _: None)
    uv()
    command = error.value.next_step.partition("run: ")[2].partition("; or ")[0]
    subprocess.run(command, shell=True, check=True)
    assert environment.ready()


def test_what_a_killed_installation_left_goes(tmp_path: Path, uv) -> None:
    uv()
    environment = ConversionEnvironment(tmp_path / "core")
    left = environment.folder.with_name(f"{environment.folder.name}.abc.tmp")
    (left / "bin").mkdir(parents=True)
    environment.ensure(lambda _: None)
    assert not left.exists()


def test_half_an_environment_is_made_anew(tmp_path: Path, uv) -> None:
    uv()
    environment = ConversionEnvironment(tmp_path / "core")
    (environment.folder / "bin").mkdir(parents=True)
    (environment.folder / "bin" / "python").write_text("of a venv that pip never filled")
    assert not environment.ready()
    assert environment.ensure(lambda _: None).resolve() == Path(sys.executable).resolve()


def test_several_processes_make_it_once(tmp_path: Path, uv) -> None:
    log = uv("sleep 0.5")
    code = (
        "import sys; from pathlib import Path\n"
        "from platformio_tinyml.quantize.environment import ConversionEnvironment\n"
        "print(ConversionEnvironment(Path(sys.argv[1])).ensure(lambda _: None))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "core")]
    folder = Path(__file__).parents[2]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) for _ in range(3)]
    outputs = {process.communicate(timeout=600)[0] for process in running}
    assert len(outputs) == 1
    assert len(log.read_text().splitlines()) == 2


def test_without_uv_by_venv_and_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module.shutil, "which", lambda _: None)
    monkeypatch.setattr(environment_module.sys, "executable", "/opt/python")
    steps = environment_module._install_commands(tmp_path / "e", TENSORFLOW)
    assert steps[0] == ["/opt/python", "-I", "-m", "venv", str(tmp_path / "e")]
    assert steps[1][:5] == [str(tmp_path / "e" / "bin" / "python"), "-I", "-m", "pip", "install"]
    assert steps[1][-6:] == ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(PINS)]


def test_a_python_that_tensorflow_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module.shutil, "which", lambda _: None)
    monkeypatch.setattr(environment_module, "PYTHONS", ((2, 7), (2, 6)))
    with pytest.raises(SetupError) as error:
        ConversionEnvironment(tmp_path).ensure(lambda _: None)
    assert "no Python 2.6 to 2.7 is on the PATH" in error.value.message
    assert "Install uv" in error.value.next_step


def test_another_python_on_the_path_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "PYTHONS", ((2, 7), (2, 6)))
    monkeypatch.setattr(
        environment_module.shutil, "which", lambda name: "/x/python2.6" if name == "python2.6" else None
    )
    assert environment_module._base_python() == "/x/python2.6"
    assert ConversionEnvironment(Path("core")).folder.name.endswith("-cp26")


def test_the_pins_have_an_entry_for_each_python() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in lines)
    split = sorted(line.split(";")[1].strip() for line in lines if "python_version" in line)
    assert split == ['python_version < "3.11"', 'python_version < "3.11"'] + ['python_version >= "3.11"'] * 2
    assert PYTHONS[-1] == (3, 10)


@pytest.mark.parametrize("source", ["m.keras", "m.onnx", "m.pt2"])
def test_all_packages_are_pinned_by_content(source: str) -> None:
    """Each requirement in its version, and every package with the hashes of its files."""
    packages = packages_for(Path(source))
    pins = [re.sub(r"^#.*\n", "", file.read_text(), flags=re.M) for file in packages.pins]
    names = set()
    for text in pins:
        found = re.findall(
            r"^([\w-]+==[^\s;]+)(?: ; .*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", text, re.M
        )
        assert len(found) > 10
        assert "".join(hashes for _, hashes in found).count("--hash") == text.count("--hash")
        assert len(re.findall(r"^\S", text, re.M)) == len(found)
        names |= {package.replace("-", "_") for package, _ in found}
    lines = [line for file in packages.requirements for line in file.read_text().splitlines()]
    wanted = {line.split(";")[0].strip().replace("-", "_") for line in lines if "==" in line and line[0] != "#"}
    assert wanted <= names


def test_converters_have_an_environment_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ConversionEnvironment(tmp_path)
    kinds = [plain.of(Path(name)) for name in ("m.keras", "m.onnx", "m.pt2")]
    assert kinds[0] == plain
    assert len({each.folder for each in kinds}) == len({each.identity() for each in kinds}) == 3
    monkeypatch.setattr(environment_module.shutil, "which", lambda name: f"/bin/{name}")
    steps = environment_module._install_commands(tmp_path / "e", kinds[2].packages)
    assert steps[1][-3:] == ["--torch-backend", "cpu", "torch==2.13.0"]
    assert [step[-1].rpartition("/")[2] for step in steps[2:]] == ["pins.txt", "pins-pt2.txt"]


def test_a_named_interpreter(tmp_path: Path) -> None:
    environment = ConversionEnvironment(tmp_path / "core", sys.executable)
    assert environment.ready()
    assert environment.ensure(lambda _: None) == Path(sys.executable)
    assert not (tmp_path / "core").exists()
    with pytest.raises(UsageError, match="no Python interpreter"):
        ConversionEnvironment(tmp_path / "core", "no-such-python").ensure(lambda _: None)


def test_identity_follows_the_packages(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    packages = tmp_path / "lib" / "python3.12" / "site-packages"
    (packages / "tensorflow-2.21.0.dist-info").mkdir(parents=True)
    environment = ConversionEnvironment(tmp_path / "core", str(python))
    before = environment.identity()
    assert environment.identity() == before
    (packages / "tensorflow-2.21.0.dist-info").rename(packages / "tensorflow-2.22.0.dist-info")
    assert environment.identity() != before
    assert ConversionEnvironment(tmp_path / "core").identity() not in (before, environment.identity())

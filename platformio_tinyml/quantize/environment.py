"""The conversion environment: TensorFlow, pinned, in a virtual environment below PlatformIO's core directory.

It is made when a model is first converted, once for all projects, and takes about 2 GB; ONNX and .pt2 sources have
one of their own (packages.py). Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import SetupError, UsageError
from ..model.naming import printable
from ..pip_install import ANSWER, LONGEST, Arriving, why_it_failed
from ..shell_line import shell_line
from ..tool_env import locked
from .packages import HERE, TENSORFLOW, Packages, packages_for

PYTHONS = ((3, 13), (3, 12), (3, 11), (3, 10))
"""The versions that the pinned TensorFlow has wheels for, best first."""
_OWN_PYTHON = "name an interpreter that has {} in custom_tinyml_python (command line: --python)"

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ConversionEnvironment:
    """Who converts: `python` where the user names an interpreter, else our own below `core_dir`."""

    core_dir: Path
    python: str | None = None
    packages: Packages = TENSORFLOW

    def of(self, source: Path) -> ConversionEnvironment:
        """The one that converts `source`."""
        return replace(self, packages=packages_for(source))

    @property
    def folder(self) -> Path:
        """`<core_dir>/tinyml/convert-<what is beside TensorFlow>-<hash of pins>-<python>`."""
        digest = hashlib.sha256(b"".join(pins.read_bytes() for pins in self.packages.pins)).hexdigest()[:12]
        own = f"{self.packages.own}-" if self.packages.own else ""
        return self.core_dir / "tinyml" / f"convert-{own}{digest}-{_tag(_base_version())}"

    def ready(self) -> bool:
        """The pinned packages are there. What a named interpreter has is seen when it runs."""
        return self.python is not None or _pinned(self.packages) <= set(_packages_of(_interpreter(self.folder)))

    def tensorflow(self) -> str | None:
        """The version of TensorFlow that the folders of the interpreter tell; nothing is run or installed."""
        python = _interpreter(self.folder) if self.python is None else _named_interpreter(self.python)
        names = (name.removesuffix(".dist-info").partition("-") for name in _packages_of(python))
        return next((version for name, _, version in names if name in ("tensorflow", "tensorflow_cpu")), None)

    def identity(self) -> str:
        """What decides the bytes beside the request: the worker's code, and the pins or the interpreter's packages."""
        digest = hashlib.sha256()
        for path in sorted((HERE / "workers").glob("*.py")):
            digest.update(path.read_bytes())
        if self.python is None:
            for requirements in self.packages.requirements:
                digest.update(requirements.read_bytes())
        else:
            python = _named_interpreter(self.python)
            digest.update(f"{python}\0{' '.join(_packages_of(python))}".encode())
        return digest.hexdigest()

    def ensure(self, announce: Announce) -> Path:
        """The interpreter, its packages installed if they were not. Safe when several processes ask. SetupError."""
        if self.python is not None:
            return _named_interpreter(self.python)
        folder = self.folder
        if not self.ready():
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
                with locked(folder.with_name(f"{folder.name}.lock")):
                    if not self.ready():
                        self._make(folder, announce)
            except OSError as error:
                raise SetupError(
                    f"cannot write {folder}: {error.strerror or error}", "Check its rights and the free space."
                ) from error
        return _interpreter(folder)

    def _make(self, folder: Path, announce: Announce) -> None:
        """Under the lock: build beside, then rename. What an interrupted build left is removed."""
        for left in folder.parent.glob(f"{folder.name}.*.tmp"):
            shutil.rmtree(left, ignore_errors=True)
        steps = _install_commands(folder, self.packages)
        by_hand = " && ".join(shell_line(step) for step in steps)
        what, download, whole = self.packages.what, self.packages.download, self.packages.whole
        announce(
            f"TinyML: installing {what} (once, {download / 1e6:,.0f} MB to download, {whole / 1e9:.1f} GB on disk)"
        )
        announce(f"TinyML: it goes into {folder}")
        temporary = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".tmp", dir=folder.parent))
        try:
            for step in _install_commands(temporary, self.packages):
                said = _run(step, temporary, self.packages, announce)
                if said is not None:
                    raise SetupError(
                        f"cannot install {what} for the conversion: {printable(said, 300)}",
                        f"When online, build again or run: {by_hand}; or {_OWN_PYTHON.format(what)}; "
                        "or build from a lock (pio-tinyml lock, on a computer that has it).",
                        code="environment-tensorflow",
                    )
            temporary.chmod(0o755)
            shutil.rmtree(folder, ignore_errors=True)
            temporary.replace(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _pinned(packages: Packages) -> set[str]:
    """The folders that tell of the pinned packages; of those that every platform has."""
    lines = [line for file in packages.requirements for line in file.read_text("utf-8").splitlines()]
    lines = [line for line in lines if "==" in line and ";" not in line and not line.startswith("#")]
    return {f"{line.replace('==', '-')}.dist-info" for line in lines}


def _install_commands(folder: Path, packages: Packages) -> tuple[list[str], ...]:
    """The commands that fill `folder`: by uv where it is found, else by venv and pip."""
    python = str(_interpreter(folder))
    pinned = [["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(pins)] for pins in packages.pins]
    uv = shutil.which("uv")
    if uv:
        version = ".".join(map(str, _base_version()))
        install = [uv, "pip", "install", "--python", python]
        before = [[*install, "--torch-backend", "cpu", *packages.before]] if packages.before else []
        new = [uv, "venv", "--no-project", "--allow-existing", "--python", version, str(folder)]
        return (new, *before, *([*install, *each] for each in pinned))
    base = _base_python()
    pip = ["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    pip += ["--timeout", str(ANSWER), "--retries", "1"]
    before = [[python, *pip, *packages.before]] if packages.before else []
    return ([base, "-I", "-m", "venv", str(folder)], *before, *([python, *pip, *each] for each in pinned))


def _run(command: list[str], folder: Path, packages: Packages, announce: Announce) -> str | None:
    """Run an installer and say how much of `folder` it has filled; its last words where it failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "TMPDIR": str(folder)}
    environment |= {"UV_HTTP_TIMEOUT": str(ANSWER), "UV_HTTP_RETRIES": "1"}
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return f"{command[0]}: {error.strerror or error}"
    ended = threading.Event()
    advice = f"{_OWN_PYTHON.format(packages.what)}, or build from a lock (pio-tinyml lock)"
    arriving = Arriving(packages.what, folder, packages.whole, advice)
    meter = threading.Thread(target=arriving.tell, args=(announce, ended), daemon=True)
    meter.start()
    limit = threading.Timer(LONGEST, process.kill)
    limit.start()
    said: list[str] = []
    try:
        for line in filter(None, map(str.strip, process.stdout or ())):
            said.append(line)
            if line.startswith("Downloading"):
                package = re.sub(r"(-\d[^-\s]*)-\S+\.whl", r"\1", line)  # less the tags of a wheel
                announce(f"TinyML: {printable(package[0].lower() + package[1:], 80)}")
    finally:
        ended.set()
        limit.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        meter.join()
    if process.returncode == 0:
        return None
    known = why_it_failed("\n".join(said), command)
    errors = [line for line in said if "error" in line.lower()]
    return known or (errors or said or ["the installer gave no reason"])[-1]


def _base_version() -> tuple[int, int]:
    """Of the interpreter that our environment is based on; ours if it can be."""
    running = (sys.version_info.major, sys.version_info.minor)
    if running in PYTHONS or shutil.which("uv"):
        return running if running in PYTHONS else PYTHONS[1]
    for version in PYTHONS:
        if shutil.which(_python_name(version)):
            return version
    return running


def _base_python() -> str:
    """SetupError where no interpreter can run TensorFlow."""
    version = _base_version()
    if version not in PYTHONS:
        known = f"{'.'.join(map(str, PYTHONS[-1]))} to {'.'.join(map(str, PYTHONS[0]))}"
        raise SetupError(
            f"TensorFlow has no package for Python {_dotted(version)}, and no Python {known} is on the PATH",
            f"Install uv (it brings the right Python) or Python {_dotted(PYTHONS[1])}; "
            f"or {_OWN_PYTHON.format(TENSORFLOW.what)}.",
            code="environment-python",
        )
    running = (sys.version_info.major, sys.version_info.minor)
    return sys.executable if version == running else shutil.which(_python_name(version)) or _python_name(version)


def _named_interpreter(name: str) -> Path:
    """The absolute path of what the user calls `name`. A link stays: a virtual environment's interpreter is one."""
    found = shutil.which(str(Path(name).expanduser()))
    if found is None:
        raise UsageError(f"there is no Python interpreter {printable(name)}", "Give its path, or a name on the PATH.")
    return Path(found).parent.resolve() / Path(found).name


def _packages_of(python: Path) -> list[str]:
    """What is installed beside an interpreter, as far as its folders tell: names with versions."""
    patterns = ("lib/python3*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info")
    return sorted(path.name for pattern in patterns for path in python.parent.parent.glob(pattern))


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _python_name(version: tuple[int, int]) -> str:
    return f"python{_dotted(version)}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _tag(version: tuple[int, int]) -> str:
    return f"cp{version[0]}{version[1]}"

"""The packages that the build path needs, pinned, in a folder of their own; and the command that runs the tool there.

Neither the interpreter of PlatformIO nor a virtual environment is touched. Standard library only.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import SetupError
from .model.naming import printable
from .pip_install import Arriving, download_command, install_command, run_pip
from .shell_line import shell_line

PACKAGE = Path(__file__).parent
PINS = PACKAGE / "pio" / "pins.txt"
EMULATOR_PINS = PACKAGE / "pio" / "emulator_pins.txt"
"""Installed apart, where something is to be emulated: 56 MB."""
ORACLE_PINS = PACKAGE / "pio" / "oracle_pins.txt"
"""Installed apart, where outputs are to be verified: 80 MB. Only 64-bit x86 Linux has them, Python 3.11 to 3.14."""
_SIZES = {PINS.name: 6_000_000, EMULATOR_PINS.name: 56_000_000, ORACLE_PINS.name: 80_000_000}
"""Bytes when installed, about."""
RUNNER = PACKAGE / "pio" / "run_tool.py"
OLDEST_PYTHON = (3, 10)
_BETWEEN_LOOKS = 0.05
"""Seconds between two looks at a lock that somebody else holds."""
_SOURCES = (".py", ".j2", ".json", ".txt", ".css", ".js")


def default_core_dir() -> Path:
    """PlatformIO's core directory, where nobody says otherwise."""
    given = os.environ.get("PLATFORMIO_CORE_DIR")
    return Path(given).expanduser() if given else Path.home() / ".platformio"


def pins(file: Path = PINS) -> dict[str, str]:
    """Version by package name, as pinned. The hashes below each are of all its files, for pip."""
    lines = (line.rstrip("\\").strip() for line in file.read_text("utf-8").splitlines() if "==" in line)
    return dict(line.split("==") for line in lines)


def tool_hash() -> str:
    """Hash of the tool's own code: with other code, generated files and reports are others. C files are not in it."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(PACKAGE):
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", "runtime"))
        for name in sorted(names):
            if name.endswith(_SOURCES):
                path = Path(folder, name)
                digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class ToolEnvironment:
    """The pinned packages for one interpreter, below PlatformIO's core directory."""

    core_dir: Path
    python: str = sys.executable
    pins: Path = PINS
    more: tuple[ToolEnvironment, ...] = ()
    """Others that lend their packages to commands."""
    wheels: Path | None = None
    """A folder of wheels to install from, instead of an index."""

    def with_emulator(self) -> ToolEnvironment:
        """This one and the packages that emulate a microcontroller."""
        return self.with_packages(EMULATOR_PINS)

    def with_packages(self, file: Path) -> ToolEnvironment:
        """This one and what `file` pins."""
        return replace(self, more=(*self.more, ToolEnvironment(self.core_dir, self.python, file, wheels=self.wheels)))

    @property
    def folder(self) -> Path:
        """`<core_dir>/tinyml/<hash of pins>-<python>-<platform>`: what can be shared has the same name."""
        digest = hashlib.sha256(self.pins.read_bytes()).hexdigest()[:12]
        return self.core_dir / "tinyml" / f"{digest}-{sys.implementation.cache_tag}-{sysconfig.get_platform()}"

    def installed(self) -> dict[str, str]:
        """Version by package name of what is in the folder."""
        return _packages_in(self.folder)

    def ready(self) -> bool:
        """All that is pinned is there."""
        return _holds_pins(self.folder, self.pins) and all(each.ready() for each in self.more)

    def install_command(self, target: Path) -> list[str]:
        """The pip command that installs the pinned packages into `target`."""
        return install_command(self.python, self.pins, target, self.wheels)

    def install_line(self) -> str:
        """The same for a shell, into the folder itself."""
        return shell_line(self.install_command(self.folder))

    def ensure(self, announce: Callable[[str], None]) -> Path:
        """The folder, filled if it was not. Safe when several processes or threads ask at once. Raises SetupError."""
        for each in self.more:
            each.ensure(announce)
        if self.ready():
            return self.folder
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.folder.with_name(f"{self.folder.name}.lock")):
                if not self.ready():
                    announce(f"TinyML: installing {', '.join(pins(self.pins))} (once)")
                    self._install(announce)
        except OSError as error:
            raise SetupError(
                f"cannot write {self.folder}: {error.strerror or error}", "Check its rights and the disk."
            ) from error
        return self.folder

    def _install(self, announce: Callable[[str], None]) -> None:
        temporary = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}.", suffix=".tmp", dir=self.folder.parent))
        try:
            try:
                if self.wheels is not None and not self.wheels.is_dir():
                    raise SetupError(f"custom_tinyml_wheels: there is no folder {printable(str(self.wheels))}")
                with tempfile.TemporaryDirectory(dir=temporary) as scratch:
                    what = ", ".join(pins(self.pins))
                    arriving = Arriving(what, temporary, _SIZES.get(self.pins.name, 1 << 20), self._without_a_network())
                    said = run_pip(self.install_command(temporary), Path(scratch), arriving, announce)
                if not _holds_pins(temporary, self.pins):
                    raise SetupError(f"pip did not install all, and ended without an error: {said}")
            except SetupError as error:
                raise SetupError(
                    f"cannot install the Python packages of the build: {printable(error.message, 300)}",
                    f"When online, build again. Without a network (docs/packages.md) {self._without_a_network()}",
                ) from None
            temporary.chmod(0o755)
            shutil.rmtree(self.folder, ignore_errors=True)
            temporary.replace(self.folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _without_a_network(self) -> str:
        return (
            "fill a folder elsewhere, "
            f"`{shell_line(download_command('python', self.pins, Path('wheels')))}`, and write "
            "custom_tinyml_wheels = that folder."
        )

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The argument list of `pio-tinyml ARGUMENTS` in this environment, isolated from the interpreter's packages."""
        packages = os.pathsep.join(str(each.folder) for each in (self, *self.more))
        return [self.python, "-I", "-S", "-X", "utf8", str(RUNNER), packages, *arguments]


def _packages_in(folder: Path) -> dict[str, str]:
    """From the names of *.dist-info folders, `Jinja2-3.1.6.dist-info`; reading no file keeps a no-change build fast."""
    if not folder.is_dir():
        return {}
    stems = (path.name[: -len(".dist-info")] for path in folder.iterdir() if path.suffix == ".dist-info")
    pairs = (stem.rsplit("-", 1) for stem in stems if "-" in stem)
    return {name.lower().replace("_", "-"): version for name, version in pairs}


def _holds_pins(folder: Path, file: Path) -> bool:
    return pins(file).items() <= _packages_in(folder).items()


@contextmanager
def locked(path: Path, longest: float = math.inf) -> Iterator[None]:
    """Hold the file `path` exclusively; the system frees it when a process dies. Also between threads.

    OSError where the system has no such locks, or somebody else has held it for `longest` seconds.
    """
    with path.open("a+b") as file:
        until = time.monotonic() + longest
        while not _taken(file.fileno()):
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, f"held by another process for {longest:.0f} seconds", str(path))
            time.sleep(_BETWEEN_LOOKS)
        yield


def _taken(file: int) -> bool:
    """Whether the lock is ours now; of Windows any refusal counts as somebody else's."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Make a PlatformIO core directory that needs no registry: `python scripts/make_core.py CORE_DIR`.

PlatformIO runs its builds with the package `tool-scons`, which it downloads. This writes that package as a few lines
around the SCons installed from PyPI beside PlatformIO, and switches off everything that would wait for a network.
Run it with the interpreter that runs `pio`. Safe to run again; files of others in the directory are left alone.
"""

import json
import sys
import tempfile
from pathlib import Path

LAUNCHER = """\
from SCons.Script import main

main()
"""

SETTINGS = {
    "enable_telemetry": False,
    "check_platformio_interval": 365_000,  # days: never ask for a newer PlatformIO
    "check_prune_system_threshold": 0,
    "disable_udev_rules_check": True,
}


def tool_scons_version() -> str:
    """The `tool-scons` that holds the installed SCons: 4.11.1 is packed as 4.41101.0. Exits if another is wanted."""
    try:
        import SCons
        from platformio.dependencies import get_core_dependencies
    except ImportError as error:
        sys.exit(f"{error.name} is not installed. Run: {sys.executable} -m pip install platformio==6.2.0 scons==4.11.1")
    major, minor, patch = SCons.__version__.split(".")[:3]
    version = f"4.{major}{int(minor):02}{int(patch):02}.0"
    wanted = get_core_dependencies()["tool-scons"]
    if wanted != f"~{version}":
        sys.exit(f"PlatformIO wants tool-scons {wanted}, the installed SCons {SCons.__version__} would be {version}.")
    return version


def make_core(core_dir: Path) -> None:
    """Fill `core_dir` (made if absent) with tool-scons, and with settings that keep PlatformIO off the network."""
    version = tool_scons_version()
    package = core_dir / "packages" / "tool-scons"
    manifest = {"name": "tool-scons", "version": version, "description": "SCons of the running interpreter"}
    installed = {
        "type": "tool",
        "name": "tool-scons",
        "version": version,
        "spec": {"owner": "platformio", "id": None, "name": "tool-scons", "requirements": None, "uri": None},
    }
    write(package / "scons.py", LAUNCHER)
    write(package / "package.json", json.dumps(manifest))
    write(package / ".piopm", json.dumps(installed))

    state_file = core_dir / "appstate.json"
    state = json.loads(state_file.read_text()) if state_file.is_file() else {}
    state["settings"] = {**state.get("settings", {}), **SETTINGS}
    write(state_file, json.dumps(state))


def write(path: Path, text: str) -> None:
    """Several PlatformIOs may share the directory: none sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} CORE_DIR")
    make_core(Path(sys.argv[1]))

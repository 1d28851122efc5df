"""Make the tarball of PlatformIO's registry, without a network: `python scripts/pack.py [FOLDER]` (default: dist/).

`pio pkg pack` does nearly the same, but downloads SPDX's list of licences to look ours up, and packs whatever lies in
the folders. Here the licence is taken as library.json says it, and only what git knows is packed. Run it with the
interpreter that has PlatformIO. It prints the path of the tarball.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pack(folder: Path) -> Path:
    """The tarball, made in `folder` (made if absent), of what `export` in library.json names."""
    try:
        from platformio.package.manifest.schema import ManifestSchema
        from platformio.package.pack import PackagePacker
    except ImportError as error:
        sys.exit(f"{error.name} is not installed. Run: {sys.executable} -m pip install platformio==6.2.0")
    license_ = json.loads((ROOT / "library.json").read_text("utf-8"))["license"]
    ManifestSchema.load_spdx_licenses = staticmethod(lambda: {"licenses": [{"licenseId": license_}]})
    folder.mkdir(parents=True, exist_ok=True)
    with staged() as copy:
        return Path(PackagePacker(str(copy)).pack(str(folder.absolute())))


@contextmanager
def staged() -> Iterator[Path]:
    """A temporary folder with the files that git knows, as they lie in the working folder, and no others."""
    with tempfile.TemporaryDirectory() as temporary:
        for name in tracked():
            target = Path(temporary, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        yield Path(temporary)


def tracked() -> list[str]:
    """Paths from ROOT of the files that git knows; in a copy without git's own folder all that is not hidden."""
    if not (ROOT / ".git").exists():
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return [path.as_posix() for path in paths if not any(part[0] in "._" for part in path.parts[:-1])]
    # Whoever owns the folder: nothing of git's configuration is used.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} [FOLDER]")
    print(pack(Path(*sys.argv[1:]) if sys.argv[1:] else ROOT / "dist"))

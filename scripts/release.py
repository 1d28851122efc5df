"""Make tarball and wheel in dist/, for a maintainer to upload: `python scripts/release.py`, as docs/releasing.md says.

It refuses while anything that only a maintainer can say is missing, all of it at once, and uploads nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pack import ROOT, pack, staged

PLACEHOLDER = re.compile(r"example\.(com|org|net)|[<>]|\b(todo|fixme|tbd|your|placeholder)\b", re.IGNORECASE)


def missing(root: Path) -> Iterator[str]:
    """What a release of `root` still lacks, one sentence each."""
    manifest = json.loads((root / "library.json").read_text("utf-8"))
    project = (root / "pyproject.toml").read_text("utf-8")
    code = (root / "platformio_tinyml" / "__init__.py").read_text("utf-8")
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    readme = (root / "README.md").read_text("utf-8")
    version = manifest["version"]
    repository = manifest.get("repository", {}).get("url", "")
    authors = [author.get("name", "") for author in manifest.get("authors", [])]
    if not _filled(repository) or not repository.startswith("https://"):
        yield 'library.json: "repository": {"type": "git", "url": "https://..."} is to be filled in'
    elif repository.removesuffix(".git") not in project:
        yield "pyproject.toml: Repository = ... under [project.urls] is to be the URL of library.json"
    if not authors or not all(map(_filled, authors)):
        yield 'library.json: "authors": [{"name": "..."}] is to be filled in'
    if not re.search(r"^authors = ", project, re.MULTILINE):
        yield "pyproject.toml: authors = [...] under [project] is to be filled in"
    if f'__version__ = "{version}"' not in code:
        yield f"platformio_tinyml/__init__.py: __version__ is not {version}, as library.json says"
    if not re.search(rf"^## {re.escape(version)}, \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md: the heading of {version} has no date"
    if "not in the registry yet" in readme.lower() or "Not in PlatformIO's registry yet" in readme:
        yield "README.md: it says that the library is not in PlatformIO's registry yet"


def _filled(value: str) -> bool:
    return bool(value.strip()) and not PLACEHOLDER.search(value)


def main() -> None:
    """Exit with all that is missing, else make both files and say what to type."""
    lacking = list(missing(ROOT))
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True).stdout:
        lacking.append("the working folder has changes that are not committed")
    if lacking:
        sys.exit("release: refused\n" + "".join(f"  {line}\n" for line in lacking) + "docs/releasing.md says how")
    dist = ROOT / "dist"
    tarball = pack(dist)
    with staged() as copy:
        wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(dist), str(copy)]
        subprocess.run(wheel, check=True)
    print(f"made {tarball} and the wheel beside it; docs/releasing.md says what to type now")


if __name__ == "__main__":
    main()

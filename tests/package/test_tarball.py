"""What PlatformIO's registry would get: what is in it, that its pages hold there, and that its examples run from it."""

import json
import re

import pytest

EXAMPLES = (("sine", "uno"), ("anomaly", "netduinoplus2"), ("words", "host"))
"""That no file is missing another test says; these run what is reached by a path in the package: three families of
boards with their emulators and linker scripts, a locked model, two models in one arena."""


def test_all_that_users_need_and_nothing_else(unpacked, tracked_files):
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    folders = ("docs/", "examples/", "platform-emulated/", "platformio_tinyml/")
    whole = {name for name in tracked_files if name.startswith(folders)}
    single = {"CHANGELOG.md", "LICENSE", "README.md", "extra_script.py", "library.json", "pyproject.toml"}
    assert files == (whole | single) - {"docs/releasing.md", "docs/testing.md"}


def test_the_license_is_the_one_of_the_wheel(repo):
    license_ = json.loads((repo / "library.json").read_text())["license"]
    assert f'license = "{license_}"' in (repo / "pyproject.toml").read_text()


def test_links_of_its_pages_lead_somewhere(unpacked):
    pages = list(unpacked.rglob("*.md"))
    assert len(pages) > 20
    lost = [lost for page in pages for lost in lost_links(page)]
    assert not lost, "\n".join(lost)


def lost_links(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"", text):
        path, _, anchor = "".join(target).partition("#")
        if ":" in path:
            continue
        file = (page.parent / path) if path else page
        if not file.exists():
            yield f"{page.name}: {path}"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8")):
            yield f"{page.name}: {path}#{anchor}"


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.slow
def test_examples_run_from_it(tarball, fresh_core, tmp_path, pio):
    env = {"PLATFORMIO_CORE_DIR": str(fresh_core)}
    done = pio(tmp_path, "pkg", "install", "-g", "--library", tarball.as_uri(), env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    library = fresh_core / "lib" / "platformio-tinyml"
    for name, board in EXAMPLES:
        done = pio(library / "examples" / name, "run", "-e", board, "-t", "exec", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (library / "examples" / name / ".pio" / "build" / board / "tinyml" / "report.json").is_file()

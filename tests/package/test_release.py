"""A release is refused while it lacks what only a maintainer can say."""

import json
import shutil
import sys

import pytest

FILES = ("library.json", "pyproject.toml", "CHANGELOG.md", "README.md", "platformio_tinyml/__init__.py")


@pytest.fixture
def missing(repo, monkeypatch):
    monkeypatch.syspath_prepend(str(repo / "scripts"))
    from release import missing

    yield lambda root: list(missing(root))
    for name in ("release", "pack"):
        sys.modules.pop(name, None)


@pytest.fixture
def filled(repo, tmp_path):
    """A copy of what is looked at, with everything filled in."""
    (tmp_path / "platformio_tinyml").mkdir()
    for name in FILES:
        shutil.copy(repo / name, tmp_path / name)
    manifest = json.loads((tmp_path / "library.json").read_text())
    manifest |= {"repository": {"type": "git", "url": "https://git.test/us/it.git"}, "authors": [{"name": "We"}]}
    (tmp_path / "library.json").write_text(json.dumps(manifest))
    change(tmp_path / "CHANGELOG.md", f"{manifest['version']}, unreleased", f"{manifest['version']}, 2030-01-31")
    change(
        tmp_path / "pyproject.toml",
        "[project.scripts]",
        '[project.urls]\nRepository = "https://git.test/us/it"\n\n[project.scripts]',
    )
    change(tmp_path / "pyproject.toml", "readme =", 'authors = [{ name = "We" }]\nreadme =')
    readme = (tmp_path / "README.md").read_text("utf-8")
    (tmp_path / "README.md").write_text("\n".join(x for x in readme.splitlines() if "registry yet" not in x))
    return tmp_path


def change(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def test_this_repository_says_what_it_lacks(repo, missing):
    lacking = "\n".join(missing(repo))
    for what in ("repository", 'json: "authors', "toml: authors", "no date", "registry yet"):
        assert what in lacking


def test_nothing_is_missing_when_all_is_filled_in(filled, missing):
    assert missing(filled) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("library.json", "git.test", "example.com", "repository"),
        ("library.json", '"We"', '"<your name>"', "authors"),
        ("library.json", "https://git.test/us/it.git", "", "repository"),
        ("pyproject.toml", "git.test/us/it", "git.test/us/other", "project.urls"),
        ("pyproject.toml", "authors =", "# authors =", "authors"),
        ("platformio_tinyml/__init__.py", "0.", "9.", "__version__"),
        ("CHANGELOG.md", "2030-01-31", "soon", "no date"),
    ],
)
def test_a_single_thing(filled, missing, name, before, after, said):
    change(filled / name, before, after)
    [line] = missing(filled)
    assert said in line
